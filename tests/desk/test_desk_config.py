"""desk.toml: strict, with defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from exchange.desk.config import DeskConfig
from exchange.errors import SettingsRefused

if TYPE_CHECKING:
    from pathlib import Path


def write(home: Path, text: str) -> Path:
    (home / "desk.toml").write_text(text, "utf-8")
    return home


def test_only_the_hub_must_be_said(tmp_path: Path) -> None:
    config = DeskConfig.read(write(tmp_path, 'hub = "http://127.0.0.1:8440/"\n'))
    assert config.hub == "http://127.0.0.1:8440"
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path}/casebook.db"
    assert config.idle == timedelta(minutes=15)


def test_a_postgresql_address_is_taken(tmp_path: Path) -> None:
    text = 'hub = "https://hub.example.org"\ndatabase = "postgresql+asyncpg://u@db/x"\nport = 9000\n'
    assert DeskConfig.read(write(tmp_path, text)).database_url == "postgresql+asyncpg://u@db/x"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "hub"),
        ('hub = "ftp://x"', "hub"),
        ('hub = "https://hub/path?q"', "hub"),
        ('hub = "https://hub"\nprot = 3', "prot"),
        ('hub = "https://hub"\nport = 70000', "port"),
        ('hub = "https://hub"\nport = "80"', "port"),
        ('hub = "https://hub"\nidle_minutes = 0', "idle_minutes"),
        ('hub = "https://hub"\ndatabase = "mysql://x"', "database"),
        ("hub = ", "TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(SettingsRefused, match=place):
        DeskConfig.read(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"desk\.toml"):
        DeskConfig.read(tmp_path)
