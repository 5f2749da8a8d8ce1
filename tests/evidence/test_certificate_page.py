"""The page about certificates names exactly the fields that there are, and its limits."""

from __future__ import annotations

import json
import re
from pathlib import Path

from exchange.evidence.certificate import Certificate, Head, LoggedEvent, SpokenWords, Statement, Vouched
from exchange.wire import limits

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "spec" / "certificate.md").read_text("utf-8")


def test_the_example_has_every_field_in_order() -> None:
    example = json.loads(PAGE.split("```")[1])
    assert list(example) == list(Certificate.model_fields)
    for name, model in (
        ("heads", Head),
        ("events", LoggedEvent),
        ("rosters", Vouched),
        ("steps", Statement),
        ("words", SpokenWords),
    ):
        assert list(example[name][0]) == list(model.model_fields)


def test_the_table_describes_every_field() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    described = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert described == list(Certificate.model_fields)


def test_the_limit_is_the_codes() -> None:
    assert f"at most {limits.CERTIFICATE // limits.MIB} MiB" in PAGE
