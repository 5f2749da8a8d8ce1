"""An independent reader of sealed bodies: HKDF-Expand-SHA512 and AES-256-GCM, and nothing of ours.

It follows c2sp.org/chunked-encryption (Cobblestone-256), and shows that what we store can be read without
`cryptography.cobblestone`, should that young module ever change or go.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CHUNK, TAG = 16 * 1024, 16


def read_body(key: bytes, context: bytes, body: bytes) -> bytes:
    """The plaintext; an exception for anything else."""
    if len(key) != 32:
        raise ValueError("key size")
    salt, commitment, sealed = body[:24], body[24:56], body[56:]
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    derived = HKDFExpand(SHA512(), 32 + 12 + 32, info).derive(key)
    chunk_key, nonce, expected = derived[:32], derived[32:44], derived[44:]
    if commitment != expected:
        raise ValueError("commitment")
    chunks = [sealed[at : at + CHUNK + TAG] for at in range(0, len(sealed), CHUNK + TAG)]
    if not chunks or len(chunks[-1]) == CHUNK + TAG:
        raise ValueError("truncated")
    aead = AESGCM(chunk_key)
    return b"".join(
        aead.decrypt((int.from_bytes(nonce, "big") ^ number).to_bytes(12, "big"), chunk, None)
        for number, chunk in enumerate(chunks)
    )
