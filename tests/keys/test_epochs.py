"""Epochs: who is due, which old keys are over, and that only those are ever erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from council import NOW, OWN, ROOT, Council, council

from keys.ceremony import custody
from keys.ceremony.epochs import (
    EPOCH,
    RETENTION,
    erase_own,
    erase_shared,
    mailbox_keys_over,
    people_due,
    role_keys_over,
    rotate_epoch,
)
from keys.ceremony.home import load_home
from keys.ceremony.people import renew_person
from keys.errors import KeystoreLocked
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from pathlib import Path

LATER = NOW + timedelta(days=1)
OVER = LATER + RETENTION
ALMOST = OVER - timedelta(minutes=6)  # a key counts from five minutes before it was drawn


@pytest.fixture
def town(tmp_path: Path) -> Council:
    return council(tmp_path / "home")


def test_an_epoch_begins_for_the_mailbox_and_for_every_role(town: Council) -> None:
    before = town.home()
    after = rotate_epoch(town.path, passphrase=ROOT, now=LATER)
    assert after.keys.mailbox_epoch == before.keys.mailbox_epoch + 1
    assert after.keys.mailbox != before.keys.mailbox
    assert after.roster.roles[0].keys[1:] == before.roster.roles[0].keys
    assert after.roster.roles[0].members == before.roster.roles[0].members
    cara = after.unlock_person(town.ids["Cara"], OWN)
    assert {key.sealing_key.key_id for key in after.roster.roles[0].keys} <= set(cara.ids("opening"))


def test_people_are_due_after_an_epoch(town: Council) -> None:
    home = town.home()
    assert people_due(home, NOW) == ()
    assert len(people_due(home, NOW + EPOCH)) == 4


def test_only_what_is_over_is_erased(town: Council) -> None:
    old = town.home().keys.mailbox.key_id
    role = town.home().roster.roles[0].keys[0].sealing_key.key_id
    home = rotate_epoch(town.path, passphrase=ROOT, now=LATER)
    present = home.keys.mailbox.key_id
    assert mailbox_keys_over(home, ALMOST) == role_keys_over(home, ALMOST) == frozenset()
    assert mailbox_keys_over(home, OVER) == {old}
    assert role_keys_over(home, OVER) == {role}
    after = erase_shared(town.path, mailbox={old, present}, now=ALMOST)
    assert {old, present} <= set(after.keyring.ids("opening"))
    after = erase_shared(town.path, mailbox=(), now=OVER)
    assert old in after.keyring.ids("opening"), "the desk did not say that it can do without"
    after = erase_shared(town.path, mailbox={old, present}, now=OVER)
    assert after.keyring.ids("opening") == (present,)
    assert after.keyring.ids("transport") == home.keyring.ids("transport")
    assert role_keys_over(after, OVER) == frozenset()
    keyring = after.unlock_person(town.ids["Cara"], OWN)
    assert role not in keyring.ids()
    assert after.roster.roles[0].keys[0].sealing_key.key_id in keyring.ids("opening")


def test_a_persons_own_go_when_they_come_by(town: Council) -> None:
    cara = town.ids["Cara"]
    first = town.home().roster.person(cara).keys[0].sealing_key.key_id
    renew_person(town.path, person=cara, passphrase=OWN, now=LATER)
    assert erase_own(town.path, person=cara, passphrase=OWN, now=ALMOST) == frozenset()
    with pytest.raises(KeystoreLocked):
        erase_own(town.path, person=cara, passphrase=Passphrase("not the words at all"), now=OVER)
    assert erase_own(town.path, person=cara, passphrase=OWN, now=OVER) == {first}
    keyring = load_home(town.path, LATER).unlock_person(cara, OWN)
    assert first not in keyring.ids()
    assert len(keyring.ids("signing")) == 2
    role = town.home().roster.roles[0].keys[0].sealing_key.key_id
    assert role in keyring.ids("opening"), "what they hold of a role was sealed to their newest key first"


def test_a_key_that_a_part_of_the_records_key_needs_stays(town: Council) -> None:
    home, cara = town.home(), town.ids["Cara"]
    here = {town.ids[name]: home.unlock_person(town.ids[name], OWN) for name in ("Cara", "Dan")}
    custody.entrust(town.path, people=list(here), need=2, present=here, now=NOW, passphrase=ROOT)
    renew_person(town.path, person=cara, passphrase=OWN, now=LATER)
    assert erase_own(town.path, person=cara, passphrase=OWN, now=OVER) == frozenset()


def test_keys_that_the_roster_lists_no_more_are_over_too(town: Council) -> None:
    cara = town.ids["Cara"]
    for days in range(1, 7):
        renew_person(town.path, person=cara, passphrase=OWN, now=NOW + timedelta(days=days))
    listed = town.home().roster.person(cara).keys
    much_later = NOW + timedelta(days=6) + RETENTION
    gone = erase_own(town.path, person=cara, passphrase=OWN, now=much_later)
    assert len(gone) == 6
    assert listed[0].sealing_key.key_id not in gone
