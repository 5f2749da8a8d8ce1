"""The policy: any two quorums share an honest witness; a checkpoint counts only as the policy says."""

from __future__ import annotations

import hashlib
import json
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import (
    CheckpointForged,
    CheckpointMalformed,
    CosignatureForged,
    PolicyMalformed,
    PolicyUnsafe,
    QuorumMissing,
)
from keys.notekey import LogKey, WitnessKey
from keys.suite import fingerprint
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.cosignature import cosign
from keys.transparency.note import Note, NoteSignature, NoteSigner, read_note
from keys.transparency.policy import Policy, is_safe, open_checkpoint, read_policy

ORIGIN = "hub.example"
LOG = NoteSigner(ORIGIN, LogKey.from_seed(bytes(32)))
NAMES = ("ashby-police", "moorfield-primary", "st-anne-hospital", "the-council")
WITNESSES = tuple(
    NoteSigner(name, WitnessKey.from_seed(bytes([number + 1] * 32))) for number, name in enumerate(NAMES)
)
STRANGER = NoteSigner("stranger", WitnessKey.from_seed(bytes([99] * 32)))
FIELDS: dict[str, Any] = {
    "origin": ORIGIN,
    "log": LOG.verifier.vkey,
    "witnesses": tuple(witness.verifier.vkey for witness in WITNESSES),
    "quorum": 3,
    "faults": 1,
    "founders": {"moorfield-primary": fingerprint(b"root"), "ashby-police": fingerprint(b"another")},
    "sponsors": 2,
}
POLICY = Policy(**FIELDS)
HEAD = Checkpoint(ORIGIN, 7, hashlib.sha256(b"root").digest())
NOTE = read_note(sign_checkpoint(HEAD, LOG))
TIME = 1_795_273_445


def cosigned(*witnesses: NoteSigner, time: int = TIME) -> bytes:
    return NOTE.joined(*(cosign(HEAD.text, time, witness) for witness in witnesses)).to_bytes()


def test_a_policy_is_read_as_it_was_printed_whatever_its_layout() -> None:
    assert read_policy(POLICY.to_bytes()).to_bytes() == POLICY.to_bytes()
    spread = json.dumps(json.loads(POLICY.to_bytes()), indent=2).encode()
    assert read_policy(spread).fingerprint == POLICY.fingerprint


def test_the_order_of_witnesses_and_founders_does_not_change_the_fingerprint() -> None:
    turned = Policy(
        **FIELDS
        | {
            "witnesses": FIELDS["witnesses"][::-1],
            "founders": dict(reversed(FIELDS["founders"].items())),
        }
    )
    assert turned.fingerprint == POLICY.fingerprint


@pytest.mark.parametrize("field", ["quorum", "faults", "sponsors", "origin", "log", "witnesses", "founders"])
def test_every_field_is_in_the_fingerprint(field: str) -> None:
    other = NoteSigner("b.example", LogKey.from_seed(bytes([7] * 32))).verifier.vkey
    changes: dict[str, dict[str, Any]] = {
        "quorum": {"quorum": 4},
        "faults": {"faults": 0},
        "sponsors": {"sponsors": 1},
        "origin": {"origin": "b.example", "log": other},
        "log": {"log": NoteSigner(ORIGIN, LogKey.from_seed(bytes([7] * 32))).verifier.vkey},
        "witnesses": {"witnesses": (*FIELDS["witnesses"], STRANGER.verifier.vkey), "quorum": 4},
        "founders": {"founders": {"moorfield-primary": fingerprint(b"root")}},
    }
    assert Policy(**FIELDS | changes[field]).fingerprint != POLICY.fingerprint


@given(st.integers(0, 6), st.integers(0, 7), st.integers(0, 7))
def test_safe_is_exactly_that_any_two_quorums_share_an_honest_witness(n: int, q: int, f: int) -> None:
    """Against the meaning: whichever f lie, any two quorums have somebody honest in common."""
    everybody = range(n)
    possible = q <= n and f < n
    shared = possible and all(
        set(one) & set(other) - set(liars)
        for liars in combinations(everybody, f)
        for one in combinations(everybody, q)
        for other in combinations(everybody, q)
    )
    assert is_safe(n, q, f) == shared


@pytest.mark.parametrize(
    ("quorum", "faults"), [(2, 0), (2, 1), (3, 2), (4, 4), (5, 0), (0, 0), (1, 0), (3, 3)]
)
def test_an_unsafe_policy_is_refused_however_it_is_made(quorum: int, faults: int) -> None:
    with pytest.raises(PolicyUnsafe):
        Policy(**FIELDS | {"quorum": quorum, "faults": faults})
    data = json.loads(POLICY.to_bytes()) | {"quorum": quorum, "faults": faults}
    with pytest.raises(PolicyUnsafe):
        read_policy(json.dumps(data).encode())


def renamed(witness: NoteSigner, name: str) -> str:
    return NoteSigner(name, witness.key).verifier.vkey


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"more": 1},
        {"origin": "other.example"},
        {"log": WITNESSES[0].verifier.vkey},
        {"log": "hub.example+00000000+AAAA"},
        {"witnesses": [*FIELDS["witnesses"], FIELDS["witnesses"][0]]},
        {"witnesses": [*FIELDS["witnesses"][1:], renamed(WITNESSES[1], "invented")]},
        {"witnesses": [*FIELDS["witnesses"][1:], renamed(STRANGER, NAMES[1])]},
        {"witnesses": [*FIELDS["witnesses"], NoteSigner("log", WitnessKey(LOG.key.seed)).verifier.vkey]},
        {"witnesses": [*FIELDS["witnesses"], LOG.verifier.vkey]},
        {"witnesses": [*FIELDS["witnesses"][1:], "nonsense"]},
        {"quorum": -1},
        {"quorum": "3"},
        {"faults": -1},
        {"sponsors": 0},
        {"founders": {}},
        {"founders": {"moorfield-primary": "12345"}},
        {"founders": {"Not An Agency": fingerprint(b"root")}},
    ],
)
def test_what_contradicts_itself_is_no_policy(change: dict[str, Any]) -> None:
    data = json.loads(POLICY.to_bytes()) | change
    with pytest.raises(PolicyMalformed):
        read_policy(json.dumps(data).encode())


def test_what_is_no_json_is_no_policy() -> None:
    for data in (
        b"",
        b"[]",
        POLICY.to_bytes() + b"x",
        POLICY.to_bytes().replace(b'{"v":1', b'{"v":1,"v":1', 1),
    ):
        with pytest.raises(PolicyMalformed):
            read_policy(data)


def test_a_checkpoint_with_a_quorum_counts() -> None:
    witnessed = open_checkpoint(cosigned(*WITNESSES[:3]), POLICY)
    assert witnessed.quorum
    assert witnessed.require_quorum() == HEAD
    assert dict(witnessed.witnesses) == dict.fromkeys(NAMES[:3], TIME)


def test_too_few_witnesses_and_strangers_make_no_quorum() -> None:
    witnessed = open_checkpoint(cosigned(*WITNESSES[:2], STRANGER), POLICY)
    assert witnessed.checkpoint == HEAD
    assert [name for name, _ in witnessed.witnesses] == list(NAMES[:2])
    with pytest.raises(QuorumMissing):
        witnessed.require_quorum()


def test_a_witness_who_cosigns_thrice_counts_once_and_by_its_latest_time() -> None:
    lines = [cosign(HEAD.text, TIME + later, WITNESSES[0]) for later in (0, 20, 10)]
    witnessed = open_checkpoint(NOTE.joined(*lines).to_bytes(), POLICY)
    assert witnessed.witnesses == ((NAMES[0], TIME + 20),)
    assert not witnessed.quorum


def test_a_quorum_of_the_hubs_own_inventions_is_none() -> None:
    """It has its own keys under the witnesses' names: other ids, so that they are strangers."""
    invented = [
        NoteSigner(name, WitnessKey.from_seed(bytes([50 + at] * 32))) for at, name in enumerate(NAMES)
    ]
    witnessed = open_checkpoint(cosigned(*invented), POLICY)
    assert witnessed.witnesses == ()
    assert not witnessed.quorum


def test_an_invented_cosignature_under_a_known_name_and_id_is_refused_by_name() -> None:
    false = cosign(HEAD.text, TIME, STRANGER)
    lying = NoteSignature(NAMES[0], WITNESSES[0].verifier.key_id, false.signature)
    note = read_note(cosigned(*WITNESSES[1:])).joined(lying)
    with pytest.raises(CosignatureForged):
        open_checkpoint(note.to_bytes(), POLICY)


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    other = Checkpoint(ORIGIN, 6, HEAD.root)
    note = NOTE.joined(cosign(other.text, TIME, WITNESSES[0]))
    with pytest.raises(CosignatureForged):
        open_checkpoint(note.to_bytes(), POLICY)


def test_a_checkpoint_that_the_log_did_not_sign_is_refused_whoever_cosigned_it() -> None:
    thief = NoteSigner(ORIGIN, LogKey.from_seed(bytes([66] * 32)))
    everybody = [cosign(HEAD.text, TIME, witness) for witness in WITNESSES]
    unsigned = Note(HEAD.text, tuple(everybody))
    by_another = read_note(sign_checkpoint(HEAD, thief)).joined(*everybody)
    lying = NoteSignature(ORIGIN, LOG.verifier.key_id, by_another.signatures[0].signature)
    for note in (unsigned, by_another, unsigned.joined(lying), NOTE.joined(lying)):
        with pytest.raises(CheckpointForged):
            open_checkpoint(note.to_bytes(), POLICY)


def test_another_log_under_the_same_key_is_refused() -> None:
    other = Checkpoint("other.example", 7, HEAD.root)
    note = Note(other.text, (LOG.sign(other.text),))
    with pytest.raises(CheckpointForged):
        open_checkpoint(note.to_bytes(), POLICY)


def test_what_is_no_checkpoint_is_refused_though_the_log_signed_it() -> None:
    text = HEAD.text + "extension\n"
    for data in (b"", b"nonsense", Note(text, (LOG.sign(text),)).to_bytes()):
        with pytest.raises(CheckpointMalformed):
            open_checkpoint(data, POLICY)


def test_no_altered_byte_of_a_note_passes_as_the_same_with_more_witnesses() -> None:
    """Any altered byte is refused, or a witness falls away; the checkpoint never becomes another."""
    data = cosigned(*WITNESSES[:3])
    for at in range(len(data)):
        altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            witnessed = open_checkpoint(altered, POLICY)
        except (CheckpointForged, CheckpointMalformed, CosignatureForged):
            continue
        assert witnessed.checkpoint == HEAD
        assert len(witnessed.witnesses) < 3
        assert not witnessed.quorum
