"""How a hub is set up: one frozen value, read once from `HOME/hub.toml`.

Promises: everything that an operator may choose is here, with its default and its bounds; an unknown or
misspelt setting is refused rather than ignored.
Never: it holds a secret. The hub's one key, its log's, is in HOME/log.keystore; a PostgreSQL password belongs
in the operator's passfile.

An example of `hub.toml`, every line optional but `address`::

    address = "https://hub.example.org" # as the desks write it; their proofs are made out to it
    host = "127.0.0.1"                  # where this process listens
    port = 8440
    database = "postgresql+asyncpg://readback@db/hub"   # default: SQLite in HOME/mailroom.db
    keep_days = 90                      # then an envelope that nobody fetched expires, and its sender is told
    remember_days = 400                 # for so long a repeated post is recognised
    origin = "hub.example.org"          # the key log's name, in every policy; default: the address without https://
    witnesses_wanted = 2                # cosignatures that a checkpoint waits for, where so many come
    admin_host = "127.0.0.1"            # where /livez, /startupz, /readyz and /metrics answer,
    admin_port = 8450                   # if they should
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, ValidationError

from exchange.errors import HubMissing, SettingsRefused
from keys.record import Frozen

if TYPE_CHECKING:
    from pathlib import Path

FILE = "hub.toml"
PORT = 8440
DAY = 86_400
Address = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,253}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
Origin = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/\[\]-]{1,200}$")]
Database = Annotated[str, StringConstraints(pattern=r"^(sqlite\+aiosqlite|postgresql\+asyncpg)://\S{1,500}$")]


class _File(Frozen):
    address: Address
    host: Host = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = PORT
    database: Database | None = None
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 90
    remember_days: Annotated[int, Field(ge=1, le=36500)] = 400
    origin: Origin | None = None
    witnesses_wanted: Annotated[int, Field(ge=0, le=250)] = 0
    admin_host: Host = "127.0.0.1"
    admin_port: Annotated[int, Field(ge=0, le=65535)] | None = None


@dataclass(frozen=True, slots=True)
class HubConfig:
    """One hub's settings; times in seconds. `port` 0 lets the system choose one."""

    home: Path
    address: str
    host: str = "127.0.0.1"
    port: int = PORT
    database: str | None = None
    keep: int = 90 * DAY
    remember: int = 400 * DAY
    origin: str = ""
    witnesses_wanted: int = 0
    admin_host: str = "127.0.0.1"
    admin_port: int | None = None  # None: no admin port

    def __post_init__(self) -> None:
        """Name the log after the address, where it has no name of its own."""
        if not self.origin:
            object.__setattr__(self, "origin", self.address.partition("://")[2])

    @property
    def database_url(self) -> str:
        """Where the mailroom is: the database given, or SQLite in the home folder."""
        return self.database or f"sqlite+aiosqlite:///{self.home / 'mailroom.db'}"

    @property
    def blobs(self) -> Path:
        """The folder of sealed attachments, each named by the SHA-256 of its bytes."""
        return self.home / "blobs"

    @classmethod
    def read(cls, home: Path) -> HubConfig:
        """Read `HOME/hub.toml`; `HubMissing` if there is none.

        `SettingsRefused`, naming the setting, if it is not as described above.
        """
        try:
            found = _File.model_validate(tomllib.loads((home / FILE).read_text("utf-8")))
        except (FileNotFoundError, NotADirectoryError):
            raise HubMissing from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise SettingsRefused("not TOML") from None
        except ValidationError as error:
            raise SettingsRefused(".".join(str(part) for part in error.errors()[0]["loc"])[:60]) from None
        return cls(
            home=home,
            address=found.address,
            host=found.host,
            port=found.port,
            database=found.database,
            keep=found.keep_days * DAY,
            remember=found.remember_days * DAY,
            origin=found.origin or "",
            witnesses_wanted=found.witnesses_wanted,
            admin_host=found.admin_host,
            admin_port=found.admin_port,
        )


def write_settings(home: Path, **settings: str | int) -> None:
    """Write a first `HOME/hub.toml`, open to nobody else; `FileExistsError` if there is one already.

    `SettingsRefused`, naming the setting, if one is not as described above.
    """
    try:
        _File.model_validate(settings)
    except ValidationError as error:
        raise SettingsRefused(".".join(str(part) for part in error.errors()[0]["loc"])[:60]) from None
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / FILE).open("x", encoding="utf-8") as file:
        file.writelines(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
