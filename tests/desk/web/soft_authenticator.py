"""An authenticator in a few lines: makes passkeys and answers with them, also as it should not."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SoftPasskey:
    """One credential. `output` is what the PRF extension would give."""

    origin: str
    person: str
    host: str = "localhost"
    counter: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(32))
    output: bytes = field(default_factory=lambda: os.urandom(32))
    key: Any = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def _said(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _written(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": url(self.id),
                "rawId": url(self.id),
                "type": "public-key",
                "response": {name: url(value) for name, value in response.items()},
                "clientExtensionResults": {},
            }
        )

    def make(self, challenge: str, *, flags: int = PRESENT | VERIFIED) -> str:
        """Answer the question for a new passkey."""
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        about = bytes(16) + len(self.id).to_bytes(2) + self.id + cose
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(flags | ATTESTED) + about}
        return self._written(
            clientDataJSON=self._said("webauthn.create", challenge), attestationObject=cbor2.dumps(made)
        )

    def answer(
        self,
        challenge: str,
        *,
        flags: int = PRESENT | VERIFIED,
        person: str | None = None,
        tamper: bool = False,
    ) -> str:
        """Answer a challenge."""
        self.counter += 1
        said, data = self._said("webauthn.get", challenge), self._data(flags)
        signature = self.key.sign(data + sha256(said).digest(), ECDSA(SHA256()))
        if tamper:
            data = data[:-1] + bytes([data[-1] ^ 1])
        return self._written(
            clientDataJSON=said,
            authenticatorData=data,
            signature=signature,
            userHandle=(self.person if person is None else person).encode(),
        )
