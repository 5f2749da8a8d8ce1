"""The page on custody says what the code does, and its few lines are enough to combine parts without it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from itertools import combinations
from pathlib import Path

import pytest

from keys.ceremony.parts import SealedPart
from keys.custody import MOST, PART_LIMIT, Part, split

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "spec" / "custody.md"


def test_the_examples_have_the_fields_of_the_code() -> None:
    part, sealed, *_ = re.findall(r"^```\n(\{.*?\})\n```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert list(json.loads(part)) == list(Part.model_fields)
    assert list(json.loads(sealed)) == list(SealedPart.model_fields)


def test_the_limits_are_those_of_the_code() -> None:
    text = " ".join(PAGE.read_text("utf-8").split())
    assert f"≤ `of` ≤ {MOST}" in text
    assert f"at most {PART_LIMIT // 1024} KiB" in text


@pytest.mark.parametrize(("need", "of"), [(2, 3), (3, 5), (4, 7)])
def test_a_reader_of_the_page_alone_combines_them(need: int, of: int) -> None:
    secret = bytes(range(32))
    printed = [
        json.loads(part.to_bytes())
        for part in split(secret, agency="moorfield-primary", key="k" * 32, need=need, of=of)
    ]
    for present in combinations(range(1, of + 1), need):
        found = bytes(32)
        for number in present:
            groups = [group for group in combinations(range(1, of + 1), need) if number in group]
            share = b64decode(printed[number - 1]["shares"][groups.index(present)])
            found = bytes(a ^ b for a, b in zip(found, share, strict=True))
        assert found == secret
