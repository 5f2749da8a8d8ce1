"""A desk's own home, followed while ceremonies change it; and what it believed before it stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, SECRET, THEM, US, make_home, pinned, trust_of
from notary import Notary, as_rows

from exchange.desk.courier.rosters import roster_letter
from exchange.desk.own import Own
from exchange.desk.recall import recall
from exchange.desk.trust import Trust
from exchange.desk.whom import find
from exchange.sealing import PostalSlot, seal_envelope
from exchange.store.casebook import Casebook, Change, RosterRow
from exchange.wire.slip import Author, Party
from keys.ceremony.agency import rotate
from keys.ceremony.home import pin
from keys.ceremony.people import enrol_person
from keys.ceremony.policy import read_policy
from keys.errors import Problem, RootDiffers
from keys.record import format_time, new_id
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome

AT = format_time(NOW)


@pytest.fixture
def home(tmp_path: Path) -> AgencyHome:
    home = make_home(tmp_path, US)
    pinned(Notary(), home)
    return home


@pytest.fixture
def them(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, THEM)


@pytest.fixture
async def casebook(tmp_path: Path) -> AsyncIterator[Casebook]:
    book = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield book
    await book.close()


def own_of(home: AgencyHome) -> tuple[Own, Trust]:
    trust = Trust(home.agency, read_policy(home.path))
    return Own(home, trust, now=lambda: NOW), trust


async def test_a_home_that_nobody_changed_is_not_loaded_again(home: AgencyHome) -> None:
    own, _ = own_of(home)
    assert not await own.refresh()
    assert own.home is home


async def test_new_people_and_keys_count_at_once(home: AgencyHome) -> None:
    own, trust = own_of(home)
    enrol_person(home.path, name="New Person", post="Worker", passphrase=SECRET, now=NOW)
    rotate(home.path, passphrase=SECRET, now=NOW)
    assert await own.refresh()
    assert not await own.refresh()
    assert len(own.home.events) == 2
    assert trust.postal_slot(US).key == own.home.keys.mailbox != home.keys.mailbox
    roster = trust.roster(US)
    assert roster is not None
    assert len(roster.people) == 2
    old = own.home.keyring.opening(home.keys.mailbox.key_id)
    assert old.sealing_key == home.keys.mailbox, "what was sealed to the old mailbox key still opens"


@pytest.mark.parametrize("damage", ["roster.sealed", "events/000000.json", "agency.json"])
async def test_a_damaged_home_leaves_the_desk_with_the_one_it_had(home: AgencyHome, damage: str) -> None:
    own, trust = own_of(home)
    before = trust.roster(US)
    path = home.path / damage
    other = path.with_name("other")
    other.write_bytes(b"\x00" * 100)
    other.chmod(0o600)
    other.replace(path)
    assert not await own.refresh()
    assert own.home is home
    assert trust.roster(US) is before


async def test_what_was_believed_is_believed_again(
    home: AgencyHome, them: AgencyHome, casebook: Casebook
) -> None:
    notary = Notary(entries=[*home.events, *them.events])
    told = notary.tell(Trust(US, pinned(notary, home, them)), NOW)
    letter = roster_letter(them.roster_document)
    sealed = seal_envelope(new_id(), letter, [PostalSlot(US, home.keys.mailbox)])
    row = RosterRow(THEM, them.roster.version, them.roster.expires, sealed, AT, 0)
    await casebook.record(told | Change(rosters=(row,)))
    _, trust = own_of(home)
    await recall(trust, casebook, home.keyring.opening, NOW)
    expected = trust_of(home, them, notary=notary)
    assert trust.log_head() == expected.log_head()
    assert trust.log_head().size == 2
    assert trust.roster(THEM) is not None
    long_after = NOW + timedelta(days=500)
    _, later = own_of(home)
    await recall(later, casebook, home.keyring.opening, long_after)
    assert later.roster(THEM) is not None, "an old roster still judges old steps"


async def test_what_nobody_vouched_for_is_known_again_and_not_relied_on(
    home: AgencyHome, them: AgencyHome, casebook: Casebook
) -> None:
    notary = Notary(entries=[*home.events])
    before = Trust(US, pinned(notary, home, them))
    await notary.tell_and_keep(before, casebook, NOW)
    notary.add(them.events)
    ahead = before.log.check(notary.shown(1, NOW, by=notary.witnesses[:1]))
    before.take_log(ahead)
    await casebook.record(as_rows(before, 1, ahead.entries, NOW))
    trust = Trust(US, before.policy)
    await recall(trust, casebook, home.keyring.opening, NOW)
    assert (trust.size, trust.log.ahead.size) == (1, 2)


@pytest.mark.parametrize("damage", ["entry", "missing", "policy"])
async def test_a_log_that_was_changed_in_the_casebook_is_not_believed_again(
    home: AgencyHome, them: AgencyHome, casebook: Casebook, damage: str
) -> None:
    notary = Notary(entries=[*home.events, *them.events])
    policy = pinned(notary, home, them)
    told = notary.tell(Trust(US, policy), NOW)
    entries = told.log_entries
    if damage == "entry":
        entries = (replace(entries[0], payload=entries[1].payload), entries[1])
    if damage == "missing":
        entries = entries[:1]
    await casebook.record(replace(told, log_entries=entries))
    trust = Trust(US, Notary().policy(home) if damage == "policy" else policy)
    with pytest.raises(Problem) as refused:
        await recall(trust, casebook, home.keyring.opening, NOW)
    assert refused.value.code == ("checkpoint_forged" if damage == "policy" else "entry_dropped")


async def test_a_pin_that_contradicts_what_is_known_counts_at_once(
    home: AgencyHome, them: AgencyHome
) -> None:
    trust = trust_of(home, them)
    own = Own(home, trust, now=lambda: NOW)
    person = them.roster.people[0]
    party = Party(agency=THEM, person=person.id)
    author = Author(agency=THEM, person=person.id, key=person.keys[0].verifying_key.key_id)
    pin(home.path, THEM, fingerprint(them.keys.root.to_bytes()))
    assert await own.refresh()
    assert trust.sealing_key(party, NOW)
    assert len(find(trust, "ann", NOW)) == 2
    pin(home.path, THEM, fingerprint(home.keys.root.to_bytes()))
    assert await own.refresh()
    for attack in (
        lambda: trust.sealing_key(party, NOW),
        lambda: trust.signer(author, NOW, 9),
        lambda: trust.postal_slot(THEM),
        lambda: trust.records_key(THEM, NOW),
    ):
        with pytest.raises(RootDiffers):
            attack()
    assert [found.party.agency for found in find(trust, "ann", NOW)] == [US]


async def test_a_roster_that_no_longer_opens_is_missed_and_stops_nothing(
    home: AgencyHome, them: AgencyHome, casebook: Casebook
) -> None:
    notary = Notary(entries=[*them.events])
    told = notary.tell(Trust(US, pinned(notary, home, them)), NOW)
    rosters = (RosterRow(THEM, 1, them.roster.expires, b"\x00" * 500, AT, 0),)
    await casebook.record(told | Change(rosters=rosters))
    _, trust = own_of(home)
    await recall(trust, casebook, home.keyring.opening, NOW)
    assert trust.agency_keys(THEM).agency == THEM
    assert trust.roster(THEM) is None
