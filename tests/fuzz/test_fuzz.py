"""A short share of the fuzzer's run, and that it can fail."""

from __future__ import annotations

import pytest
from fuzz import InvariantBroken, run, try_one
from parsers import PARSERS, SEEDS, Parser

from keys.errors import Malformed


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_hostile_inputs_break_no_invariant(parser: Parser) -> None:
    tally = run(parser, 400, seed=1)
    assert tally.inputs > 400


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_every_parser_has_good_seeds_and_takes_them(parser: Parser) -> None:
    good = [path for path in (SEEDS / parser.name).iterdir() if path.name.startswith("good-")]
    assert good
    assert all(try_one(parser, path.read_bytes()) for path in good)


def _raises(data: bytes) -> bytes:
    raise KeyError(data)


def _repeats(data: bytes) -> bytes:
    raise Malformed(data.decode())


@pytest.mark.parametrize(
    ("parser", "why"),
    [
        (Parser("wrong error", _raises, bytes), "KeyError"),
        (Parser("talkative", _repeats, bytes), "repeats"),
        (Parser("lossy", bytes.strip, bytes), "printed otherwise"),
        (Parser("unstable", bytes, lambda data: data + b"!", exact=False), "reads otherwise"),
    ],
)
def test_a_parser_that_breaks_an_invariant_is_found(parser: Parser, why: str) -> None:
    with pytest.raises(InvariantBroken, match=why):
        try_one(parser, b" Jaydenzq ")
