"""A home from an old backup is brought up to its agency's own events, says what it lost, and goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from council import CHEAP, NOW, OWN, ROOT, Council, council

from keys.ceremony.agency import found, revoke, rotate
from keys.ceremony.catching_up import catch_up, lost
from keys.ceremony.home import load_home, offline_keystore
from keys.ceremony.people import renew_roster
from keys.ceremony.root import succeed
from keys.errors import (
    AgencyUnknown,
    EventForged,
    EventNotChained,
    HomeContradicted,
    KeyRevoked,
    KeysNotHere,
    NothingChanged,
    TwoPeopleNeeded,
)
from keys.roster import open_roster

if TYPE_CHECKING:
    from pathlib import Path

    from keys.ceremony.home import AgencyHome
    from keys.statement import Signed


@pytest.fixture
def old(tmp_path: Path) -> Council:
    """What stands in the backup; the agency itself goes on in `tmp_path / "home"`."""
    town = council(tmp_path / "home")
    shutil.copytree(town.path, tmp_path / "old")
    return Council(tmp_path / "old", town.ids)


def newest(old: Council) -> Path:
    return old.path.with_name("home")


def caught_up(old: Council, *, newest_roster: int = 0) -> AgencyHome:
    listed = load_home(newest(old), NOW).events
    with old.hold("catch-up", "Ann", "Ben") as held:
        catch_up(held.path, listed=listed, newest_roster=newest_roster, now=NOW)
    return held.after


def unchanged(path: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


def test_it_takes_over_what_it_lacks_and_says_what_it_lost(old: Council) -> None:
    went_on = rotate(newest(old), passphrase=ROOT, now=NOW)
    home = caught_up(old)
    assert [event.payload for event in home.events] == [event.payload for event in went_on.events]
    gone = lost(home)
    assert gone.everyday == ("signing", "mailbox", "transport")
    assert gone.mailboxes == (went_on.keys.mailbox.key_id,)
    assert (gone.root, gone.other_root) == (False, False)
    acts = [act.act for act in home.ceremonies[-1].transcript.acts]
    assert acts == ["agency_key_replaced"] * 3 + ["event_taken_over"]
    assert home.ceremonies[-1].transcript.ceremony == "catch-up"


def test_it_vouches_for_nobody_until_it_has_new_keys_and_then_for_everybody(old: Council) -> None:
    rotate(newest(old), passphrase=ROOT, now=NOW)
    home = caught_up(old)
    with pytest.raises(KeysNotHere):
        renew_roster(old.path, now=NOW)
    for key in ("signing_key", "transport_key"):
        with pytest.raises(KeysNotHere):
            getattr(home, key)
    assert home.witness_key is not None
    made = rotate(old.path, passphrase=ROOT, now=NOW)
    assert made.lacking == ()
    assert made.keys.current["witness"] == home.keys.current["witness"], "what is here stays"
    open_roster(made.roster_document, made.keys, NOW, newer_than=1)


def test_a_lost_witness_key_is_replaced_with_the_others(old: Council) -> None:
    before = load_home(newest(old), NOW).keys.current["witness"]
    revoke(newest(old), key_id=before, from_index=0, passphrase=ROOT, now=NOW)
    assert lost(caught_up(old)).everyday == ("witness",)
    assert rotate(old.path, passphrase=ROOT, now=NOW).lacking == ()


def test_a_roster_older_than_the_newest_goes_above_it(old: Council) -> None:
    version = old.home().roster.version
    home = caught_up(old, newest_roster=version + 7)
    assert home.roster.version == version + 8
    assert [act.act for act in home.ceremonies[-1].transcript.acts] == ["roster_signed"]
    open_roster(home.roster_document, home.keys, NOW, newer_than=version + 7)


def test_so_it_does_where_its_signing_key_was_replaced_and_revoked(old: Council) -> None:
    """Others believe the one that the next rotation signs, and it is above theirs too."""
    key = load_home(newest(old), NOW).keys.signing.key_id
    went_on = revoke(newest(old), key_id=key, from_index=0, passphrase=ROOT, now=NOW)
    home = caught_up(old, newest_roster=went_on.roster.version)
    with pytest.raises(KeyRevoked):
        open_roster(home.roster_document, went_on.keys, NOW, newer_than=None)
    made = rotate(old.path, passphrase=ROOT, now=NOW)
    open_roster(made.roster_document, made.keys, NOW, newer_than=went_on.roster.version)


def test_the_root_that_succeeded_is_known_again_where_the_backup_has_it(old: Council) -> None:
    succeed(newest(old), passphrase=ROOT, now=NOW, cost=CHEAP)
    gone = lost(caught_up(old))
    assert (gone.root, gone.other_root) == (False, False)
    assert not offline_keystore(old.path, "next-root").exists()
    assert rotate(old.path, passphrase=ROOT, now=NOW).lacking == ()


def test_a_root_two_successions_old_is_of_no_use_and_that_is_said(old: Council) -> None:
    for _ in range(2):
        succeed(newest(old), passphrase=ROOT, now=NOW, cost=CHEAP)
    gone = lost(caught_up(old))
    assert (gone.root, gone.other_root) == (True, True)
    with pytest.raises(EventForged):
        rotate(old.path, passphrase=ROOT, now=NOW)
    shutil.rmtree(old.path / "offline")
    shutil.copytree(newest(old) / "offline", old.path / "offline")
    assert rotate(old.path, passphrase=ROOT, now=NOW).lacking == ()


def test_a_root_that_is_elsewhere_is_said_to_be(old: Council) -> None:
    rotate(newest(old), passphrase=ROOT, now=NOW)
    shutil.rmtree(old.path / "offline")
    gone = lost(caught_up(old))
    assert (gone.root, gone.other_root) == (True, False)


# --- what is refused, and leaves everything as it was -----------------------------------------------------


def refused(old: Council, problem: type[Exception], listed: tuple[Signed, ...]) -> None:
    before = unchanged(old.path)
    with pytest.raises(problem), old.hold("catch-up", "Ann", "Ben") as held:
        catch_up(held.path, listed=listed, newest_roster=0, now=NOW)
    assert unchanged(old.path) == before


def test_another_event_in_the_place_of_one_that_is_here(old: Council) -> None:
    rotate(old.path, passphrase=ROOT, now=NOW)  # somebody went on in the old copy
    rotate(newest(old), passphrase=ROOT, now=NOW)
    refused(old, HomeContradicted, load_home(newest(old), NOW).events)


def test_an_event_that_no_root_of_the_agency_signed(old: Council, tmp_path: Path) -> None:
    other = found(tmp_path / "other", agency="northshire", name="Other", passphrase=ROOT, now=NOW, cost=CHEAP)
    theirs = rotate(other.path, passphrase=ROOT, now=NOW).events[1]
    refused(old, EventForged, (*old.home().events, theirs))
    flipped = bytes([theirs.signature[0] ^ 1]) + theirs.signature[1:]
    refused(old, EventForged, (*old.home().events, replace(theirs, signature=flipped)))


def test_events_that_leave_one_out(old: Council) -> None:
    for _ in range(2):
        rotate(newest(old), passphrase=ROOT, now=NOW)
    first, _, third = load_home(newest(old), NOW).events
    refused(old, EventNotChained, (first, third))


def test_another_agencys_event(old: Council, tmp_path: Path) -> None:
    other = found(tmp_path / "other", agency="eastvale", name="Other", passphrase=ROOT, now=NOW, cost=CHEAP)
    refused(old, AgencyUnknown, (*old.home().events, *other.events))


def test_nothing_to_catch_up(old: Council) -> None:
    refused(old, NothingChanged, load_home(newest(old), NOW).events)
    rotate(old.path, passphrase=ROOT, now=NOW)  # further than the log, which has not taken it yet
    refused(old, NothingChanged, load_home(newest(old), NOW).events)


def test_it_takes_two_people(old: Council) -> None:
    with pytest.raises(TwoPeopleNeeded), old.hold("catch-up", "Ann"):
        pass


def test_a_rehearsal_takes_over_nothing(old: Council) -> None:
    rotate(newest(old), passphrase=ROOT, now=NOW)
    before = old.home().events
    with old.hold("catch-up", "Ann", "Ben", rehearse=True) as held:
        catch_up(held.path, listed=load_home(newest(old), NOW).events, newest_roster=9, now=NOW)
    assert old.home().events == before
    assert held.record.rehearsal
    assert old.home().unlock_person(old.ids["Ann"], OWN).holder == old.ids["Ann"]
