"""The sheet as a PDF: tagged, for readers who listen (PDF/UA-1), and the same bytes for the same sheet.

Promises: the words go in as JSON values and come out as text, whatever they hold. A character for which this
machine has no letterform is printed as its number, such as `[U+4F50]`, so that nothing is left out unseen.
Never: the network, a file of anybody's, or a clock: what is printed is what the sheet says.

Source: ISO 14289-1 (PDF/UA-1). The typesetter is an optional extra: `readback[pdf]`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from exchange.errors import PrintingMissing, Unprintable

if TYPE_CHECKING:
    from exchange.desk.printing.sheet import Sheet

STANDARD: Final = "ua-1"
ROUNDS: Final = 8  # each tells the typesetter's complaints of one pass; one or two are enough
_NO_LETTER: Final = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}|\\(.)", re.DOTALL)


@cache
def _source() -> bytes:
    return (files("exchange.desk.printing") / "thread.typ").read_bytes()


@cache
def at_hand() -> bool:
    """Whether this desk has the typesetter."""
    return find_spec("typst") is not None


def typeset(sheet: Sheet) -> bytes:
    """Print `sheet`. Processor time: call it from a thread.

    `PrintingMissing` without the extra; `Unprintable` if the typesetter finds no way to set it.
    """
    try:
        import typst
    except ModuleNotFoundError:
        raise PrintingMissing from None
    numbered: dict[int, str] = {}
    for _ in range(ROUNDS):
        given = {"sheet": json.dumps(_with_numbers(sheet, numbered), ensure_ascii=False)}
        try:
            made = typst.compile(_source(), sys_inputs=given, format="pdf", pdf_standards=STANDARD)
        except typst.TypstError as refusal:
            without = _without_letters(refusal.diagnostic) - numbered.keys()
            if not without:
                break
            numbered |= {one: f"[U+{one:04X}]" for one in without}
        else:
            assert isinstance(made, bytes)
            return made
    raise Unprintable from None


def _without_letters(complaint: str) -> set[int]:
    """Find the characters that the typesetter says it cannot show, as code points."""
    found = (_ESCAPED.sub(_meant, text) for text in _NO_LETTER.findall(complaint))
    return {ord(one) for text in found for one in text}


def _meant(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16)) if escaped[1] else escaped[2]


def _with_numbers(value: object, numbered: dict[int, str]) -> object:
    match value:
        case str():
            return value.translate(numbered)
        case dict():
            return {name: _with_numbers(one, numbered) for name, one in value.items()}
        case list() | tuple():
            return [_with_numbers(one, numbered) for one in value]
        case _:
            return value
