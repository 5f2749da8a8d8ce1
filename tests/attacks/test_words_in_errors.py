"""What somebody writes where a name of ours belongs must not come back in an answer, or get into a log."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from exchange.share.draft import ShareDraft
from keys.statement import places_of

WORD = "Ellis was hit"


@pytest.mark.parametrize(
    "draft",
    [
        {"emphasis": {"weights": {WORD: "critical"}}},
        {"emphasis": {"weights": {WORD: WORD}}},
        {WORD: 1},
        {"emphasis": {WORD: 1}},
        {"basis": {"code": "x", WORD: 1}},
        {"facts": [{"id": "F1", WORD: {"a": 1}}]},
    ],
)
def test_no_place_is_made_of_what_was_written(draft: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        ShareDraft.model_validate(draft)
    places = list(places_of(refused.value))
    assert places
    assert "Ellis" not in "".join(places)
