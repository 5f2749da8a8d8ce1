"""Exact bytes, signed: DSSE pre-authentication encoding over strict JSON.

Promises: what is verified are the bytes that arrived, never a re-serialisation of them; an object of one
kind can never pass for one of another, since each kind has its own payload type *and* its own signature
context; JSON with duplicate keys, floats, NaN, lone surrogates, other encodings, or nesting beyond
`MAX_DEPTH` is refused, whatever a model would make of it.
Never: it decides whose key it is. See `directory` and `roster`.

Source: DSSE v1 protocol (secure-systems-lab/dsse), "pre-authentication encoding".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Never, TypeVar

from pydantic import BaseModel, ValidationError

from keys.errors import Malformed
from keys.record import is_field_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.suite import SigningKey, VerifyingKey

MAX_DEPTH = 12
MAX_DIGITS = 15


class Kind(Enum):
    """What a signature can be over. The value is the payload type; the context derives from it."""

    SLIP = "application/vnd.readback.slip+json;v=1"
    ROSTER = "application/vnd.readback.roster+json;v=1"
    AGENCY_EVENT = "application/vnd.readback.agency-event+json;v=1"
    ANCHOR = "application/vnd.readback.anchor+json;v=1"
    TRANSCRIPT = "application/vnd.readback.transcript+json;v=1"
    OPENING = "application/vnd.readback.opening+json;v=1"

    @property
    def context(self) -> bytes:
        """The composite signature's context string, at most 255 bytes."""
        return b"readback/cx1/" + self.name.lower().replace("_", "-").encode()


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload and the signature over its exact bytes."""

    payload: bytes
    signature: bytes


def pre_authentication_encoding(kind: Kind, payload: bytes) -> bytes:
    """`DSSEv1 SP len(type) SP type SP len(payload) SP payload`."""
    name = kind.value.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def sign(kind: Kind, payload: bytes, key: SigningKey) -> Signed:
    """Sign `payload` as an object of `kind`. About a millisecond of one core: call it in a thread."""
    return Signed(payload, key.sign(pre_authentication_encoding(kind, payload), kind.context))


def verify(kind: Kind, signed: Signed, key: VerifyingKey) -> None:
    """Raise `SignatureInvalid` unless `key` signed exactly these bytes as an object of `kind`."""
    key.verify(signed.signature, pre_authentication_encoding(kind, signed.payload), kind.context)


def dump(model: BaseModel) -> bytes:
    """Write a model once, to be signed or sealed: compact UTF-8 JSON, keys in the model's order."""
    return model.model_dump_json().encode()


_Model = TypeVar("_Model", bound=BaseModel)
_NOT_SEEN_BY_PRINTING = re.compile(rb"\\u0000|[:,\[][-0-9][0-9]{%d}" % MAX_DIGITS)


def load(payload: bytes, model: type[_Model], *, limit: int) -> _Model:
    """Read strict JSON of at most `limit` bytes into `model`; `Malformed` otherwise.

    What the model would print as the very same bytes is strict, but for NUL and long integers, and most of
    what arrives is that; the rest is looked at in plain Python, which takes several times as long.
    """
    if len(payload) > limit:
        raise Malformed("too long")
    refused, loaded = None, None
    try:
        loaded = model.model_validate_json(payload, strict=True)
    except ValidationError as error:
        refused = error
    if loaded is None or dump(loaded) != payload or _NOT_SEEN_BY_PRINTING.search(payload):
        check_json(payload, limit=limit)
    if loaded is None:
        assert refused is not None
        raise Malformed(place_of(refused)) from None
    return loaded


def check_json(payload: bytes, *, limit: int) -> object:
    """Refuse anything but strict JSON of at most `limit` bytes; return it as plain data."""
    if len(payload) > limit:
        raise Malformed("too long")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    if not text.strip():
        raise Malformed("empty")
    try:
        data = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_float=_no_fraction,
            parse_constant=_no_constant,
            parse_int=_small_int,
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Malformed("nested too deeply") from None
    _check_depth_and_text(data)
    return data


def place_of(error: ValidationError) -> str:
    """Name the first place that a model refused, without what stood there: only our own fields' names."""
    return next(places_of(error))


def places_of(error: ValidationError) -> Iterator[str]:
    """Name every such place, in the model's order."""
    for detail in error.errors(include_input=False, include_context=False, include_url=False):
        parts, ending = detail["loc"], ""
        if detail["type"] == "extra_forbidden":  # the last part is the stranger's own word
            parts, ending = parts[:-1], ", a field that is not known"
        elif "[key]" in parts:  # what stands before it is
            parts, ending = parts[: parts.index("[key]") - 1], ", a key that is not allowed"
        yield ("".join(map(_place, parts[:8])) + ending).removeprefix(".").removeprefix(", ")[:120]


def _place(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if is_field_name(part) else "[a key]"  # a mapping's key may be anybody's word


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise Malformed("a key stands twice in one object") from None
    return data


def _no_fraction(_: str) -> Never:
    raise Malformed("a number that is not whole") from None


def _no_constant(_: str) -> Never:
    raise Malformed("NaN or Infinity") from None


def _small_int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Malformed("a number that is too long") from None
    return int(text)


def _check_depth_and_text(data: object) -> None:
    level: list[object] = [data]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str):
                _check_text(item)
        if not below:
            return
        level = below
    raise Malformed("nested too deeply")


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("not text") from None
    if "\x00" in text:
        raise Malformed("not text")
