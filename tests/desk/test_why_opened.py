"""The page on custody says what is kept of an opening, and whose signature it takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from exchange.desk.service.whyopened import WhyOpened, _Hand, _Kept
from keys.statement import Kind

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "spec" / "custody.md"


def test_the_examples_have_the_fields_of_the_code() -> None:
    text = PAGE.read_text("utf-8")
    examples = re.findall(r"^```\n(\{.*?\})\n```$", text, re.DOTALL | re.MULTILINE)
    kept, payload = (json.loads(example) for example in examples[-2:])
    assert list(kept) == list(_Kept.model_fields)
    assert list(kept["signatures"][0]) == list(_Hand.model_fields)
    assert list(payload) == list(WhyOpened.model_fields)
    assert Kind.OPENING.value in text
    assert Kind.OPENING.context.decode() in text
