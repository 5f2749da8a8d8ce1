"""A desk's own home, followed while ceremonies change it; and what it believed before it stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, ORIGIN, SECRET, THEM, US, make_home, root_of, trust_of

from exchange.desk.courier.rosters import roster_letter
from exchange.desk.own import Own
from exchange.desk.recall import recall
from exchange.desk.trust import Trust
from exchange.desk.whom import find
from exchange.sealing import PostalSlot, seal_envelope
from exchange.store.casebook import Casebook, Change, LogEntryRow, RosterRow
from exchange.wire.slip import Author, Party
from keys.ceremony.agency import rotate
from keys.ceremony.home import pin
from keys.ceremony.people import enrol_person
from keys.errors import RootDiffers
from keys.record import format_time, new_id
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome

AT = format_time(NOW)


@pytest.fixture
def home(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, US)


@pytest.fixture
def them(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, THEM)


@pytest.fixture
async def casebook(tmp_path: Path) -> AsyncIterator[Casebook]:
    book = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield book
    await book.close()


def own_of(home: AgencyHome) -> tuple[Own, Trust]:
    trust = Trust(home.agency, ORIGIN)
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
    events = (*home.events, *them.events)
    rows = tuple(LogEntryRow(n, one.payload, one.signature) for n, one in enumerate(events))
    letter = roster_letter(them.roster_document)
    sealed = seal_envelope(new_id(), letter, [PostalSlot(US, home.keys.mailbox)])
    row = RosterRow(THEM, them.roster.version, them.roster.expires, sealed, AT, 0)
    await casebook.record(Change(log_entries=rows, rosters=(row,)))
    _, trust = own_of(home)
    await recall(trust, casebook, home.keyring.opening, NOW)
    expected = trust_of(home, them)
    assert trust.log_head() == expected.log_head()
    assert trust.roster(THEM) is not None
    long_after = NOW + timedelta(days=500)
    _, later = own_of(home)
    await recall(later, casebook, home.keyring.opening, long_after)
    assert later.roster(THEM) is not None, "an old roster still judges old steps"


async def test_a_root_that_was_pinned_otherwise_since_is_not_believed_again(
    home: AgencyHome, them: AgencyHome, casebook: Casebook
) -> None:
    events = (*home.events, *them.events)
    rows = tuple(LogEntryRow(n, one.payload, one.signature) for n, one in enumerate(events))
    await casebook.record(Change(log_entries=rows))
    trust = Trust(US, ORIGIN, {THEM: fingerprint(home.keys.root.to_bytes())})
    await recall(trust, casebook, home.keyring.opening, NOW)
    assert trust.directory.size == 1
    taken = trust.take_events(them.events, 2, root_of(events))
    assert taken.refusal is not None
    assert taken.refusal.code == "root_differs"


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
        lambda: trust.signer(author, NOW),
        lambda: trust.postal_slot(THEM),
        lambda: trust.records_key(THEM, NOW),
    ):
        with pytest.raises(RootDiffers):
            attack()
    assert [found.party.agency for found in find(trust, "ann", NOW)] == [US]


async def test_a_roster_that_no_longer_opens_is_missed_and_stops_nothing(
    home: AgencyHome, them: AgencyHome, casebook: Casebook
) -> None:
    rows = (LogEntryRow(0, them.events[0].payload, them.events[0].signature),)
    rosters = (RosterRow(THEM, 1, them.roster.expires, b"\x00" * 500, AT, 0),)
    await casebook.record(Change(log_entries=rows, rosters=rosters))
    _, trust = own_of(home)
    await recall(trust, casebook, home.keyring.opening, NOW)
    assert trust.agency_keys(THEM).agency == THEM
    assert trust.roster(THEM) is None
