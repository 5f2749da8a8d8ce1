"""A pin that contradicts what the agency agreed on is refused; so is a new passphrase that is the old one."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from keys.ceremony.agency import found
from keys.ceremony.home import changing, load_home, read_pins
from keys.ceremony.people import change_passphrase, enrol_person
from keys.ceremony.pinning import pin_compared
from keys.errors import (
    KeystoreLocked,
    OtherRootPinned,
    PassphraseFileEmpty,
    RootNotAgreed,
    SecretUnchanged,
)
from keys.files import write_private
from keys.keystore import Cost, Passphrase
from keys.terminal import ask_passphrase

if TYPE_CHECKING:
    from pathlib import Path

CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROOT = "12345" * 12
OTHER = "54321" * 12
WORDS = "correct horse battery staple"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    found(
        place, agency="moorfield-primary", name="Moorfield", passphrase=Passphrase(WORDS), now=NOW, cost=CHEAP
    )
    return place


def test_a_root_that_was_compared_is_pinned_and_pinned_again(home: Path) -> None:
    pin_compared(home, "northshire-childrens", ROOT)
    pin_compared(home, "northshire-childrens", " ".join(ROOT[at : at + 5] for at in range(0, 60, 5)))
    assert read_pins(home) == {"northshire-childrens": ROOT}


def test_another_root_than_the_pinned_one_is_refused_unless_it_is_to_replace_it(home: Path) -> None:
    pin_compared(home, "northshire-childrens", ROOT)
    with pytest.raises(OtherRootPinned):
        pin_compared(home, "northshire-childrens", OTHER)
    assert read_pins(home) == {"northshire-childrens": ROOT}
    pin_compared(home, "northshire-childrens", OTHER, replacing=True)
    assert read_pins(home) == {"northshire-childrens": OTHER}


def test_another_root_for_oneself_is_refused(home: Path) -> None:
    with pytest.raises(RootNotAgreed):
        pin_compared(home, "moorfield-primary", ROOT, replacing=True)
    pin_compared(home, "moorfield-primary", load_home(home).card.root)


def test_a_root_that_the_policy_contradicts_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Agreed:
        founders = {"northshire-childrens": " ".join(ROOT[at : at + 5] for at in range(0, 60, 5))}  # noqa: RUF012 - a stand-in

    monkeypatch.setattr("keys.ceremony.pinning.read_policy", lambda _: Agreed())
    with pytest.raises(RootNotAgreed):
        pin_compared(home, "northshire-childrens", OTHER)
    pin_compared(home, "northshire-childrens", ROOT)


def test_a_new_passphrase_that_is_the_old_one_is_refused(home: Path) -> None:
    words = Passphrase("a slow train to the sea")
    ann = enrol_person(home, name="Ann Lee", post="lead", passphrase=words, now=NOW, cost=CHEAP).id
    with pytest.raises(SecretUnchanged):
        change_passphrase(home, person=ann, old=words, new=Passphrase("a slow train to the sea"), cost=CHEAP)
    with pytest.raises(KeystoreLocked):
        change_passphrase(home, person=ann, old=Passphrase(WORDS), new=Passphrase(WORDS), cost=CHEAP)
    load_home(home, NOW).unlock_person(ann, words).close()


@pytest.mark.parametrize("first", [b"\n", b"\r", b"\x0c", b"\x1c"])
def test_a_credential_may_begin_with_the_end_of_a_line(tmp_path: Path, first: bytes) -> None:
    place = tmp_path / "root.credential"
    write_private(place, first + bytes(31))
    assert ask_passphrase(place, "").file == place
    with pytest.raises(PassphraseFileEmpty):
        ask_passphrase(place, "", new=True)
    write_private(place, first + bytes(30))
    with pytest.raises(PassphraseFileEmpty):
        ask_passphrase(place, "")


def test_a_home_on_a_disk_that_takes_nothing_is_not_said_to_be_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("keys.ceremony.home.os.open", full)
    with pytest.raises(OSError, match="Read-only"), changing(home):
        pass
