"""What a desk keeps on its own disk: sealed under one of its named secrets, in its place.

Promises: what was sealed opens under the same secret and label alone; any altered bit is refused.
Never: a key or a nonce is used for anything else.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import KeystoreLocked
from keys.keystore.lock import KEY_SIZE

_AT_REST = b"readback/cx1/at-rest\0"
_NONCE = 12


def seal_at_rest(secret: bytes, label: bytes, data: bytes) -> bytes:
    """Encrypt what a desk keeps on its own disk: nonce (12 bytes) ‖ AES-256-GCM.

    `secret` is one of the desk's named secrets (32 bytes); `label` says what it is and where it belongs, and
    takes part in the key, so that one file cannot be put in another's place.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_at_rest_key(secret, label)).encrypt(nonce, data, None)


def open_at_rest(secret: bytes, label: bytes, sealed: bytes) -> bytes:
    """Undo `seal_at_rest`; `KeystoreLocked` for another secret, another label, or any altered bit."""
    try:
        return AESGCM(_at_rest_key(secret, label)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError):
        raise KeystoreLocked from None


def _at_rest_key(secret: bytes, label: bytes) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, None, _AT_REST + label).derive(secret)
