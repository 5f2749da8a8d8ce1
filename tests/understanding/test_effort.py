"""How long it takes: as long as the words are, and never so long that somebody waits."""

from __future__ import annotations

import time

import pytest
from pairs import BOUND, share_of

from exchange.share.understanding import compare
from exchange.wire.contents import Emphasis, ReadBackContents, Restatement


def _compare(text: str) -> None:
    statement = {
        "id": "F1",
        "text": text,
        "source": "observed",
        "as_of": "2026-11-10",
        "does_not_mean": text[:2000],
    }
    restatement = Restatement(statement="F1", meaning=text[::-1], taken_as="fact", weight="critical")
    back = ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=(restatement,),
        key_point="F1",
        will_do=text[:2000],
    )
    share = share_of([statement], ["Ellis"], ["the partner"])
    compare(share, Emphasis(weights={"F1": "critical"}, key_point="F1"), back)


def _seconds(statements: int) -> float:
    text = (
        "On Tuesday 10 November 2026 at 9.20 the class teacher saw a purple bruise, about 3 cm, behind Ellis's left ear; "
        "mother said number {} was not there and that he might have fallen."
    )
    facts = [
        {"id": f"F{at}", "text": text.format(at), "source": "observed", "as_of": "2026-11-10"}
        for at in range(1, statements + 1)
    ]
    restatements = tuple(
        Restatement(
            statement=f"F{at}",
            meaning=f"The teacher noticed a 3 cm bruise behind his ear on the 10th, mum says {at} was not there.",
            taken_as="fact",
            weight="context",
        )
        for at in range(1, statements + 1)
    )
    back = ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=restatements,
        key_point="F1",
        will_do="Visit.",
    )
    share, emphasis = share_of(facts, ["Ellis"], []), Emphasis(weights={}, key_point="F1")
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        compare(share, emphasis, back)
        best = min(best, time.process_time() - start)
    return best


def test_two_hundred_statements_take_well_under_a_second_and_time_grows_with_length() -> None:
    half, whole = _seconds(100), _seconds(200)
    assert whole < 1.0
    assert whole < 3.5 * half


HOSTILE = [
    "1 2 3 4 5 6 7 ",
    "not ",
    " 'a",
    "might claim suspect ",
    "mum dad hit told ",
    "10/11 9.20 3 May ",
    "a, ",
    '" ',
    "- ",
    "invite be mum ",
    "than before after assault ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_text_is_slow(unit: str) -> None:
    text = (unit * 4000)[:4000].strip()
    start = time.process_time()
    _compare(text)
    assert time.process_time() - start < 2.0
