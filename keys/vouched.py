"""Keys as a roster vouches for them: a person's pair, and the sealing key of a role or of the records.

Promises: a revoked key counts no more from its time on, nor from its place in the log on, whatever time a
message claims.
Never: it says whose key it is. See `entry` and `roster`, which do.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from keys.errors import KeyRevoked
from keys.record import Base64, Frozen, LogIndex, Time, decode, parse_time
from keys.suite import SealingKey, VerifyingKey

if TYPE_CHECKING:
    from datetime import datetime


@lru_cache(maxsize=4096)
def _sealing_key(text: str) -> SealingKey:
    """Parse a key once: whoever writes a step asks for several of them."""
    return SealingKey.from_bytes(decode(text))


class PersonKey(Frozen):
    """A person's pair of keys, vouched for from `not_before` until just before `not_after`.

    `revoked_from` is the log index from which it counts no more for what is first received there or later.
    """

    signing: Base64
    sealing: Base64
    not_before: Time
    not_after: Time
    revoked: Time | None
    revoked_from: LogIndex | None

    @model_validator(mode="after")
    def _revoked_at_some_time(self) -> Self:
        if self.revoked_from is not None and self.revoked is None:
            raise ValueError("what is revoked was revoked at some time")
        return self

    @property
    def verifying_key(self) -> VerifyingKey:
        """The key that checks this person's signatures; `Malformed` if it is none."""
        return VerifyingKey.from_bytes(decode(self.signing))

    @property
    def sealing_key(self) -> SealingKey:
        """The key to which this person's words are sealed; `Malformed` if it is none."""
        return _sealing_key(self.sealing)

    def check_not_revoked(self, now: datetime, index: int | None = None) -> None:
        """Raise `KeyRevoked` if it was by that time, or at that size of the log (None: for use now)."""
        if self.revoked is not None and parse_time(self.revoked) <= now:
            raise KeyRevoked
        if self.revoked_from is not None and (index is None or self.revoked_from <= index):
            raise KeyRevoked


class SharedKey(Frozen):
    """A sealing key of a role or of the records; the epoch grows with each."""

    epoch: Annotated[int, Field(ge=1, lt=2**31)]
    sealing: Base64
    created: Time
    revoked: Time | None

    @property
    def sealing_key(self) -> SealingKey:
        """The key itself; `Malformed` if it is none."""
        return _sealing_key(self.sealing)

    def check_not_revoked(self, now: datetime) -> None:
        """Raise `KeyRevoked` if it was by that time."""
        if self.revoked is not None and parse_time(self.revoked) <= now:
            raise KeyRevoked
