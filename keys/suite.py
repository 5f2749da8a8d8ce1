"""Suite `cx1`: signing, sealing and transport keys, their bytes and their names.

Promises: a signature counts only if *both* of its halves do (post-quantum and classical); a key has one
spelling in bytes, and its name (`key_id`) is a digest of those bytes, so that a name cannot be made to
mean two keys or a key of another kind; private keys neither print, nor compare, nor pickle.
Never: it decides whose key it is, negotiates an algorithm, or reads a clock. Randomness is drawn only in
`generate` and inside the primitives (ML-DSA's hedging, HPKE's encapsulation).

The constructions, frozen under the name `cx1`:

- *Sign*: composite MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs.
  `M' = Prefix ‖ Label ‖ len(ctx) ‖ ctx ‖ SHA-512(M)`, signed by ML-DSA-65 (context = Label) and by Ed25519.
- *Seal*: HPKE (RFC 9180) base mode with X-Wing (draft-connolly-cfrg-xwing-kem, KEM 0x647a), HKDF-SHA256 and
  AES-256-GCM. A seed expands as `SHAKE256(seed, 96) → ML-KEM-768 seed 64 ‖ X25519 32`.
- *Transport*: Ed25519 alone; it proves requests that live a minute.

Signing takes about a millisecond of one core, the rest a quarter of that:
call it in a thread where others wait.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from keys.errors import Malformed, SignatureInvalid
from keys.halves import PrivateHalf, PublicHalf, exact

SUITE: Final = "cx1"

SIGNATURE_SIZE: Final = 3309 + 64
VERIFYING_KEY_SIZE: Final = 1952 + 32
SEALING_KEY_SIZE: Final = 1184 + 32
TRANSPORT_KEY_SIZE: Final = 32
SIGNING_SEED_SIZE: Final = 64
OPENING_SEED_SIZE: Final = 32
TRANSPORT_SEED_SIZE: Final = 32
WRAP_OVERHEAD: Final = 1120 + 16  # X-Wing's encapsulation, and the tag

_MLDSA_KEY = 1952
_MLDSA_SIGNATURE = 3309
_MLKEM_KEY = 1184
_PREFIX = b"CompositeAlgorithmSignatures2025"
_LABEL = b"COMPSIG-MLDSA65-Ed25519-SHA512"
_MAX_CONTEXT = 255
_PARSED = 4096  # public keys of each kind that are kept parsed

_PROBE = X25519PrivateKey.from_private_bytes(bytes(32))  # no secret: any scalar shows a point of small order
_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def fingerprint(data: bytes) -> str:
    """SHA-256 of `data`, modulo 10^60, as 12 groups of 5 digits: for two people to compare aloud.

    Sixty digits hold 199 bits; finding other data with the same ones is out of reach.
    """
    digits = f"{int.from_bytes(hashlib.sha256(data).digest()) % 10**60:060d}"
    return " ".join(digits[at : at + 5] for at in range(0, 60, 5))


def _composite_message(message: bytes, context: bytes) -> bytes:
    if len(context) > _MAX_CONTEXT:
        raise ValueError("a signature context has at most 255 bytes")
    digest = hashlib.sha512(message).digest()
    return _PREFIX + _LABEL + bytes([len(context)]) + context + digest


class VerifyingKey(PublicHalf):
    """The public half of a composite signing key: ML-DSA-65 (1952 bytes) ‖ Ed25519 (32)."""

    __slots__ = ("_ed25519", "_mldsa")

    def __init__(self, data: bytes) -> None:
        data = exact(data, VERIFYING_KEY_SIZE, "verifying key")
        super().__init__(b"verifying", data)
        try:
            self._mldsa = MLDSA65PublicKey.from_public_bytes(data[:_MLDSA_KEY])
            self._ed25519 = Ed25519PublicKey.from_public_bytes(data[_MLDSA_KEY:])
        except ValueError:
            raise Malformed("verifying key") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> VerifyingKey:
        """Read 1984 bytes; `Malformed` otherwise."""
        return _verifying(bytes(data))

    def verify(self, signature: bytes, message: bytes, context: bytes) -> None:
        """Raise `SignatureInvalid` unless both halves of `signature` fit `message` under `context`."""
        if len(signature) != SIGNATURE_SIZE:
            raise SignatureInvalid
        composite = _composite_message(message, context)
        try:
            self._ed25519.verify(signature[_MLDSA_SIGNATURE:], composite)
            self._mldsa.verify(signature[:_MLDSA_SIGNATURE], composite, _LABEL)
        except InvalidSignature:
            raise SignatureInvalid from None


class SigningKey(PrivateHalf):
    """A composite signing key, made from a seed of 64 bytes: ML-DSA's 32 ‖ Ed25519's 32."""

    __slots__ = ("_ed25519", "_mldsa", "verifying_key")

    def __init__(self, seed: bytes) -> None:
        super().__init__(exact(seed, SIGNING_SEED_SIZE, "signing seed"))
        self._mldsa = MLDSA65PrivateKey.from_seed_bytes(self._seed[:32])
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(self._seed[32:])
        public = self._mldsa.public_key().public_bytes_raw() + self._ed25519.public_key().public_bytes_raw()
        self.verifying_key: VerifyingKey = VerifyingKey.from_bytes(public)

    @classmethod
    def generate(cls) -> Self:
        """Draw a new key."""
        return cls(secrets.token_bytes(SIGNING_SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 64-byte seed; `Malformed` for another length."""
        return cls(seed)

    def sign(self, message: bytes, context: bytes) -> bytes:
        """Sign: 3373 bytes, ML-DSA's 3309 ‖ Ed25519's 64. `context` has at most 255 bytes."""
        composite = _composite_message(message, context)
        return self._mldsa.sign(composite, _LABEL) + self._ed25519.sign(composite)


class SealingKey(PublicHalf):
    """An X-Wing public key: ML-KEM-768 (1184 bytes) ‖ X25519 (32)."""

    __slots__ = ("_hpke",)

    def __init__(self, data: bytes) -> None:
        data = exact(data, SEALING_KEY_SIZE, "sealing key")
        super().__init__(b"sealing", data)
        try:
            x25519 = X25519PublicKey.from_public_bytes(data[_MLKEM_KEY:])
            _PROBE.exchange(x25519)  # fails for a point of small order, to which nothing could be sealed
            mlkem = MLKEM768PublicKey.from_public_bytes(data[:_MLKEM_KEY])
            self._hpke = hpke.MLKEM768X25519PublicKey(mlkem, x25519)
        except ValueError:
            raise Malformed("sealing key") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> SealingKey:
        """Read 1216 bytes; `Malformed` otherwise.

        Also where ML-KEM's modulus check fails, or the X25519 half is a point on which nobody can agree with
        it: whoever published that could stop the mail of all who seal to it and to others at once.
        """
        return _sealing(bytes(data))

    def wrap(self, content_key: bytes, info: bytes) -> bytes:
        """Seal a short secret to this key: encapsulation (1120 bytes) ‖ ciphertext (16 more than the secret).

        `info` binds it to its place.
        """
        return bytes(_HPKE.encrypt(content_key, self._hpke, info))


class OpeningKey(PrivateHalf):
    """The private half of a sealing key: X-Wing's seed of 32 bytes."""

    __slots__ = ("_hpke", "sealing_key")

    def __init__(self, seed: bytes) -> None:
        super().__init__(exact(seed, OPENING_SEED_SIZE, "opening seed"))
        expanded = hashlib.shake_256(self._seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._hpke = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.sealing_key: SealingKey = SealingKey.from_bytes(public)

    @classmethod
    def generate(cls) -> Self:
        """Draw a new key."""
        return cls(secrets.token_bytes(OPENING_SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed; `Malformed` for another length."""
        return cls(seed)

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Undo `SealingKey.wrap`; `Malformed` for another key, another `info`, or any altered bit."""
        try:
            return bytes(_HPKE.decrypt(wrapped, self._hpke, info))
        except (InvalidTag, ValueError):
            raise Malformed("wrapped key") from None


class TransportPublic(PublicHalf):
    """An Ed25519 public key, 32 bytes, which checks request proofs."""

    __slots__ = ("raw",)

    def __init__(self, data: bytes) -> None:
        data = exact(data, TRANSPORT_KEY_SIZE, "transport key")
        super().__init__(b"transport", data)
        try:
            self.raw: Ed25519PublicKey = Ed25519PublicKey.from_public_bytes(data)
        except ValueError:
            raise Malformed("transport key") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> TransportPublic:
        """Read 32 bytes; `Malformed` otherwise."""
        return _transport(bytes(data))


class TransportKey(PrivateHalf):
    """An Ed25519 key with which a desk proves its requests. `raw` is what the token library takes."""

    __slots__ = ("public", "raw")

    def __init__(self, seed: bytes) -> None:
        super().__init__(exact(seed, TRANSPORT_SEED_SIZE, "transport seed"))
        self.raw: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(self._seed)
        self.public: TransportPublic = TransportPublic.from_bytes(self.raw.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Self:
        """Draw a new key."""
        return cls(secrets.token_bytes(TRANSPORT_SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed; `Malformed` for another length."""
        return cls(seed)


_verifying = lru_cache(maxsize=_PARSED)(VerifyingKey)
_sealing = lru_cache(maxsize=_PARSED)(SealingKey)
_transport = lru_cache(maxsize=_PARSED)(TransportPublic)
