"""Passkeys at a desk's door: challenges drawn, answers verified (WebAuthn Level 3, by `webauthn`).

Promises: a challenge is this desk's own, for one purpose and one browser's cookie, good for five minutes and
for one answer; an answer counts only from this desk's own address, with the person verified by their
authenticator, and with a counter that did not go back.
Never: a challenge is remembered before it is answered, so that nobody fills a memory by asking; what an
authenticator gives for the keystore is looked at here.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from exchange.errors import PasskeyRefused, PasskeysOff, TooManyAttempts
from keys.ceremony.passkeys import Passkey
from keys.record import decode, encode, format_time

if TYPE_CHECKING:
    from datetime import datetime

LASTS: Final = timedelta(minutes=5)
ANSWERED: Final = 100_000  # challenges that are remembered as answered, at most
LONGEST: Final = 16 * 1024  # characters of an answer
_LABEL: Final = b"readback/desk/passkey-challenge\0"
_TIME, _RANDOM, _MARK = 8, 24, 32  # bytes

Purpose = Literal["sign-in", "prove", "add"]


class Answer(NamedTuple):
    """What an authenticator says, before any of it is believed."""

    raw: dict[str, Any]
    credential: bytes
    person: str  # by the user handle; empty where it gives none
    challenge: bytes

    @property
    def name(self) -> str:
        """The SHA-256 of the credential's id, by which passkeys are known."""
        return sha256(self.credential).hexdigest()


def read_answer(text: str) -> Answer:
    """Read an answer as the page's script sends it; `PasskeyRefused` for anything else."""
    try:
        raw = json.loads(text[:LONGEST])
        said = json.loads(decode_url(raw["response"]["clientDataJSON"]))
        person = decode_url(raw["response"].get("userHandle") or "").decode("ascii")
        return Answer(raw, decode_url(raw["rawId"]), person, decode_url(said["challenge"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PasskeyRefused from None


def decode_url(text: str) -> bytes:
    """Undo base64url without padding, as WebAuthn writes it; `ValueError`."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_url(data: bytes) -> str:
    """Write base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Doorkeeper:
    """The desk's side of WebAuthn. `address` is the desk's own, as browsers see it; None: no passkeys."""

    def __init__(self, address: str | None) -> None:
        self.origin = address or ""
        self.host = (urlsplit(address).hostname or "") if address else ""
        self._secret = secrets.token_bytes(32)
        self._answered: dict[bytes, datetime] = {}

    @property
    def on(self) -> bool:
        """Whether passkeys can be used here."""
        return bool(self.host)

    def challenge(self, purpose: Purpose, bound_to: str, now: datetime) -> str:
        """Draw a challenge for one purpose and one cookie, in base64url."""
        head = int(now.timestamp()).to_bytes(_TIME) + secrets.token_bytes(_RANDOM)
        return encode_url(head + self._mark(head, purpose, bound_to))

    def verify(self, answer: Answer, passkey: Passkey, purpose: Purpose, bound_to: str, now: datetime) -> int:
        """Verify that this passkey answered; its counter now. `PasskeyRefused`, `PasskeysOff`."""
        from webauthn import verify_authentication_response

        self._take(answer, purpose, bound_to, now)
        try:
            found = verify_authentication_response(
                credential=answer.raw,
                expected_challenge=answer.challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=decode(passkey.public_key),
                credential_current_sign_count=passkey.counter,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - whatever the library's parsers raise, it is no good answer
            raise PasskeyRefused from None
        return found.new_sign_count

    def register(self, answer: Answer, bound_to: str, now: datetime, *, opens: bool) -> Passkey:
        """Verify a new passkey; `PasskeyRefused`, `PasskeysOff`."""
        from webauthn import verify_registration_response

        self._take(answer, "add", bound_to, now)
        try:
            found = verify_registration_response(
                credential=answer.raw,
                expected_challenge=answer.challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - whatever the library's parsers raise, it is no good answer
            raise PasskeyRefused from None
        return Passkey(
            id=encode(found.credential_id),
            public_key=encode(found.credential_public_key),
            counter=found.sign_count,
            opens=opens,
            added=format_time(now),
        )

    def _take(self, answer: Answer, purpose: Purpose, bound_to: str, now: datetime) -> None:
        """Refuse a challenge that is none of ours, another's, too old, or answered already."""
        if not self.on:
            raise PasskeysOff
        given = answer.challenge
        head, mark = given[: _TIME + _RANDOM], given[_TIME + _RANDOM :]
        drawn = int.from_bytes(given[:_TIME])
        for one, when in list(self._answered.items()):
            if now - when <= LASTS:
                break  # they are in the order in which they came
            del self._answered[one]
        age = now.timestamp() - drawn
        ours = bool(bound_to) and hmac.compare_digest(mark, self._mark(head, purpose, bound_to))
        if not ours or not -1 <= age <= LASTS.total_seconds() or given in self._answered:
            raise PasskeyRefused
        if len(self._answered) >= ANSWERED:
            raise TooManyAttempts
        self._answered[given] = now

    def _mark(self, head: bytes, purpose: Purpose, bound_to: str) -> bytes:
        said = purpose.encode() + b"\0" + sha256(bound_to.encode(errors="surrogatepass")).digest() + head
        return hmac.digest(self._secret, _LABEL + said, "sha256")
