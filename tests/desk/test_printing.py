"""A thread on paper: what its reader may see, as text, tagged, the same bytes again; nothing written runs."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import Town
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from exchange.desk.printing.pdf import typeset
from exchange.errors import PrintingMissing, ThreadUnknown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from exchange.desk.printing.sheet import Sheet

EVIL = '#panic("owned") $x$ #read("/etc/passwd") *bold* @cite <label> \\u{41} // gone'


def text_of(pdf: bytes) -> str:
    """What a reader sees on all pages, with its white space evened out."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def with_words(words: str) -> Sheet:
    part: Any = {"head": "Sent", "lines": (words,), "rows": (("Term", words),), "checked": "k"}
    said: Any = {"head": "Fact F1", "text": words, "rows": ()}
    step = {**part, "statements": (said,), "unknown": (words,)}
    leg = {**part, "statements": (), "unknown": ()}
    made: Any = {"title": f"Share from {words}", "by": words, "danger": (words,), "missing": ""}
    made |= {"legs": (leg,), "steps": (step,)}
    return made


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"})
    await town.settle()
    yield town
    await town.close()


async def test_a_thread_is_printed_as_its_reader_may_see_it(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    hers = text_of(await school.desk.printed(helen, thread))
    assert "purple bruise" in hers
    assert "Helen Marsh, lead" in hers
    assert "It does not mean that she thinks it was a fall." in hers
    theirs = text_of(await duty.desk.printed(ruth, thread))
    assert "purple bruise" not in theirs  # not accepted yet
    assert "The words are sealed" in theirs
    assert "Sent, not accepted yet" in theirs
    tom = await school.sign_in("Tom Reed")
    with pytest.raises(ThreadUnknown):
        await school.desk.printed(tom, thread)


async def test_it_is_tagged_and_the_same_bytes_again(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    first = await school.desk.printed(helen, thread)
    assert first == await school.desk.printed(helen, thread)
    root: Any = PdfReader(io.BytesIO(first)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert b"pdfuaid:part" in first


async def test_that_it_was_printed_is_in_the_audit_trail(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    await school.desk.printed(helen, thread)
    trail = await school.desk.casebook.audit()
    assert [(one.entry.person, one.entry.thread) for one in trail if one.entry.event == "printed"] == [
        (helen.person, thread)
    ]


def test_what_somebody_wrote_is_text() -> None:
    found = text_of(typeset(with_words(EVIL)))
    assert '#panic("owned")' in found
    assert "*bold*" in found
    assert '#read("/etc/passwd")' in found


def test_a_character_without_a_letterform_is_printed_as_its_number() -> None:
    assert "a [U+0007] [U+10FFFF] b" in text_of(typeset(with_words("a \x07 \U0010ffff b")))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_words_can_be_printed(words: str) -> None:
    assert typeset(with_words(words)).startswith(b"%PDF-")


def test_without_the_extra_it_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PrintingMissing):
        typeset(with_words("ok"))
