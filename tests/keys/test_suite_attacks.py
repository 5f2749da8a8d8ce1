"""Keys and signatures under attack, and private keys that try to get out."""

from __future__ import annotations

import copy
import hashlib
import logging
import pickle
from base64 import b32encode

import pytest
from enrolled_agency import flipped
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import Malformed, SignatureInvalid
from keys.suite import (
    SEALING_KEY_SIZE,
    SIGNATURE_SIZE,
    VERIFYING_KEY_SIZE,
    WRAP_OVERHEAD,
    OpeningKey,
    SealingKey,
    SigningKey,
    TransportKey,
    TransportPublic,
    VerifyingKey,
    fingerprint,
)

ALICE = SigningKey.from_seed(bytes(range(64)))
MALLORY = SigningKey.from_seed(bytes(range(64, 128)))
MAILBOX = OpeningKey.from_seed(bytes(range(32)))
OTHER_MAILBOX = OpeningKey.from_seed(bytes(range(32, 64)))
TRANSPORT = TransportKey.from_seed(bytes(range(32)))
MESSAGE, CONTEXT = b"what was said", b"readback/cx1/test"
SIGNATURE = ALICE.sign(MESSAGE, CONTEXT)
MLDSA = 3309


# --- signatures ----------------------------------------------------------------------------------


@given(bit=st.integers(0, SIGNATURE_SIZE * 8 - 1))
@settings(max_examples=200, deadline=None)
def test_no_bit_of_a_signature_can_change(bit: int) -> None:
    with pytest.raises(SignatureInvalid):
        ALICE.verifying_key.verify(flipped(SIGNATURE, bit), MESSAGE, CONTEXT)


@given(message=st.binary(max_size=40), context=st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_signature_fits_one_message_in_one_context(message: bytes, context: bytes) -> None:
    if (message, context) == (MESSAGE, CONTEXT):
        return
    with pytest.raises(SignatureInvalid):
        ALICE.verifying_key.verify(SIGNATURE, message, context)


def test_message_and_context_do_not_run_into_each_other() -> None:
    with pytest.raises(SignatureInvalid):
        ALICE.verifying_key.verify(SIGNATURE, CONTEXT[-1:] + MESSAGE, CONTEXT[:-1])


def test_neither_half_counts_alone() -> None:
    """Whoever breaks one of the two algorithms has gained nothing."""
    other = MALLORY.sign(MESSAGE, CONTEXT)
    mixed_key = VerifyingKey.from_bytes(
        MALLORY.verifying_key.to_bytes()[:1952] + ALICE.verifying_key.to_bytes()[1952:]
    )
    for signature in (SIGNATURE[:MLDSA] + other[MLDSA:], other[:MLDSA] + SIGNATURE[MLDSA:], other):
        with pytest.raises(SignatureInvalid):
            ALICE.verifying_key.verify(signature, MESSAGE, CONTEXT)
    with pytest.raises(SignatureInvalid):
        mixed_key.verify(SIGNATURE, MESSAGE, CONTEXT)
    for half in (SIGNATURE[:MLDSA], SIGNATURE[MLDSA:], SIGNATURE[:MLDSA] + bytes(64), b""):
        with pytest.raises(SignatureInvalid):
            ALICE.verifying_key.verify(half, MESSAGE, CONTEXT)


def test_the_halves_sign_no_message_that_could_stand_alone() -> None:
    """Neither half is a plain ML-DSA or Ed25519 signature over the message, so it cannot be reused as one."""
    with pytest.raises(Exception, match=r"^$|verif"):
        ALICE.verifying_key._ed25519.verify(SIGNATURE[MLDSA:], MESSAGE)
    with pytest.raises(Exception, match=r"^$|verif"):
        ALICE.verifying_key._mldsa.verify(SIGNATURE[:MLDSA], MESSAGE, CONTEXT)


def test_an_added_group_order_makes_no_second_signature() -> None:
    """Ed25519 with s + L instead of s is the classic malleability."""
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(SIGNATURE[-32:], "little") + order
    with pytest.raises(SignatureInvalid):
        ALICE.verifying_key.verify(SIGNATURE[:-32] + s.to_bytes(32, "little"), MESSAGE, CONTEXT)


def test_a_context_has_its_length() -> None:
    ALICE.verifying_key.verify(ALICE.sign(MESSAGE, b"c" * 255), MESSAGE, b"c" * 255)
    with pytest.raises(ValueError, match="255"):
        ALICE.sign(MESSAGE, b"c" * 256)
    with pytest.raises(ValueError, match="255"):
        ALICE.verifying_key.verify(SIGNATURE, MESSAGE, b"c" * 256)


# --- wraps ---------------------------------------------------------------------------------------


def test_a_wrapped_key_opens_for_its_holder_in_its_place() -> None:
    wrapped = MAILBOX.sealing_key.wrap(b"k" * 32, b"slot 0")
    assert len(wrapped) == WRAP_OVERHEAD + 32 == 1168
    assert MAILBOX.unwrap(wrapped, b"slot 0") == b"k" * 32
    assert MAILBOX.sealing_key.wrap(b"k" * 32, b"slot 0") != wrapped
    for key, info in ((MAILBOX, b"slot 1"), (MAILBOX, b""), (OTHER_MAILBOX, b"slot 0")):
        with pytest.raises(Malformed):
            key.unwrap(wrapped, info)


@given(bit=st.integers(0, 1168 * 8 - 1))
@settings(max_examples=200, deadline=None)
def test_no_bit_of_a_wrapped_key_can_change(bit: int) -> None:
    wrapped = MAILBOX.sealing_key.wrap(b"k" * 32, b"slot 0")
    with pytest.raises(Malformed):
        MAILBOX.unwrap(flipped(wrapped, bit), b"slot 0")


@given(data=st.binary(max_size=1300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_unwrap_to_a_refusal(data: bytes) -> None:
    with pytest.raises(Malformed):
        MAILBOX.unwrap(data, b"slot 0")


def test_a_key_on_which_x25519_yields_nothing_is_refused() -> None:
    """A stranger's point of small order would leave the secret to ML-KEM alone."""
    with pytest.raises(Malformed):
        SealingKey.from_bytes(MAILBOX.sealing_key.to_bytes()[:1184] + bytes(32))
    wrapped = MAILBOX.sealing_key.wrap(b"k" * 32, b"slot 0")
    with pytest.raises(Malformed):
        MAILBOX.unwrap(wrapped[:1088] + bytes(32) + wrapped[1120:], b"slot 0")


# --- public keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "size"),
    [(VerifyingKey, VERIFYING_KEY_SIZE), (SealingKey, SEALING_KEY_SIZE), (TransportPublic, 32)],
)
def test_a_public_key_has_its_length(
    kind: type[VerifyingKey | SealingKey | TransportPublic], size: int
) -> None:
    for wrong in (0, 1, size - 1, size + 1, 2 * size):
        with pytest.raises(Malformed):
            kind.from_bytes(bytes(wrong))


def test_mlkems_modulus_check_is_not_skipped() -> None:
    with pytest.raises(Malformed):
        SealingKey.from_bytes(b"\xff" * 1184 + MAILBOX.sealing_key.to_bytes()[1184:])


def test_public_keys_are_equal_by_kind_and_bytes() -> None:
    key = ALICE.verifying_key
    assert VerifyingKey(key.to_bytes()) == key
    assert len({VerifyingKey(key.to_bytes()), key, MALLORY.verifying_key}) == 2
    assert key != MALLORY.verifying_key
    assert key != key.to_bytes()
    assert TRANSPORT.public != MAILBOX.sealing_key
    assert repr(key) == f"<VerifyingKey {key.key_id}>"


def test_a_key_is_named_by_its_kind_and_bytes() -> None:
    for kind, key in (
        (b"verifying", ALICE.verifying_key),
        (b"sealing", MAILBOX.sealing_key),
        (b"transport", TRANSPORT.public),
    ):
        named = hashlib.sha256(b"readback/cx1/" + kind + b"-key\0" + key.to_bytes()).digest()[:20]
        assert key.key_id == b32encode(named).decode().lower()


def test_a_fingerprint_is_twelve_groups_of_five_digits() -> None:
    groups = fingerprint(b"abc").split(" ")
    assert [len(group) for group in groups] == [5] * 12
    assert int("".join(groups)) == int(hashlib.sha256(b"abc").hexdigest(), 16) % 10**60
    assert fingerprint(b"abd") != fingerprint(b"abc")


# --- private keys --------------------------------------------------------------------------------

PRIVATE = [ALICE, MAILBOX, TRANSPORT]


@pytest.mark.parametrize("key", PRIVATE, ids=lambda key: type(key).__name__)
def test_a_private_key_does_not_print(
    key: SigningKey | OpeningKey | TransportKey, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("test").warning("%s %r %s", key, key, [key])
    printed = caplog.text + f"{key!s}{key!r}{key}"
    for spelling in (key.seed.hex(), repr(key.seed), str(list(key.seed))):
        assert spelling[:24] not in printed
    assert repr(key) == f"<{type(key).__name__}>"


@pytest.mark.parametrize("key", PRIVATE, ids=lambda key: type(key).__name__)
def test_a_private_key_is_neither_pickled_nor_copied(key: SigningKey | OpeningKey | TransportKey) -> None:
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            leave(key)
    with pytest.raises(TypeError, match="vars"):
        vars(key)


@pytest.mark.parametrize(
    ("kind", "size"), [(SigningKey, 64), (OpeningKey, 32), (TransportKey, 32)], ids=lambda v: str(v)[-12:]
)
def test_a_seed_has_its_length(kind: type[SigningKey | OpeningKey | TransportKey], size: int) -> None:
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(Malformed):
            kind.from_seed(bytes(wrong))
    assert kind.from_seed(kind.generate().seed)
    assert kind.generate().seed != kind.generate().seed
