"""Signed notes: the specification's examples, strict reading, exact printing."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import KeyUnknown, Malformed, NoteKeyMalformed, NoteMalformed, SignatureInvalid
from keys.keyring import Keyring
from keys.notekey import LogKey, NoteSigningKey, WitnessKey
from keys.transparency.note import (
    NOTE_LIMIT,
    SIGNATURES,
    Algorithm,
    Note,
    NoteSignature,
    NoteSigner,
    VerifierKey,
    is_key_name,
    read_note,
)

# From C2SP signed-note.md, commit 5ba5ee83: the introduction's note, and the example of a verifier key with its note.
POEM = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""

LOG = NoteSigner("hub.example", LogKey.from_seed(bytes(32)))
WITNESS = NoteSigner("moorfield-primary", WitnessKey.from_seed(bytes([1] * 32)))


def test_the_example_of_a_note_is_read_and_printed_as_it_is() -> None:
    note = read_note(POEM.encode())
    assert note.text.endswith("\n\ned è subito sera.\n")
    assert [one.name for one in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.signatures[0].key_id == bytes.fromhex("367ba04b")
    assert note.to_bytes() == POEM.encode()


def test_the_example_verifies_under_the_example_key() -> None:
    key, note = VerifierKey.from_vkey(VKEY), read_note(EXAMPLE.encode())
    assert key.vkey == VKEY
    assert (key.name, key.key_id.hex(), key.algorithm) == ("example.com/foo", "530d903a", Algorithm.ED25519)
    key.verify(note.signatures[0], note.text)
    with pytest.raises(SignatureInvalid):
        key.verify(note.signatures[0], note.text + "And more.\n")


def verified(data: bytes, key: VerifierKey) -> None:
    note = read_note(data)
    key.verify(note.signatures[0], note.text)


def test_one_altered_bit_of_the_example_is_malformed_another_key_or_a_bad_signature() -> None:
    key, data = VerifierKey.from_vkey(VKEY), EXAMPLE.encode()
    for at in range(len(data)):
        for bit in range(8):
            altered = data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]
            with pytest.raises((NoteMalformed, SignatureInvalid)):
                verified(altered, key)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        VKEY + "\n",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("foo", "fop"),
        VKEY.replace("3U2k", "3U2l"),
        VKEY.removesuffix("k"),
        VKEY.replace("+A", "+B"),
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "a" * 500 + VKEY,
        "example.com/foo+530d903a+",
        "\ud800" + VKEY,
    ],
)
def test_a_verifier_key_has_one_spelling(vkey: str) -> None:
    with pytest.raises(NoteKeyMalformed):
        VerifierKey.from_vkey(vkey)


def test_a_key_of_another_kind_of_signature_is_not_known() -> None:
    material = bytes([6]) + bytes(1312)
    with pytest.raises(NoteKeyMalformed):
        VerifierKey.from_vkey(f"example.com/foo+00000000+{b64encode(material).decode()}")


GOOD = EXAMPLE.encode()
LINE = EXAMPLE.splitlines(keepends=True)[2]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        GOOD.removesuffix(b"\n"),
        GOOD + b"\n",
        GOOD.replace(b"\n\n", b"\n"),
        GOOD.replace("—".encode(), b"-"),
        GOOD.replace("— ".encode(), "—  ".encode()),
        GOOD.replace("— ".encode(), "—".encode()),
        GOOD.replace(b"foo U", b"foo  U"),
        GOOD.replace(b"foo U", b"foo\tU"),
        GOOD.replace(b"foo", b"f+o"),
        GOOD.replace(b"foo", "f\u2003o".encode()),
        GOOD.replace(b"example.com/foo ", b" "),
        GOOD.replace(b"message", b"mess\x07age"),
        GOOD.replace(b"message", b"mess\rage"),
        GOOD.replace(b"message", b"mess\xffage"),
        GOOD.replace(b"QM=", b"QN="),
        GOOD.replace(b"QM=", b"QM"),
        GOOD.replace(b"QM=", b"QM=="),
        b"text\n\n" + "— example.com/foo Uw2QOg==\n".encode(),
        b"text\n\n" + "— example.com/foo Uw2Q\n".encode(),
        b"x" * NOTE_LIMIT + GOOD,
        b"text\n\n" + LINE.encode() * (SIGNATURES + 1),
    ],
)
def test_what_is_not_quite_a_note_is_refused(data: bytes) -> None:
    with pytest.raises(NoteMalformed):
        read_note(data)


def test_many_signatures_of_strangers_are_kept() -> None:
    data = b"text\n\n" + LINE.encode() * SIGNATURES
    assert read_note(data).to_bytes() == data


def test_signatures_are_added_once_and_after_the_others() -> None:
    note = Note("text\n", (LOG.sign("text\n"),))
    more = NoteSignature("another", b"1234", b"x")
    assert note.joined(more, more, *note.signatures).signatures == (*note.signatures, more)
    assert read_note(note.joined(more).to_bytes()) == note.joined(more)


names = st.text(min_size=1, max_size=30).filter(is_key_name)
texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=50)
marks = st.builds(NoteSignature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))


@given(st.lists(texts, min_size=1, max_size=5), st.lists(marks, min_size=1, max_size=4))
def test_what_is_printed_is_read_as_the_same(lines: list[str], signatures: list[NoteSignature]) -> None:
    note = Note("\n".join(lines) + "\n", tuple(signatures))
    assert read_note(note.to_bytes()) == note


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_refused_or_printed_as_they_were(data: bytes) -> None:
    try:
        note = read_note(data)
    except NoteMalformed:
        return
    assert note.to_bytes() == data


@given(names, st.binary(min_size=32, max_size=32), st.sampled_from([LogKey, WitnessKey]))
def test_a_verifier_key_is_read_as_it_was_printed(name: str, seed: bytes, kind: type[NoteSigningKey]) -> None:
    verifier = NoteSigner(name, kind.from_seed(seed)).verifier
    assert VerifierKey.from_vkey(verifier.vkey) == verifier


def test_one_key_under_two_kinds_or_names_has_different_ids() -> None:
    seed = bytes(32)
    as_log, as_witness = NoteSigner("one", LogKey(seed)), NoteSigner("one", WitnessKey(seed))
    assert as_log.verifier.public == as_witness.verifier.public
    assert as_log.verifier.key_id != as_witness.verifier.key_id
    assert NoteSigner("two", LogKey(seed)).verifier.key_id != as_log.verifier.key_id


def test_a_witness_does_not_sign_bare_notes_and_a_key_without_a_use_signs_nothing() -> None:
    with pytest.raises(TypeError):
        WITNESS.sign("text\n")
    with pytest.raises(TypeError):
        NoteSigner("nobody", NoteSigningKey(bytes(32))).sign("text\n")
    with pytest.raises(ValueError, match="name"):
        NoteSigner("no body", LogKey(bytes(32))).sign("text\n")
    with pytest.raises(SignatureInvalid):
        WITNESS.verifier.verify(LOG.sign("text\n"), "text\n")


def test_a_bare_signature_by_a_witnesss_key_is_none() -> None:
    """What a witness's key signs without its time is not taken, though name, id and signature fit."""
    key = WITNESS.verifier
    bare = NoteSignature(key.name, key.key_id, WITNESS.key.sign(b"text\n"))
    with pytest.raises(SignatureInvalid):
        key.verify(bare, "text\n")


def test_a_line_without_its_end_is_none() -> None:
    assert NoteSignature.from_line(LINE).line == LINE
    with pytest.raises(NoteMalformed):
        NoteSignature.from_line(LINE.removesuffix("\n"))


def test_a_keyring_never_gives_a_witness_key_for_a_log_key() -> None:
    log, witness = LogKey.generate(), WitnessKey.generate()
    keyring = Keyring("hub", (log, witness))
    assert keyring.log(log.public.key_id).seed == log.seed
    assert keyring.witness(witness.public.key_id).seed == witness.seed
    with pytest.raises(KeyUnknown):
        keyring.log(witness.public.key_id)
    with pytest.raises(KeyUnknown):
        keyring.witness(log.public.key_id)
    with pytest.raises(Malformed):
        LogKey.from_seed(bytes(31))
