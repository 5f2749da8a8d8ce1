"""What a person is shown of their own sign-ins and passkeys.

Promises: it is theirs alone, and nothing in it opens anything.
"""

from __future__ import annotations

from keys.record import Base64, Digest, Frozen, Id, Time


class HalfView(Frozen):
    """A passkey answered, and its person's passphrase is still to come."""

    person: Id
    name: str


class PasskeyView(Frozen):
    """One of one's own passkeys; `opens` if it opens the keys, otherwise it is a second proof."""

    name: Digest
    id: Base64  # the credential's own
    added: Time
    opens: bool


class SignInView(Frozen):
    """One of one's own sign-ins; `here` is the one that asks."""

    id: Id
    since: Time
    used: Time
    here: bool
