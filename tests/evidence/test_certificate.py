"""A certificate proves a closure from its own bytes, and nothing that was tampered with proves anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from two_agencies import COSIGNED, SALT, Table, a_policy, an_id, childrens, closed, reopened, resigned, school
from two_agencies import proven as verify

from exchange.errors import (
    CertificateIncomplete,
    CertificateRefused,
    ContentsDisagree,
    EmphasisDisagrees,
    NotClosed,
    NotYours,
)
from exchange.evidence.certificate import in_order, read
from exchange.evidence.certify import Spoken, certify
from exchange.evidence.chronology import chronology
from exchange.evidence.verify import verify as proven_by
from exchange.sealing import commitment
from keys.errors import (
    AgencyUnknown,
    EventForged,
    KeyExpired,
    KeyRevoked,
    KeyUnknown,
    Problem,
    ProofInvalid,
    RootDiffers,
    RosterForged,
    SignatureInvalid,
)
from keys.record import digest, encode
from keys.statement import Kind, sign
from keys.suite import SigningKey, fingerprint
from keys.transparency.merkle import inclusion_proof
from keys.transparency.note import read_note

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def table() -> Table:
    return closed()


@pytest.fixture(scope="module")
def bare(table: Table) -> bytes:
    return certify(0, table.signed, table.shown(), table.rosters)


@pytest.fixture(scope="module")
def spoken(table: Table) -> bytes:
    return certify(0, table.signed, table.shown(), table.rosters, table.spoken)


ALL_NEEDED = a_policy("moorfield-primary", "northshire-childrens", quorum=3)


def _changed(certificate: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    data = json.loads(certificate)
    change(data)
    return json.dumps(data, separators=(",", ":")).encode()


def test_a_closed_leg_verifies_offline(table: Table, bare: bytes) -> None:
    shown = verify(bare)
    assert shown.leg.state.value == "closed"
    assert shown.closed_at == table.steps[-1].slip.created
    assert [signer.name for signer in shown.signers] == ["Carol Finch", "Helen Marsh", "Priya Nair"]
    assert shown.role == "Duty"
    assert shown.words == {}
    assert not any(agency.pinned for agency in shown.agencies)


def test_it_verifies_whatever_the_order_of_what_the_desk_holds(table: Table, bare: bytes) -> None:
    assert certify(0, reversed(table.signed), table.shown(), reversed(table.rosters)) == bare


def test_a_named_person_needs_no_role() -> None:
    table = closed(to_role=False)
    shown = verify(certify(0, table.signed, table.shown(), table.rosters))
    assert shown.role is None


def test_the_words_are_shown_when_they_fit(table: Table, spoken: bytes) -> None:
    assert len(verify(spoken).words) == len(table.steps)


def test_nobody_is_inside_but_those_who_signed(bare: bytes) -> None:
    """Names stand in base64 inside the certificate: look for them in what it decodes to."""
    certificate = read(bare)
    inside = b"".join(
        [
            *(one.signed.payload for one in (*certificate.steps, *certificate.events)),
            *(b"".join((v.document.payload, *v.document.entries)) for v in certificate.rosters),
        ]
    )
    assert b"Priya Nair" in inside
    for stranger in (b"Daniel Okafor", b"Somebody Else", b"Ellis", b"bruise"):
        assert stranger not in inside


def test_a_leg_that_is_not_closed_has_no_certificate() -> None:
    table = closed(agreed=False)
    with pytest.raises(NotClosed):
        certify(0, table.signed, table.shown(), table.rosters)


def test_a_reopened_leg_has_no_certificate() -> None:
    table = reopened()
    with pytest.raises(NotClosed):
        certify(0, table.signed, table.shown(), table.rosters)


def test_a_leg_that_is_not_there_has_no_certificate(table: Table) -> None:
    with pytest.raises(NotClosed):
        certify(1, table.signed, table.shown(), table.rosters)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(bare: bytes, place: int, bit: int) -> None:
    """Where all witnesses are needed; of one beyond the quorum, a line can as well be left out."""
    _refused_in_one_bit(bare, place % len(bare), bit)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_bit_of_the_log_can_be_changed(bare: bytes, place: int, bit: int) -> None:
    """The checkpoint, the heads, the events and their proofs, which are the smaller part."""
    start, end = bare.index(b'"checkpoint"'), bare.index(b'"rosters"')
    _refused_in_one_bit(bare, start + place % (end - start), bit)


def _refused_in_one_bit(bare: bytes, place: int, bit: int) -> None:
    changed = bytearray(bare)
    changed[place] ^= 1 << bit
    with pytest.raises(Problem):
        proven_by(bytes(changed), ALL_NEEDED)


def test_no_byte_of_the_first_and_the_last_can_be_changed(spoken: bytes) -> None:
    for place in (*range(400), *range(len(spoken) - 200, len(spoken))):
        changed = bytearray(spoken)
        changed[place] ^= 0x20
        with pytest.raises(Problem):
            verify(bytes(changed))


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_it_cannot_be_cut(bare: bytes, cut: int) -> None:
    with pytest.raises(CertificateRefused):
        verify(bare[:cut])


@pytest.mark.parametrize("spelling", [b" ", b"\n"])
def test_it_has_one_spelling(bare: bytes, spelling: bytes) -> None:
    with pytest.raises(CertificateRefused):
        verify(bare + spelling)
    with pytest.raises(CertificateRefused):
        verify(bare.replace(b'{"v":1,', b'{"v":1,' + spelling, 1))


def test_no_step_can_be_taken_out(bare: bytes) -> None:
    count = len(json.loads(bare)["steps"])
    for index in range(count):
        with pytest.raises((CertificateIncomplete, NotClosed)):
            verify(_changed(bare, lambda data, at=index: data["steps"].pop(at)))


def test_no_step_can_stand_twice_or_elsewhere(bare: bytes) -> None:
    with pytest.raises(CertificateRefused):
        verify(_changed(bare, lambda data: data["steps"].append(data["steps"][-1])))
    with pytest.raises(CertificateRefused):
        verify(_changed(bare, lambda data: data["steps"].reverse()))


@pytest.mark.parametrize("name", ["version", "read_back", "hear_back"])
def test_it_cannot_claim_another_closure(table: Table, bare: bytes, name: str) -> None:
    for step in table.steps:
        if json.loads(bare)[name] == step.digest:
            continue
        with pytest.raises(NotClosed):
            verify(_changed(bare, lambda data, to=step.digest: data.update({name: to})))


def test_it_cannot_claim_another_thread_or_leg(bare: bytes) -> None:
    for change in ({"thread": an_id("u")}, {"leg": 1}):
        with pytest.raises(NotClosed):
            verify(_changed(bare, lambda data, to=change: data.update(to)))


def test_the_hear_back_of_another_read_back_closes_nothing(table: Table) -> None:
    """The sender's agreement with the second read-back, moved to the first."""
    first = table.steps[3].digest
    moved = resigned(table.signed[-1], table.sender.hands["l"], answers=first)
    with pytest.raises(NotClosed):
        certify(0, [*table.signed[:-1], moved], table.shown(), table.rosters)


def test_a_hear_back_of_another_version_closes_nothing(table: Table) -> None:
    read_back = table.signed[5]
    other = resigned(read_back, table.recipient.hands["s"], answers="1" * 64)
    with pytest.raises(NotClosed):
        certify(0, [*table.signed[:5], other, table.signed[6]], table.shown(), table.rosters)


def test_a_slip_signed_by_another_hand_is_refused(table: Table) -> None:
    forged = resigned(table.signed[-1], table.sender.hands["c"])
    with pytest.raises(SignatureInvalid):
        verify(certify(0, [*table.signed[:-1], forged], table.shown(), table.rosters))


def test_a_slip_under_a_colleagues_key_is_refused(table: Table) -> None:
    other = table.sender.hands["c"]
    author = table.steps[-1].slip.author.model_copy(update={"key": other.verifying_key.key_id})
    forged = resigned(table.signed[-1], other, author=author)
    with pytest.raises(KeyUnknown):
        verify(certify(0, [*table.signed[:-1], forged], table.shown(), table.rosters))


def test_a_read_back_by_somebody_outside_the_role_is_refused() -> None:
    sender, recipient = school(), childrens()
    table = Table(sender, recipient, (recipient.party("d"),))
    share = table.lay("share", sender, "l", leg=None)
    table.lay("accept", recipient, "x", answers=share)
    read_back = table.lay("read_back", recipient, "x", answers=share)
    table.lay("hear_back", sender, "l", answers=read_back, verdict="agreed")
    with pytest.raises(NotYours):
        verify(certify(0, table.signed, table.shown(), table.rosters))


def test_a_roster_signed_by_somebody_else_is_refused(table: Table, bare: bytes) -> None:
    stranger = SigningKey.generate()
    forged = table.sender.sign_roster(key=stranger)
    with pytest.raises(CertificateIncomplete):  # a desk does not even put it in
        verify(certify(0, table.signed, table.shown(), [forged, table.recipient.roster]))
    in_its_name = sign(Kind.ROSTER, table.sender.roster.payload, stranger).signature
    for problem, payload, signature in (
        (KeyUnknown, forged.payload, forged.signature),
        (RosterForged, table.sender.roster.payload, in_its_name),
    ):
        swapped = {"payload": encode(payload), "signature": encode(signature)}
        with pytest.raises(problem):
            verify(_changed(bare, lambda data, to=swapped: data["rosters"][0].update(to)))


def test_another_agencys_roster_is_refused(table: Table, bare: bytes) -> None:
    def swap(data: dict[str, Any]) -> None:
        data["rosters"].reverse()

    with pytest.raises(CertificateRefused):
        verify(_changed(bare, swap))


def test_a_name_cannot_be_changed(bare: bytes) -> None:
    def rename(data: dict[str, Any]) -> None:
        entries = read(bare).rosters[0].document.entries
        data["rosters"][0]["entries"][0] = encode(entries[0].replace(b"Helen Marsh", b"Helen March"))

    with pytest.raises(RosterForged):
        verify(_changed(bare, rename))


def test_a_roster_entry_cannot_be_taken_out_or_added(table: Table, bare: bytes) -> None:
    with pytest.raises((KeyUnknown, CertificateIncomplete)):
        verify(_changed(bare, lambda data: data["rosters"][0]["entries"].pop()))
    stranger = next(entry for entry in table.recipient.roster.entries if b"Somebody Else" in entry)
    with pytest.raises((CertificateIncomplete, RosterForged)):
        verify(_changed(bare, lambda data: data["rosters"][1]["entries"].append(encode(stranger))))


def test_a_roster_cannot_be_left_out(bare: bytes) -> None:
    with pytest.raises(CertificateIncomplete):
        verify(_changed(bare, lambda data: data["rosters"].pop()))


def test_an_event_cannot_be_left_out_or_changed(bare: bytes) -> None:
    with pytest.raises((AgencyUnknown, CertificateIncomplete)):
        verify(_changed(bare, lambda data: data["events"].pop()))

    def forge(data: dict[str, Any]) -> None:
        data["events"][0]["signature"] = data["events"][1]["signature"]

    with pytest.raises(ProofInvalid):
        verify(_changed(bare, forge))


def test_an_event_that_its_agencys_root_did_not_sign_is_refused_though_the_log_has_it() -> None:
    table = closed()
    forged = sign(Kind.AGENCY_EVENT, table.recipient.event.payload, SigningKey.generate())
    certificate = json.loads(certify(0, table.signed, table.shown(), table.rosters))
    table.log.entries[0] = forged
    tree, note = table.log.tree(), table.log.note(COSIGNED)
    certificate["checkpoint"] = encode(in_order(read_note(note)).to_bytes())
    for event in certificate["events"]:
        event["proof"] = [encode(one) for one in inclusion_proof(event["index"], 2, tree.nodes)]
    certificate["events"][0]["signature"] = encode(forged.signature)
    with pytest.raises(EventForged):
        verify(json.dumps(certificate, separators=(",", ":")).encode())


def test_an_agency_that_has_no_part_in_it_does_not_belong(table: Table, bare: bytes) -> None:
    stranger = encode(school().enrol(agency="zz-elsewhere").payload)

    def add(data: dict[str, Any]) -> None:
        data["events"].append({"payload": stranger, "signature": data["events"][0]["signature"]})

    with pytest.raises(Problem):
        verify(_changed(bare, add))


def test_a_pinned_root_is_demanded(table: Table, bare: bytes) -> None:
    root = fingerprint(table.sender.root.verifying_key.to_bytes())
    shown = verify(bare, {"moorfield-primary": root, "never-heard-of": root})
    assert [agency.pinned for agency in shown.agencies] == [True, False]
    with pytest.raises(RootDiffers):
        verify(bare, {"northshire-childrens": root})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"revoked": "2026-11-12T09:00:00Z"}, KeyRevoked),
        ({"not_after": "2026-11-12T09:00:00Z"}, KeyExpired),
        ({"not_before": "2026-11-13T09:00:00Z"}, KeyExpired),
    ],
)
def test_a_key_that_was_not_in_force_proves_nothing(
    table: Table, change: dict[str, str], problem: type[Problem]
) -> None:
    roster = table.sender.sign_roster(**change)
    with pytest.raises(problem):
        verify(certify(0, table.signed, table.shown(), [roster, table.recipient.roster]))


def test_a_key_revoked_afterwards_still_proves_what_it_signed_before(table: Table) -> None:
    roster = table.sender.sign_roster(revoked="2026-12-01T00:00:00Z")
    verify(certify(0, table.signed, table.shown(), [roster, table.recipient.roster]))


def test_each_step_is_judged_by_the_roster_of_its_day(table: Table) -> None:
    """The newer roster revoked the keys, after the closure and with effect from before it."""
    table.sender.version = 2
    newer = table.sender.sign_roster(created="2026-12-01T00:00:00Z", revoked="2026-11-01T00:00:00Z")
    table.sender.version = 1
    rosters = [newer, *table.rosters]
    assert len(verify(certify(0, table.signed, table.shown(), rosters)).signers) == 3
    with pytest.raises(KeyRevoked):
        verify(certify(0, table.signed, table.shown(), [newer, table.recipient.roster]))


def test_a_member_who_left_the_role_afterwards_still_read_it_back(table: Table) -> None:
    """Also if they left within the hour in which clocks may differ, and with many rosters since."""
    agency = table.recipient
    assert agency.role is not None
    letter, name, _ = agency.role
    kept, agency.role, agency.version = agency.role, (letter, name, ("w",)), 2
    soon = agency.sign_roster(created="2026-11-12T09:30:00Z")
    agency.version = 3
    later = [agency.sign_roster(created="2026-12-01T00:00:00Z")]
    agency.role, agency.version = kept, 1
    made = certify(0, table.signed, table.shown(), [*later, soon, *table.rosters])
    assert "Priya Nair" in [signer.name for signer in verify(made).signers]
    assert len(read(made).rosters) == 3, "the roster of December judges nothing, and is left out"


def test_words_that_were_not_signed_for_are_refused(table: Table) -> None:
    for changed in (
        Spoken(table.steps[0].digest, 0, SALT, table.spoken[0].contents.replace(b"A bruise", b"No mark!")),
        Spoken(table.steps[0].digest, 0, b"x" * 32, table.spoken[0].contents),
        Spoken(table.steps[0].digest, 0, SALT, table.spoken[1].contents),
    ):
        with pytest.raises(ContentsDisagree):
            verify(certify(0, table.signed, table.shown(), table.rosters, [changed]))


def test_words_of_a_part_or_step_that_is_not_there_are_refused(table: Table, spoken: bytes) -> None:
    for change in ({"part": 1}, {"step": "f" * 64}):
        with pytest.raises(CertificateIncomplete):
            verify(_changed(spoken, lambda data, to=change: data["words"][-1].update(to)))


def test_words_of_another_step_are_refused_though_they_were_signed_for() -> None:
    """A read-back whose sealed words name another version than its slip does."""
    sender, recipient = school(), childrens()
    table = Table(sender, recipient, (recipient.party("s"),))
    share = table.lay("share", sender, "l", leg=None)
    table.lay("accept", recipient, "s", answers=share)
    read_back = table.lay("read_back", recipient, "s", answers=share, words={"version": "1" * 64})
    table.lay("hear_back", sender, "l", answers=read_back, verdict="agreed", words={"read_back": read_back})
    with pytest.raises(ContentsDisagree):
        verify(certify(0, table.signed, table.shown(), table.rosters, table.spoken))


def test_signed_words_that_are_no_contents_of_their_step_are_refused() -> None:
    """A signer pins whatever they like; what is shown is only what a step of that kind may say."""
    for raw in (b"{}", b"not json", b'{"v":1,"kind":"note"}'):
        table = closed()
        pin = table.steps[-1].slip.contents[0]
        pin = pin.model_copy(update={"commitment": commitment(SALT, raw), "length": len(raw)})
        signed = resigned(table.signed[-1], table.sender.hands["l"], contents=(pin,))
        spoken = [Spoken(digest(signed.payload), 0, SALT, raw)]
        made = certify(0, [*table.signed[:-1], signed], table.shown(), table.rosters, spoken)
        with pytest.raises(ContentsDisagree):
            verify(made)


def test_words_sealed_for_another_hand_are_refused() -> None:
    table = closed()
    raw = table.spoken[-1].contents.replace(an_id("l").encode(), an_id("c").encode())
    pin = table.steps[-1].slip.contents[0]
    pin = pin.model_copy(update={"commitment": commitment(SALT, raw), "length": len(raw)})
    signed = resigned(table.signed[-1], table.sender.hands["l"], contents=(pin,))
    spoken = [Spoken(digest(signed.payload), 0, SALT, raw)]
    with pytest.raises(ContentsDisagree):
        verify(certify(0, [*table.signed[:-1], signed], table.shown(), table.rosters, spoken))


def test_words_and_events_stand_in_their_order(spoken: bytes) -> None:
    for name in ("words", "events"):
        with pytest.raises(CertificateRefused):
            verify(_changed(spoken, lambda data, of=name: data[of].reverse()))


def test_a_reveal_without_the_shares_words_is_shown_unjudged(table: Table) -> None:
    """The commitment stands in the share's words: without them nobody can say whether it was kept."""
    made = certify(0, table.signed, table.shown(), table.rosters, table.spoken[-1:])
    assert len(verify(made).words) == 1


def test_an_emphasis_that_was_not_committed_to_is_refused() -> None:
    sender, recipient = school(), childrens()
    table = Table(sender, recipient, (recipient.party("s"),))
    share = table.lay("share", sender, "l", leg=None, words={"emphasis": "2" * 64})
    table.lay("accept", recipient, "s", answers=share)
    read_back = table.lay("read_back", recipient, "s", answers=share, words={"version": share})
    table.lay("hear_back", sender, "l", answers=read_back, verdict="agreed", words={"read_back": read_back})
    with pytest.raises(EmphasisDisagrees):
        verify(certify(0, table.signed, table.shown(), table.rosters, table.spoken))


def test_the_chronology_tells_who_did_what_in_order(bare: bytes) -> None:
    shown = verify(bare)
    names = {(signer.agency, signer.person): signer.name for signer in shown.signers}
    rows = chronology(shown.status, shown.steps, lambda agency, person: names[agency, person])
    assert [(row.who, row.did.split(":")[0]) for row in rows] == [
        ("Helen Marsh", "shared it"),
        ("Priya Nair", "accepted it as theirs to read"),
        ("Carol Finch", "added a note"),
        ("Priya Nair", "read back what they understood"),
        ("Helen Marsh", "heard the read-back and corrected it"),
        ("Priya Nair", "read back what they understood"),
        ("Helen Marsh", "heard the read-back and agreed"),
    ]
    assert [row.when for row in rows] == sorted(row.when for row in rows)
