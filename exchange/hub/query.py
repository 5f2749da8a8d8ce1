"""What stands in a request's query: whole numbers in their one spelling, and nothing else.

Never: anything is unescaped; there is nothing to unescape in digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.errors import Malformed

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.hub.route import Number

_DIGITS = 19


def numbers(request: web.Request, wanted: tuple[Number, ...]) -> list[int]:
    """Read the numbers wanted, in their order; `Malformed` for anything else, also a number given twice."""
    query = request.raw_path.partition("?")[2]
    given: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, text = part.partition("=")
        if name in given:
            raise Malformed("query")
        given[name] = text
    found = [_number(given.pop(number.name, None), number) for number in wanted]
    if given:
        raise Malformed("query")
    return found


def _number(text: str | None, number: Number) -> int:
    if text is None:
        return number.otherwise
    if len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        raise Malformed(number.name)
    value = int(text)
    if str(value) != text or not number.least <= value <= number.most:
        raise Malformed(number.name)
    return value
