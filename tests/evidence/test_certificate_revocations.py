"""Keys come and go after a closing, and it stands; a stolen key closes nothing, whatever its clock says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_agencies import POLICY, Agency, Table, a_policy, an_id, childrens, closed, proven, school

from exchange.errors import CertificateIncomplete, DirectoryBehind, LogForked
from exchange.evidence import certify as certifying
from exchange.evidence.certificate import read
from exchange.evidence.certify import certify
from exchange.evidence.judging import received
from exchange.evidence.verify import verify
from exchange.share.thread import Step
from keys.directory import Directory
from keys.entry import RosterDocument, excerpt
from keys.errors import AgencyUnsponsored, EventForged, EventNotChained, KeyRevoked, KeyUnknown
from keys.event import Sponsor
from keys.record import decode, digest, encode
from keys.suite import SigningKey
from keys.transparency.merkle import inclusion_proof


def _made(table: Table, *rosters: Any, size: int | None = None) -> bytes:
    return certify(0, table.signed, table.shown(size), rosters or table.rosters)


def _open() -> tuple[Table, str]:
    """A leg that was read back, on a log of two entries; and the read-back."""
    table = Table(school(), childrens(), ())
    table.to = (table.recipient.party("d"),)
    share = table.lay("share", table.sender, "l", leg=None)
    table.lay("accept", table.recipient, "s", answers=share)
    return table, table.lay("read_back", table.recipient, "s", answers=share)


def _grow(table: Table, count: int = 1) -> None:
    """Others' events."""
    for _ in range(count):
        number = len(table.log.entries)
        table.log.add([Agency(f"agency-{number}", f"Agency {number}", {}).event])


def _agree(table: Table, read_back: str, **fields: Any) -> str:
    return table.lay("hear_back", table.sender, "l", answers=read_back, verdict="agreed", **fields)


# --- after the closing -----------------------------------------------------------------------------


def test_it_stands_after_every_key_was_rotated_succeeded_and_revoked() -> None:
    """The very bytes of then; and those that are written now, of the log as it was when it closed."""
    table = closed()
    made = _made(table)
    for agency in (table.sender, table.recipient):
        first = agency.signing
        table.log.add([agency.rotate_signing(), agency.succeed_root(), agency.revoke(first, 3)])
    assert proven(made).leg.state.value == "closed"
    assert _made(table, size=2) == made


def test_rotations_and_successions_before_the_checkpoint_change_nothing() -> None:
    table = closed()
    for agency in (table.sender, table.recipient):
        table.log.add([agency.rotate_signing(), agency.succeed_root(), agency.rotate_signing()])
    made = _made(table)
    shown = proven(made)
    assert shown.log.checkpoint.size == 8
    assert [one.events for one in shown.agencies] == [4, 4]
    assert len(read(made).events) == 8


def test_a_revocation_after_the_closing_does_not_reach_what_was_answered() -> None:
    """The agency's signing key ends; the roster that it signed still vouches for what others built upon."""
    table, read_back = _open()
    old, first = table.recipient.roster, table.recipient.signing
    _agree(table, read_back)
    table.log.add([table.recipient.rotate_signing(), table.recipient.revoke(first, 3)])
    assert proven(_made(table, table.sender.roster, old)).leg.state.value == "closed"


def test_so_with_a_practitioners_key() -> None:
    table, read_back = _open()
    _agree(table, read_back)
    _grow(table, 3)
    table.recipient.version = 2
    newer = table.recipient.sign_roster(
        created="2026-12-01T00:00:00Z", revoked="2026-12-01T00:00:00Z", revoked_from=3
    )
    assert proven(_made(table, *table.rosters, newer)).leg.state.value == "closed"


def test_a_note_years_later_does_not_move_what_was_before_it() -> None:
    """It is left out; it could not be otherwise, since it would say only that all had come by then."""
    table, read_back = _open()
    _agree(table, read_back)
    first = table.sender.signing
    made = _made(table)
    table.log.add([table.sender.rotate_signing(), table.sender.revoke(first, 3)])
    table.lay("note", table.recipient, "w")
    assert json.loads(_made(table, size=2))["steps"] == json.loads(made)["steps"]
    data = json.loads(made)
    note = table.signed[-1]
    data["steps"].append({"payload": encode(note.payload), "signature": encode(note.signature)})
    data["steps"].sort(key=lambda one: digest(decode(one["payload"])))
    with pytest.raises(CertificateIncomplete):
        proven(json.dumps(data, separators=(",", ":")).encode())


# --- a stolen key ----------------------------------------------------------------------------------


def test_a_stolen_practitioners_key_with_a_clock_set_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Revoked from index 2 on. The thief signs for a day before, names the old log, and makes the certificate."""
    table, read_back = _open()
    old = table.head
    _grow(table)
    table.sender.version = 2
    newer = table.sender.sign_roster(
        created="2026-11-12T09:30:00Z", revoked="2026-11-12T09:30:00Z", revoked_from=3
    )
    _agree(table, read_back, log=old, created="2026-11-12T09:03:00Z")
    rosters = (*table.rosters, newer)
    with pytest.raises(KeyRevoked):
        _made(table, *rosters)  # no honest desk writes it
    monkeypatch.setattr(certifying, "_refuse_revoked", lambda *_: None)
    with pytest.raises(KeyRevoked) as refused:
        proven(_made(table, *rosters))
    assert refused.value.where.startswith("steps[")


def test_nor_can_its_step_be_slipped_in_before_others_of_the_new_log() -> None:
    """What the other side wrote afterwards says that the log was longer: no earlier did they have it."""
    table = Table(school(), childrens(), ())
    table.to = (table.recipient.party("d"),)
    old = table.head
    first = table.sender.signing
    table.log.add([table.sender.rotate_signing(), table.sender.revoke(first, 2)])
    share = table.lay("share", table.sender, "l", leg=None, log=old)
    table.lay("accept", table.recipient, "s", answers=share)
    read_back = table.lay("read_back", table.recipient, "s", answers=share)
    _agree(table, read_back, log=old)
    with pytest.raises(CertificateIncomplete):
        proven(_made(table))  # the desk finds no roster that counts
    with pytest.raises(KeyRevoked):
        proven(_smuggled(table))


def _smuggled(table: Table) -> bytes:
    """With the roster that no desk would put in: signed by the stolen key."""
    data = json.loads(_made(table))
    roster = table.sender.roster
    entries = [one for one in roster.entries if b'"' + b"l" * 26 + b'"' in one]
    data["rosters"].insert(
        0,
        {
            "payload": encode(roster.payload),
            "signature": encode(roster.signature),
            "entries": [encode(one) for one in entries],
        },
    )
    return json.dumps(data, separators=(",", ":")).encode()


def test_people_vouched_for_by_a_stolen_agency_key_are_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thief of the agency's signing key invents a roster, dated before the theft."""
    table, read_back = _open()
    stolen = table.sender.signing
    table.log.add([table.sender.rotate_signing(), table.sender.revoke(stolen, 2)])
    table.sender.version = 2
    table.sender.hands["l"] = SigningKey.generate()
    invented = table.sender.sign_roster(key=stolen, created="2026-11-12T08:00:00Z")
    _agree(table, read_back)
    monkeypatch.setattr(certifying, "_counts", lambda *_: True)
    with pytest.raises((KeyRevoked, KeyUnknown)):
        proven(_made(table, *table.rosters, invented))


def test_a_stolen_root_cannot_speak_once_it_was_succeeded() -> None:
    table = closed()
    stolen = table.sender.root
    table.log.add([table.sender.succeed_root()])
    table.sender.root = stolen
    table.log.add([table.sender.rotate_signing()])
    with pytest.raises(EventForged):
        _made(table)


# --- what was left out -----------------------------------------------------------------------------


def _revoked_in_the_log() -> Table:
    """The sender's agency revoked a key, and went on."""
    table = closed()
    first = table.sender.signing
    table.log.add([table.sender.rotate_signing(), table.sender.revoke(first, 3), table.sender.succeed_root()])
    return table


def test_no_event_can_be_left_out_from_the_middle() -> None:
    table = _revoked_in_the_log()
    for index in (2, 3):
        log = table.shown()
        events = {place: signed for place, signed in log.events.items() if place != index}
        data = json.loads(certify(0, table.signed, table.shown(2), table.rosters))
        data["checkpoint"] = json.loads(_checkpointed(table))["checkpoint"]
        nodes, size = table.log.tree().nodes, 5
        data["events"] = [
            {
                "index": place,
                "payload": encode(signed.payload),
                "signature": encode(signed.signature),
                "proof": [encode(one) for one in inclusion_proof(place, size, nodes)],
            }
            for place, signed in sorted(events.items())
        ]
        with pytest.raises(EventNotChained):
            proven(json.dumps(data, separators=(",", ":")).encode())


def _checkpointed(table: Table) -> bytes:
    """A certificate of the same table whose agencies' last events are kept back: only the checkpoint matters."""
    log = table.shown()
    kept = {place: signed for place, signed in log.events.items() if place < 2}
    return certify(
        0,
        table.signed,
        certifying.LogShown(log.policy, log.checkpoint, log.nodes, kept),
        table.rosters,
    )


def test_an_agencys_last_events_can_be_left_out_and_the_certificate_says_how_many_it_has() -> None:
    """What inclusion alone cannot show; docs/weaknesses.md and `readback verify` say so."""
    shown = proven(_checkpointed(_revoked_in_the_log()))
    assert shown.log.checkpoint.size == 5
    assert [one.events for one in shown.agencies] == [1, 1]


def test_a_key_that_came_with_an_event_left_out_is_unknown() -> None:
    table = _revoked_in_the_log()
    table.sender.version = 2
    newer = table.sender.sign_roster()
    log = table.shown()
    kept = {place: signed for place, signed in log.events.items() if place < 2}
    shown = certifying.LogShown(log.policy, log.checkpoint, log.nodes, kept)
    with pytest.raises(CertificateIncomplete):
        proven(certify(0, table.signed, shown, [newer, table.recipient.roster]))


# --- the index -------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(2, 30), min_size=7, max_size=7), st.integers(30, 40))
def test_the_index_is_never_below_what_came_before_nor_above_the_checkpoint(
    sizes: list[int], size: int
) -> None:
    order = [
        Step(
            step.digest,
            step.slip.model_copy(update={"log": step.slip.log.model_copy(update={"size": at})}),
        )
        for step, at in zip(STORY, sizes, strict=True)
    ]
    found = received(order, size)
    for place, step in enumerate(order):
        assert max(sizes[: place + 1]) <= found[step.digest] <= size
        others = [
            max(sizes[: later + 1])
            for later in range(place + 1, len(order))
            if order[later].slip.author.agency != step.slip.author.agency
        ]
        assert found[step.digest] == min(others, default=size)


def test_within_one_agency_the_other_side_is_another_person() -> None:
    agency = school()
    within = [
        Step(
            step.digest,
            step.slip.model_copy(
                update={
                    "author": step.slip.author.model_copy(update={"agency": agency.agency}),
                    "log": step.slip.log.model_copy(update={"size": 2 + place}),
                }
            ),
        )
        for place, step in enumerate(STORY)
    ]
    found = received(within, 40)
    assert [found[step.digest] for step in within] == [3, 4, 5, 6, 7, 8, 40]


STORY = closed().steps


# --- beside the whole log --------------------------------------------------------------------------


def _followed(table: Table, size: int | None = None) -> Directory:
    """The log as a desk has it that followed it."""
    directory = Directory()
    for signed in table.log.entries[:size]:
        directory.apply(signed)
    return directory


def test_beside_the_whole_log_no_event_can_be_left_out() -> None:
    table = _revoked_in_the_log()
    with pytest.raises(CertificateIncomplete) as refused:
        verify(_checkpointed(table), POLICY, whole=_followed(table))
    assert refused.value.where == "events"
    assert verify(_made(table, size=2), POLICY, whole=_followed(table)).looked_at == 5


def test_beside_the_whole_log_a_later_revocation_reaches_back() -> None:
    """From the second entry on, said at the fourth: the roster of then vouches for nobody."""
    table = closed()
    made = _made(table)
    first = table.sender.signing
    table.log.add([table.sender.rotate_signing(), table.sender.revoke(first, 1)])
    assert proven(made).leg.state.value == "closed"
    with pytest.raises(KeyRevoked):
        verify(made, POLICY, whole=_followed(table))


def test_the_whole_log_goes_as_far_and_is_of_the_same_history() -> None:
    table = closed()
    made = _made(table)
    with pytest.raises(DirectoryBehind):
        verify(made, POLICY, whole=_followed(table, 1))
    table.log.entries.reverse()
    with pytest.raises(LogForked):
        verify(made, POLICY, whole=_followed(table))


def test_beside_the_whole_log_who_signed_still_stands() -> None:
    """A founder vouched for the school under a root that was stolen by then, as its next root says later."""
    police = Agency("ashby-police", "Ashby Police", {})
    policy = a_policy("northshire-childrens", "ashby-police")
    table = Table(school(), childrens(), ())
    enrolment = digest(table.sender.event.payload)
    table.log.add([police.event, police.change(Sponsor, newcomer="moorfield-primary", enrolment=enrolment)])
    table.to = (table.recipient.party("d"),)
    share = table.lay("share", table.sender, "l", leg=None)
    table.lay("accept", table.recipient, "s", answers=share)
    _agree(table, table.lay("read_back", table.recipient, "s", answers=share))
    made = certify(0, table.signed, table.shown(policy=policy), table.rosters)
    stolen = police.root
    table.log.add([police.succeed_root(), police.revoke(stolen, 3)])
    assert verify(made, policy).leg.state.value == "closed"
    with pytest.raises(AgencyUnsponsored):
        verify(made, policy, whole=_followed(table))


# --- rosters ---------------------------------------------------------------------------------------


def _with_rosters(table: Table, *rosters: RosterDocument, of: str = "lcsd") -> bytes:
    """With these rosters' whole entries for those who signed, whatever a desk would have chosen."""
    data = json.loads(_made(table))
    needed = frozenset(an_id(letter) for letter in of)
    data["rosters"] = [
        {
            "payload": encode(one.payload),
            "signature": encode(one.signature),
            "entries": [encode(entry) for entry in excerpt(one, needed).entries],
        }
        for one in rosters
    ]
    return json.dumps(data, separators=(",", ":")).encode()


def test_whoever_left_within_the_hour_is_not_taken_back() -> None:
    """The next roster does not know them any more; what they signed before stands."""
    table = closed()
    agency = table.recipient
    agency.version = 2
    del agency.people["s"]
    agency.role = ("d", "Duty", ("w",))
    after = agency.sign_roster(created="2026-11-12T09:40:00Z")
    assert len(proven(_made(table, *table.rosters, after)).signers) == 3


def test_a_roster_that_judges_nothing_does_not_belong() -> None:
    table = closed()
    table.sender.version = 2
    december = table.sender.sign_roster(created="2026-12-01T00:00:00Z")
    assert proven(_with_rosters(table, *table.rosters)).leg.state.value == "closed"
    with pytest.raises(CertificateIncomplete) as refused:
        proven(_with_rosters(table, table.sender.roster, december, table.recipient.roster))
    assert refused.value.where == "rosters[1]"


def test_a_roster_holds_nobody_but_those_who_are_needed() -> None:
    table = closed()
    needed = excerpt(table.sender.roster, frozenset({an_id("l")}))
    with pytest.raises(KeyUnknown):
        proven(_with_rosters(table, needed, table.recipient.roster))
    data = json.loads(_made(table))
    data["rosters"][0]["entries"] = []
    with pytest.raises(CertificateIncomplete):
        proven(json.dumps(data, separators=(",", ":")).encode())


def test_an_agencys_rosters_that_all_end_before_a_step_prove_nothing() -> None:
    """Signed with a key that was revoked from the first entry on: only a hostile hand puts them in."""
    table, read_back = _open()
    first = table.sender.signing
    table.log.add([table.sender.rotate_signing(), table.sender.revoke(first, 2)])
    _agree(table, read_back)
    with pytest.raises(KeyRevoked):
        proven(_with_rosters(table, *table.rosters, of="lsd"))
