"""The pages' own words: short enough for somebody tired, whatever people write into them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

TEMPLATES = files("exchange.desk.web") / "templates"
PAGES = sorted(
    one.name for one in TEMPLATES.iterdir() if one.name.endswith(".html") and one.name != "parts.html"
) + sorted(f"writing/{one.name}" for one in (TEMPLATES / "writing").iterdir())
ELEVEN = 6.0  # the school grade of an eleven-year-old
_INSTRUCTION = re.compile(
    r"<(?:p|div)[^>]*(?:govuk-body|govuk-hint|govuk-inset-text)[^>]*>(.*?)</(?:p|div)>", re.DOTALL
)


def instructions(source: str) -> list[str]:
    """The sentences in which a page speaks to its reader."""
    said = [re.sub(r"<[^>]+>|\{\{.*?\}\}|\{%.*?%\}", " ", found) for found in _INSTRUCTION.findall(source)]
    text = " ".join(" ".join(one.split()) for one in said)
    return [one for one in re.split(r"(?<=[.?!:])\s+", text) if re.search(r"[a-z]", one)]


def syllables(word: str) -> int:
    found = len(re.findall(r"[aeiouy]+", word))
    return max(1, found - (word.endswith("e") and not word.endswith("le") and found > 1))


def grade(sentences: list[str]) -> float:
    """Flesch and Kincaid: the years of school that it takes."""
    words = [word for one in sentences for word in re.findall(r"[a-z']+", one.lower())]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize("name", PAGES)
def test_an_eleven_year_old_could_read_it(name: str) -> None:
    found = instructions((TEMPLATES / name).read_text("utf-8"))
    if found:
        assert grade(found) <= ELEVEN, found
    assert all(len(one.split()) <= 25 for one in found)


def test_the_measure_measures() -> None:
    assert grade(["The cat sat on the mat."]) < 2
    assert (
        grade(
            [
                "Notwithstanding considerable organisational complexity, practitioners prioritise accountability."
            ]
        )
        > 15
    )
    assert len([name for name in PAGES if instructions((TEMPLATES / name).read_text("utf-8"))]) > 6
