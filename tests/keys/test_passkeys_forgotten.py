"""Whoever adds a passkey with a stolen passphrase has nothing of it once its person is recovered or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from council import CHEAP, NOW, OWN, Council, council

from keys.ceremony.home import load_home, person_keystore
from keys.ceremony.leaving import remove_person
from keys.ceremony.passkeys import Passkey, add_passkey, read_passkeys
from keys.ceremony.recovery import recover_person
from keys.errors import KeystoreLocked
from keys.keystore import Keystore, PasskeyOutput, Passphrase
from keys.record import encode, format_time

if TYPE_CHECKING:
    from pathlib import Path

NEW = Passphrase("another passphrase, quite new")


@pytest.fixture
def town(tmp_path: Path) -> Council:
    return council(tmp_path / "home")


def planted(town: Council, name: str) -> PasskeyOutput:
    """A passkey of a thief's, added with the passphrase of its victim."""
    passkey = Passkey(
        id=encode(b"the thief's"), public_key=encode(b"cose"), counter=0, opens=True, added=format_time(NOW)
    )
    output = PasskeyOutput(passkey.name, bytes(range(32)))
    add_passkey(load_home(town.path, NOW), town.ids[name], passkey, OWN, output)
    return output


def test_recovery_leaves_no_passkey_that_would_open_the_new_keys(town: Council) -> None:
    cara, thiefs = town.ids["Cara"], planted(town, "Cara")
    with town.hold("recover", "Ann", "Ben") as held:
        recover_person(held.path, person=cara, from_index=3, old=OWN, new=NEW, now=NOW, cost=CHEAP)
    assert read_passkeys(load_home(town.path, NOW), cara) == ()
    keystore = Keystore.open(person_keystore(town.path, cara))
    assert keystore.passkeys == ()
    with pytest.raises(KeystoreLocked):
        keystore.unlock(thiefs)
    keystore.unlock(NEW).close()


def test_a_recovery_that_is_refused_takes_no_passkey_away(town: Council) -> None:
    cara, hers = town.ids["Cara"], planted(town, "Cara")
    with pytest.raises(KeystoreLocked):
        recover_person(town.path, person=cara, from_index=3, old=NEW, new=OWN, now=NOW, cost=CHEAP)
    Keystore.open(person_keystore(town.path, cara)).unlock(hers).close()
    assert len(read_passkeys(load_home(town.path, NOW), cara)) == 1


def test_nothing_of_a_leavers_passkeys_stays(town: Council) -> None:
    planted(town, "Dan")
    with town.hold("remove", "Ann", "Ben") as held:
        remove_person(held.path, person=town.ids["Dan"], now=NOW)
    assert not list((town.path / "people").glob(f"{town.ids['Dan']}*"))
