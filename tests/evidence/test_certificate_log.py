"""The log in a certificate: no other log, no other witnesses, no other tree will do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from notary import signers
from two_agencies import (
    COSIGNED,
    POLICY,
    WITNESSES,
    Agency,
    Table,
    a_log,
    a_policy,
    closed,
    proven,
    school,
)

from exchange.errors import CertificateIncomplete, CertificateRefused, DirectoryBehind, LogDisagrees
from exchange.evidence.certificate import EVENTS, in_order, read
from exchange.evidence.certify import certify
from exchange.evidence.verify import verify, verify_unpinned
from keys.errors import (
    AgencyUnsponsored,
    CheckpointForged,
    CheckpointMalformed,
    CosignatureForged,
    EventNotChained,
    Malformed,
    Problem,
    ProofInvalid,
    QuorumMissing,
    RootDiffers,
)
from keys.event import Anchor, Sponsor, read_event
from keys.notekey import LogKey
from keys.record import decode, digest, encode
from keys.statement import Kind, dump, sign
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.merkle import EMPTY_ROOT, inclusion_proof
from keys.transparency.note import Note, NoteSignature, read_note

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def table() -> Table:
    """Some other agency's event stands between and after those of the two."""
    table = closed()
    table.log.add([Agency("ashby-police", "Ashby Police", {}).event])
    return table


@pytest.fixture(scope="module")
def made(table: Table) -> bytes:
    return certify(0, table.signed, table.shown(), table.rosters)


def _changed(certificate: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    data = json.loads(certificate)
    change(data)
    return json.dumps(data, separators=(",", ":")).encode()


def _under(certificate: bytes, note: bytes | Note) -> bytes:
    raw = note if isinstance(note, bytes) else note.to_bytes()
    return _changed(certificate, lambda data: data.update(checkpoint=encode(raw)))


def _note(certificate: bytes) -> Note:
    return read_note(decode(read(certificate).checkpoint))


# --- the checkpoint --------------------------------------------------------------------------------


def test_the_policy_is_all_it_needs(made: bytes) -> None:
    seen = proven(made).log
    assert (seen.checkpoint.origin, seen.checkpoint.size) == ("hub.test", 3)
    assert seen.vouched == int(COSIGNED.timestamp())
    assert seen.policy == POLICY.fingerprint
    assert {name for name, _ in seen.witnesses} == {"one", "two", "three"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"log": replace(a_log(), key=LogKey.generate()).signer.verifier.vkey}, CheckpointForged),
        ({"witnesses": tuple(one.verifier.vkey for one in signers("one", "two", "three"))}, QuorumMissing),
        ({"witnesses": tuple(one.verifier.vkey for one in (*WITNESSES, *signers("four", "five")))}, None),
        (
            {
                "witnesses": tuple(one.verifier.vkey for one in (*WITNESSES[:1], *signers("four", "five"))),
                "quorum": 2,
            },
            QuorumMissing,
        ),
    ],
    ids=["another log", "other keys of the witnesses", "more witnesses", "other witnesses"],
)
def test_another_policy_is_another_judge(
    made: bytes, changes: dict[str, Any], problem: type[Problem] | None
) -> None:
    policy = a_policy("moorfield-primary", "northshire-childrens", **({"quorum": 3} | changes))
    if problem is None:
        assert verify(made, policy).log.vouched is not None
        return
    with pytest.raises(problem):
        verify(made, policy)


def test_a_log_of_another_name_is_another_log(made: bytes) -> None:
    other = replace(a_log(), origin="other.test")
    policy = a_policy(
        "moorfield-primary", "northshire-childrens", origin="other.test", log=other.signer.verifier.vkey
    )
    with pytest.raises(CheckpointForged):
        verify(made, policy)


def test_without_a_quorum_it_proves_nothing(table: Table, made: bytes) -> None:
    for by in ((), WITNESSES[:1]):
        note = in_order(read_note(table.log.note(COSIGNED, by=by)))
        with pytest.raises(QuorumMissing):
            proven(_under(made, note))
        with pytest.raises(QuorumMissing):
            certify(0, table.signed, replace(table.shown(), checkpoint=note.to_bytes()), table.rosters)


def test_a_quorum_of_inventions_proves_nothing(table: Table, made: bytes) -> None:
    """Witnesses of the hub's own making: under other names, and under the true names with other keys."""
    for invented in (signers("six", "seven", "eight"), signers("one", "two", "three")):
        note = in_order(read_note(table.log.note(COSIGNED, by=invented)))
        with pytest.raises(QuorumMissing):
            proven(_under(made, note))


def test_a_cosignature_in_a_witness_name_and_id_that_it_did_not_make_is_refused(made: bytes) -> None:
    note = _note(made)
    last = note.signatures[-1]
    other = replace(last, signature=last.signature[:-1] + bytes([last.signature[-1] ^ 1]))
    with pytest.raises(CosignatureForged):
        proven(_under(made, in_order(Note(note.text, (*note.signatures[:-1], other)))))


def test_cosignatures_of_another_checkpoint_do_not_count(table: Table, made: bytes) -> None:
    """The log signs another root, and the witnesses' lines are carried over."""
    checkpoint = Checkpoint("hub.test", 3, bytes(32))
    forged = read_note(sign_checkpoint(checkpoint, table.log.signer))
    with pytest.raises(CosignatureForged):
        proven(_under(made, in_order(forged.joined(*_note(made).signatures[1:]))))
    with pytest.raises(QuorumMissing):
        proven(_under(made, forged))


def test_the_checkpoint_is_the_logs_own(made: bytes) -> None:
    note = _note(made)
    with pytest.raises(CheckpointForged):
        proven(_under(made, Note(note.text, note.signatures[1:])))
    with pytest.raises(CheckpointMalformed):
        proven(_under(made, b"no note at all"))


def test_its_lines_have_one_order_and_each_stands_once(made: bytes) -> None:
    note = _note(made)
    for lines in (
        tuple(reversed(note.signatures)),
        (*note.signatures, note.signatures[-1]),
        (note.signatures[0], *reversed(note.signatures[1:])),
    ):
        with pytest.raises(CertificateRefused):
            proven(_under(made, Note(note.text, lines)))


def test_a_line_beyond_the_quorum_may_be_missing_or_strange_and_is_counted(made: bytes) -> None:
    """Policies change their witnesses: what one of them says no more must not unmake old evidence."""
    note = _note(made)
    assert len(proven(_under(made, Note(note.text, note.signatures[:-1]))).log.witnesses) == 2
    strange = NoteSignature("zzz", b"keys", bytes(72))
    shown = proven(_under(made, in_order(note.joined(strange))))
    assert shown.log.unknown == 1
    later = a_policy(
        "moorfield-primary",
        "northshire-childrens",
        witnesses=tuple(one.verifier.vkey for one in (*WITNESSES[:2], *signers("four"))),
    )
    assert verify(made, later).log.unknown == 1


def test_a_desk_leaves_out_the_lines_of_strangers(table: Table, made: bytes) -> None:
    log = table.shown()
    note = read_note(log.checkpoint).joined(NoteSignature("zzz", b"keys", bytes(72)))
    assert certify(0, table.signed, replace(log, checkpoint=note.to_bytes()), table.rosters) == made


# --- the events ------------------------------------------------------------------------------------


def test_nobody_else_is_inside(made: bytes) -> None:
    events = [read_event(one.signed.payload) for one in read(made).events]
    assert [one.agency for one in events] == ["northshire-childrens", "moorfield-primary"]


def test_a_proof_holds_for_its_leaf_and_its_place_alone(made: bytes) -> None:
    def swap(data: dict[str, Any]) -> None:
        first, second = data["events"]
        first["proof"], second["proof"] = second["proof"], first["proof"]

    def move(data: dict[str, Any]) -> None:
        data["events"][0]["index"], data["events"][1]["index"] = 1, 2

    def lengthen(data: dict[str, Any]) -> None:
        data["events"][0]["proof"].append(encode(bytes(32)))

    def shorten(data: dict[str, Any]) -> None:
        data["events"][0]["proof"].pop()

    for change in (swap, move, lengthen, shorten):
        with pytest.raises(ProofInvalid) as refused:
            proven(_changed(made, change))
        assert refused.value.where == "events[0]"


def test_events_stand_once_and_in_the_logs_order(made: bytes) -> None:
    for change in (
        lambda data: data["events"].reverse(),
        lambda data: data["events"].insert(0, data["events"][0]),
    ):
        with pytest.raises(CertificateRefused):
            proven(_changed(made, change))


def test_an_event_outside_the_checkpoint_has_no_place(table: Table, made: bytes) -> None:
    """The checkpoint of an hour before the second agency enrolled."""
    with pytest.raises(ProofInvalid):
        proven(_under(made, in_order(read_note(table.log.note(COSIGNED, 1)))))


def test_an_agency_of_no_concern_does_not_belong(table: Table, made: bytes) -> None:
    proof = [encode(one) for one in inclusion_proof(2, 3, table.log.tree().nodes)]
    signed = table.log.entries[2]
    event = {
        "index": 2,
        "payload": encode(signed.payload),
        "signature": encode(signed.signature),
        "proof": proof,
    }
    with pytest.raises(CertificateIncomplete):
        proven(_changed(made, lambda data: data["events"].append(event)))


def test_an_audit_anchor_is_no_event(table: Table) -> None:
    table = closed()
    key = table.sender.signing
    anchor = Anchor(
        agency=table.sender.agency,
        key=key.verifying_key.key_id,
        number=1,
        head="3" * 64,
        created="2026-11-12T12:00:00Z",
    )
    signed = sign(Kind.ANCHOR, dump(anchor), key)
    table.log.add([signed])
    made = certify(0, table.signed, table.shown(), table.rosters)
    assert len(read(made).events) == 2
    proof = [encode(one) for one in inclusion_proof(2, 3, table.log.tree().nodes)]
    event = {
        "index": 2,
        "payload": encode(signed.payload),
        "signature": encode(signed.signature),
        "proof": proof,
    }
    with pytest.raises(Malformed):
        proven(_changed(made, lambda data: data["events"].append(event)))


def test_its_lists_are_bounded(made: bytes) -> None:
    for name, count in (("events", EVENTS + 1), ("heads", 2001), ("rosters", 101)):
        with pytest.raises(CertificateRefused):
            proven(_changed(made, lambda data, of=name, n=count: data.update({of: data[of][:1] * n})))
    with pytest.raises(CertificateRefused):
        proven(_changed(made, lambda data: data["events"][0].update(proof=[encode(bytes(32))] * 65)))
    for hash_ in (encode(bytes(31)), encode(bytes(33)), "no base64"):
        with pytest.raises(CertificateRefused):
            proven(_changed(made, lambda data, to=hash_: data["events"][0].update(proof=[to])))


# --- the logs on which the authors relied ----------------------------------------------------------


def _grown(**heads: dict[str, Any]) -> Table:
    """The log grows between the steps; `heads` changes what a kind of step says of it."""
    table = Table(school(), closed().recipient, ())
    table.to = (table.recipient.party("d"),)

    def lay(kind: str, who: Agency, hand: str, **fields: Any) -> str:
        log = table.head.model_copy(update=heads.get(kind, {}))
        return table.lay(kind, who, hand, log=log, **fields)

    share = lay("share", table.sender, "l", leg=None)
    table.log.add([Agency("ashby-police", "Ashby Police", {}).event])
    lay("accept", table.recipient, "s", answers=share)
    read_back = lay("read_back", table.recipient, "s", answers=share)
    table.log.add([Agency("burton-police", "Burton Police", {}).event])
    lay("hear_back", table.sender, "l", answers=read_back, verdict="agreed")
    table.log.add([Agency("corby-police", "Corby Police", {}).event])
    return table


def test_everybody_relied_on_the_beginning_of_one_log() -> None:
    table = _grown()
    made = certify(0, table.signed, table.shown(), table.rosters)
    assert [head.size for head in read(made).heads] == [2, 3, 4]
    assert proven(made).log.checkpoint.size == 5
    assert proven(certify(0, table.signed, table.shown(4), table.rosters)).log.checkpoint.size == 4
    with pytest.raises(DirectoryBehind):
        certify(0, table.signed, table.shown(3), table.rosters)


@pytest.mark.parametrize(
    "heads",
    [
        {"share": {"root": "7" * 64}},
        {"accept": {"root": "7" * 64}},
        {"hear_back": {"size": 3}},
        {"hear_back": {"size": 5}},
    ],
)
def test_an_author_who_was_shown_another_history_is_noticed(heads: dict[str, Any]) -> None:
    table = _grown(**heads)
    with pytest.raises(ProofInvalid) as refused:
        proven(certify(0, table.signed, table.shown(), table.rosters))
    assert refused.value.where.startswith("heads[")


def test_another_log_by_name_is_noticed() -> None:
    table = _grown(hear_back={"origin": "other.test"})
    with pytest.raises(LogDisagrees):
        proven(certify(0, table.signed, table.shown(), table.rosters))


def test_every_size_has_its_proof_and_every_proof_its_slip() -> None:
    table = _grown()
    made = certify(0, table.signed, table.shown(), table.rosters)
    surplus = {"size": 5, "proof": []}
    for change in (
        lambda data: data["heads"].pop(),
        lambda data: data["heads"].append(surplus),
        lambda data: data["heads"].reverse(),
        lambda data: data["heads"].insert(0, data["heads"][0]),
    ):
        with pytest.raises(CertificateIncomplete):
            proven(_changed(made, change))
    for change in (
        lambda data: data["heads"][0]["proof"].pop(),
        lambda data: data["heads"][0]["proof"].append(encode(bytes(32))),
    ):
        with pytest.raises(ProofInvalid):
            proven(_changed(made, change))


def test_nothing_can_be_proved_of_the_empty_log_but_that_it_is_empty() -> None:
    table = _grown(hear_back={"size": 0, "root": EMPTY_ROOT.hex()})
    made = certify(0, table.signed, table.shown(), table.rosters)
    assert proven(made).leg.state.value == "closed", "it named less than it could have: that helps nobody"
    with pytest.raises(ProofInvalid):
        proven(_changed(made, lambda data: data["heads"][0]["proof"].append(encode(bytes(32)))))
    table = _grown(hear_back={"size": 0, "root": "1" * 64})
    with pytest.raises(ProofInvalid):
        proven(certify(0, table.signed, table.shown(), table.rosters))


# --- who stands ------------------------------------------------------------------------------------


def _vouched_for(*, early: bool = False) -> tuple[Table, Agency]:
    """The police vouched for the school; a stranger is in the log too."""
    table, police = closed(), Agency("ashby-police", "Ashby Police", {})
    enrolment = digest(table.sender.event.payload)
    sponsored = police.change(Sponsor, newcomer=table.sender.agency, enrolment=enrolment)
    stranger = Agency("zz-elsewhere", "Elsewhere", {}).event
    enrolments = [table.recipient.event, table.sender.event, stranger, police.event]
    table.log.entries[:] = [police.event, sponsored, *enrolments[:2]] if early else [*enrolments, sponsored]
    return _again(table), police


def _again(table: Table) -> Table:
    """The same story, told under the log that the table has now."""
    told = Table(table.sender, table.recipient, table.to, log=table.log)
    share = told.lay("share", told.sender, "l", leg=None)
    told.lay("accept", told.recipient, "s", answers=share)
    read_back = told.lay("read_back", told.recipient, "s", answers=share)
    told.lay("hear_back", told.sender, "l", answers=read_back, verdict="agreed")
    return told


BY_POLICE = a_policy("northshire-childrens", "ashby-police")


def test_who_stands_by_a_sponsors_word_brings_the_sponsor_along() -> None:
    table, _ = _vouched_for()
    made = certify(0, table.signed, table.shown(policy=BY_POLICE), table.rosters)
    shown = verify(made, BY_POLICE)
    assert [one.index for one in read(made).events] == [0, 1, 3, 4]
    assert [(one.agency, one.founder, one.sponsors) for one in shown.agencies] == [
        ("moorfield-primary", False, ("ashby-police",)),
        ("northshire-childrens", True, ()),
    ]


def test_without_sponsors_nobody_stands() -> None:
    table, _ = _vouched_for()
    made = certify(0, table.signed, table.shown(policy=BY_POLICE), table.rosters)
    with pytest.raises(AgencyUnsponsored):
        verify(made, a_policy("northshire-childrens", "ashby-police", sponsors=2))
    with pytest.raises(AgencyUnsponsored):
        verify(made, a_policy("northshire-childrens"))
    without = _changed(made, lambda data: data["events"].pop())
    with pytest.raises(CertificateIncomplete):
        verify(without, BY_POLICE)
    with pytest.raises(AgencyUnsponsored):
        verify(_changed(without, lambda data: data["events"].pop()), BY_POLICE)


def test_a_founder_under_another_root_is_not_that_founder(made: bytes) -> None:
    policy = a_policy(
        "northshire-childrens",
        founders={
            "northshire-childrens": POLICY.founders["northshire-childrens"],
            "moorfield-primary": POLICY.founders["northshire-childrens"],
        },
    )
    with pytest.raises(RootDiffers):
        verify(made, policy)


def test_nobody_is_vouched_for_before_they_are_there() -> None:
    """No honest witness cosigns such a log; here they did."""
    table, _ = _vouched_for(early=True)
    whole = table.shown(policy=BY_POLICE)
    made = certify(0, table.signed, whole, table.rosters)
    with pytest.raises(EventNotChained):
        verify(made, BY_POLICE)


# --- without a policy ------------------------------------------------------------------------------


def test_without_a_policy_all_but_the_vouching_is_checked(table: Table, made: bytes) -> None:
    shown = verify_unpinned(made)
    assert shown.log.policy is None
    assert shown.log.witnesses == ()
    alone = read_note(table.log.note(COSIGNED, by=()))
    assert verify_unpinned(_under(made, alone)).leg.state.value == "closed"
    with pytest.raises(ProofInvalid):
        verify_unpinned(_changed(made, lambda data: data["events"][0]["proof"].pop()))
    with pytest.raises(CheckpointMalformed):
        verify_unpinned(_under(made, b"no note"))
    with pytest.raises(CertificateRefused):
        verify_unpinned(_under(made, Note(alone.text, tuple(reversed(_note(made).signatures)))))
