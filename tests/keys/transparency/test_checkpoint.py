"""Checkpoints and cosignatures: the specifications' examples, strict reading, and who may sign what."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import CheckpointMalformed, CosignatureForged, NoteMalformed
from keys.notekey import LogKey, WitnessKey
from keys.transparency.checkpoint import LARGEST_SIZE, Checkpoint, read_checkpoint, sign_checkpoint
from keys.transparency.cosignature import (
    LATEST_TIME,
    TimestampedSignature,
    cosign,
    verify_cosignature,
)
from keys.transparency.merkle import EMPTY_ROOT
from keys.transparency.note import NoteSignature, NoteSigner, is_key_name, read_note

# From C2SP tlog-checkpoint.md and tlog-cosignature.md, commit 5ba5ee83. Their keys are not published.
CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
COSIGNED = (
    CHECKPOINT
    + """\
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
)
TIME = 1_679_315_147

ORIGIN = "hub.example"
LOG = NoteSigner(ORIGIN, LogKey.from_seed(bytes(32)))
WITNESS = NoteSigner("moorfield-primary", WitnessKey.from_seed(bytes([1] * 32)))
HEAD = Checkpoint(ORIGIN, 7, hashlib.sha256(b"root").digest())


def test_the_example_of_a_checkpoint_is_read_and_printed_as_it_is() -> None:
    note = read_note(CHECKPOINT.encode())
    checkpoint = read_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root == b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert checkpoint.text == note.text
    assert note.to_bytes() == CHECKPOINT.encode()


def test_the_example_of_a_cosignature_carries_the_time_of_the_example() -> None:
    note = read_note(COSIGNED.encode())
    made = TimestampedSignature.from_bytes(note.signatures[1].signature)
    assert made.timestamp == TIME
    assert made.to_bytes() == note.signatures[1].signature
    assert note.to_bytes() == COSIGNED.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD.text.removesuffix("\n"),
        HEAD.text + "\n",
        HEAD.text + "an extension\n",
        HEAD.text.replace("\n7\n", "\n07\n"),
        HEAD.text.replace("\n7\n", "\n+7\n"),
        HEAD.text.replace("\n7\n", "\n-7\n"),
        HEAD.text.replace("\n7\n", "\n7 \n"),
        HEAD.text.replace("\n7\n", "\n٧\n"),
        HEAD.text.replace("\n7\n", "\n\n"),
        HEAD.text.replace("\n7\n", f"\n{LARGEST_SIZE + 1}\n"),
        HEAD.text.replace("\n7\n", "\n0\n"),
        HEAD.text.replace(ORIGIN, ""),
        HEAD.text.replace(ORIGIN, "hub example"),
        HEAD.text.replace(ORIGIN, "hub+example"),
        HEAD.text.replace("=\n", "\n"),
        HEAD.text.replace("=\n", "==\n"),
        f"{ORIGIN}\n7\nAAAA\n",
        f"{ORIGIN}\n7\n\n",
    ],
)
def test_what_is_not_quite_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointMalformed):
        read_checkpoint(text)


@given(
    st.text(min_size=1, max_size=30).filter(is_key_name),
    st.integers(1, LARGEST_SIZE),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_printed_is_read_as_the_same(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert read_checkpoint(checkpoint.text) == checkpoint


def test_the_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert read_checkpoint(read_note(sign_checkpoint(empty, LOG)).text) == empty


def test_a_log_signs_well_formed_checkpoints_of_its_own_name_only() -> None:
    note = read_note(sign_checkpoint(HEAD, LOG))
    LOG.verifier.verify(note.signatures[0], note.text)
    assert note.text == HEAD.text
    with pytest.raises(ValueError, match="of its own name"):
        sign_checkpoint(Checkpoint("other.example", 7, HEAD.root), LOG)
    with pytest.raises(CheckpointMalformed):
        sign_checkpoint(Checkpoint(ORIGIN, -1, HEAD.root), LOG)
    with pytest.raises(TypeError):
        sign_checkpoint(HEAD, NoteSigner(ORIGIN, WITNESS.key))


def test_a_cosignature_says_when_and_covers_the_whole_text() -> None:
    made = cosign(HEAD.text, TIME, WITNESS)
    assert verify_cosignature(HEAD.text, made, WITNESS.verifier) == TIME
    assert NoteSignature.from_line(made.line) == made
    WITNESS.verifier.public.verify(
        made.signature[8:], b"cosignature/v1\ntime 1679315147\n" + HEAD.text.encode()
    )
    larger = Checkpoint(ORIGIN, 8, HEAD.root)
    with pytest.raises(CosignatureForged):
        verify_cosignature(larger.text, made, WITNESS.verifier)


def test_no_single_bit_of_a_cosignature_can_be_altered() -> None:
    made = cosign(HEAD.text, TIME, WITNESS)
    for at in range(len(made.signature)):
        for bit in range(8):
            altered = (
                made.signature[:at] + bytes([made.signature[at] ^ (1 << bit)]) + made.signature[at + 1 :]
            )
            with pytest.raises(CosignatureForged):
                verify_cosignature(
                    HEAD.text, NoteSignature(made.name, made.key_id, altered), WITNESS.verifier
                )


def test_the_signature_of_a_log_is_no_cosignature_and_the_other_way_round() -> None:
    """The same private key twice: what it signs as a log is nothing that a witness says."""
    twin = NoteSigner(ORIGIN, WitnessKey.from_seed(LOG.key.seed))
    signed, cosigned = LOG.sign(HEAD.text), cosign(HEAD.text, TIME, twin)
    relabelled = NoteSignature(ORIGIN, twin.verifier.key_id, TIME.to_bytes(8) + signed.signature)
    for wrong in (signed, relabelled):
        with pytest.raises(CosignatureForged):
            verify_cosignature(HEAD.text, wrong, twin.verifier)
    with pytest.raises(CosignatureForged):
        verify_cosignature(HEAD.text, cosigned, LOG.verifier)


def test_a_cosignature_counts_under_its_own_name_and_as_nothing_else() -> None:
    made = cosign(HEAD.text, TIME, WITNESS)
    renamed = NoteSigner("another", WITNESS.key).verifier
    as_log = NoteSigner(WITNESS.name, LogKey.from_seed(WITNESS.key.seed)).verifier
    under_its_id = NoteSignature(as_log.name, as_log.key_id, made.signature)
    for signature, key in ((made, renamed), (under_its_id, as_log)):
        with pytest.raises(CosignatureForged):
            verify_cosignature(HEAD.text, signature, key)


def test_only_a_witness_cosigns_and_at_a_time_that_there_is() -> None:
    with pytest.raises(TypeError):
        cosign(HEAD.text, TIME, LOG)
    for never in (-1, LATEST_TIME + 1):
        with pytest.raises(ValueError, match="a time is"):
            cosign(HEAD.text, never, WITNESS)
    for data in (b"", bytes(71), bytes(73), b"\xff" * 72):
        with pytest.raises(NoteMalformed):
            TimestampedSignature.from_bytes(data)
