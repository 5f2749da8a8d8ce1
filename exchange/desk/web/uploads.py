"""A form with a file in it: its fields are read within bounds, and the file is left to be streamed.

Promises: the fields come first and are small; the file, which comes last, is not waited for: whoever
handles the form reads it block by block, or not at all. Its name and type are the browser's word.
Never: a second file, a field after the file, or a form within a form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import BodyPartReader, hdrs
from aiohttp.http_exceptions import HttpProcessingError

from exchange.desk.web.forms import Form
from exchange.errors import ContentsMalformed, TooLarge
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import MultipartReader, web

MULTIPART: Final = "multipart/form-data"
_FIELDS: Final = limits.RECIPIENTS + 20
_FIELD: Final = 32 * limits.KIB
_BLOCK: Final = limits.MIB
_BROKEN: Final = (ValueError, AssertionError, HttpProcessingError)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way: what the browser calls it, and its bytes as they come."""

    name: str
    media_type: str
    blocks: AsyncIterator[bytes]


async def read_upload(request: web.Request) -> tuple[Form, Upload | None]:
    """Read the fields up to the file; `TooLarge` or `ContentsMalformed` for what is none of ours."""
    values: dict[str, str] = {}
    try:
        reader = await request.multipart()
        while (part := await _next(reader)) is not None:
            if part.filename is not None:
                kind = part.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()
                return Form(values), Upload(part.filename, kind, _blocks(part))
            if part.name is None or part.name in values or len(values) >= _FIELDS:
                raise ContentsMalformed("form")
            values[part.name] = await _text(part)
    except _BROKEN:  # what aiohttp says of a body that breaks its own framing
        raise ContentsMalformed("form") from None
    return Form(values), None


async def _next(reader: MultipartReader) -> BodyPartReader | None:
    part = await reader.next()
    if part is not None and not isinstance(part, BodyPartReader):
        raise ContentsMalformed("form")
    return part


async def _text(part: BodyPartReader) -> str:
    found = bytearray()
    while block := await part.read_chunk(limits.KIB * 8):
        found += block
        if len(found) > _FIELD:
            raise TooLarge("form")
    return found.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


async def _blocks(part: BodyPartReader) -> AsyncIterator[bytes]:
    try:
        while block := await part.read_chunk(_BLOCK):
            yield bytes(block)
    except _BROKEN:
        raise ContentsMalformed("form") from None
