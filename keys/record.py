"""The small words that everything else is written in: ids, times, digests, and strict models.

Promises: each type here refuses any spelling but one, so that equal things are equal bytes.
Never: it reads a clock; `new_id` is the only place that draws randomness for a name.

Ids are 130 random bits in lower-case base32 and mean nothing; an agency's id is a short public word.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567" * 8  # each letter stands for 8 of the 256 bytes
EARLIEST_YEAR = 1900
LATEST_YEAR = 2199
_FIELD_NAMES: set[str] = set()


class Frozen(BaseModel):
    """A strict, immutable model that never puts its input into an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Remember the names of our own fields, which errors may repeat."""
        super().__pydantic_init_subclass__(**kwargs)
        _FIELD_NAMES.update(cls.model_fields)


def is_field_name(text: str) -> bool:
    """Whether that is the name of a field of ours, and so no word of a stranger's."""
    return text in _FIELD_NAMES


@lru_cache(maxsize=4096)  # the same few times are read again at every step: a roster's, a key's
def parse_time(text: str) -> datetime:
    """Read `2026-11-22T15:04:05Z`, and no other spelling of it; `ValueError` otherwise."""
    moment = datetime.fromisoformat(text)  # takes other spellings too, and is five times as quick as strptime
    if format_time(moment) != text or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError("not a time as Readback writes it")
    return moment


def format_time(moment: datetime) -> str:
    """Write a moment as UTC to the second; `moment` must know its zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is not a moment")
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def _is_time(text: str) -> str:
    parse_time(text)
    return text


def _is_trimmed(text: str) -> str:
    if text != text.strip():
        raise ValueError("white space around it")
    return text


def canonical_base64(text: str) -> str:
    """Pass on base64 in its one spelling; `ValueError` otherwise."""
    if b64encode(b64decode(text, validate=True)).decode() != text:
        raise ValueError("not canonical base64")
    return text


Id = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{26}$")]
AgencyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$")]
KeyId = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{32}$")]
LogIndex = Annotated[int, Field(ge=0, lt=2**48)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Time = Annotated[str, StringConstraints(min_length=20, max_length=20), AfterValidator(_is_time)]
# What prints as one plain line: no control, line-breaking, invisible or text-reversing characters.
_LINE = r"[^\p{Cc}\p{Zl}\p{Zp}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}]"
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=rf"^{_LINE}+$"), AfterValidator(_is_trimmed)
]
Base64 = Annotated[str, StringConstraints(max_length=16384), AfterValidator(canonical_base64)]


def new_id() -> str:
    """Draw a fresh name: 130 random bits, 26 characters."""
    return secrets.token_bytes(26).translate(_BASE32).decode()


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def encode(data: bytes) -> str:
    """Canonical base64."""
    return b64encode(data).decode()


def decode(text: str) -> bytes:
    """Undo `encode`; `ValueError` for any other spelling."""
    return b64decode(canonical_base64(text))
