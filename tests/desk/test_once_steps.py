"""Every step of a thread, asked for again in any order under its key, is taken once and answered the same."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import Town
from hypothesis import given, settings
from hypothesis import strategies as st
from test_once import Door, opened

from exchange.desk.api.registry import ROUTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pydantic import BaseModel

    from exchange.desk.service.views import WordsView

STEPS = ("accept", "decline", "read-back", "hear-back", "amend", "withdraw", "note", "refuse")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
async def door(town: Town) -> AsyncIterator[Door]:
    async for one in opened(town["moorfield-primary"].desk):
        yield one


def told(draft: BaseModel) -> Any:
    return json.loads(draft.model_dump_json())


class Pair:
    """Helen, who shares, and Tom, who receives, at one desk: each act of a whole story, as a request."""

    def __init__(self, town: Town, door: Door, helen: str, tom: str) -> None:
        self.desk, self.door, self.helen, self.tom = town["moorfield-primary"].desk, door, helen, tom
        self.recipient = town["moorfield-primary"].person("Tom Reed")
        self.sender = town["moorfield-primary"].person("Helen Marsh")

    async def share(self) -> str:
        body = told(spoken.share(self.recipient))
        return str((await self.door.post(self.helen, "/shares", body))[1]["thread"])

    async def words(self, thread: str) -> WordsView:
        return await self.desk.read(await self.desk.session(self.tom), thread, 0)

    async def request(self) -> str:
        asked = spoken_request(told(self.sender))
        return str((await self.door.post(self.tom, "/requests", asked))[1]["thread"])

    async def ready(self, step: str) -> tuple[str, str, Any]:
        """Bring a thread to where `step` can be taken; whose token, the path, the body."""
        if step == "refuse":
            thread = await self.request()
            decision = told(spoken.DECISION)
            body = {"reason": "not-necessary", "words": "No.", "decision": decision}
            return self.helen, f"/threads/{thread}/refuse", body
        thread = await self.share()
        leg = f"/threads/{thread}/legs/0"
        if step in {"read-back", "hear-back"}:
            await self.door.post(self.tom, f"{leg}/accept", told(spoken.ACCEPTED))
        token, body = self.tom, await self._said(step, thread, leg)
        if step in {"hear-back", "amend", "withdraw"}:
            token = self.helen
        return token, f"{leg}/{step}", body

    async def _said(self, step: str, thread: str, leg: str) -> Any:
        if step == "read-back":
            return told(spoken.restated(await self.words(thread)))
        if step == "hear-back":
            words = await self.words(thread)
            await self.door.post(self.tom, f"{leg}/read-back", told(spoken.restated(words)))
            return told(spoken.agreed(words))
        return {
            "accept": told(spoken.ACCEPTED),
            "decline": {"reason": "wrong-person"},
            "note": {"words": "Which ear?"},
            "amend": told(spoken.amendment((0,))),
            "withdraw": {"reason": "Sent to the wrong person."},
        }[step]

    async def kinds(self, path: str) -> list[str]:
        thread = path.split("/")[2]
        return [one.kind for one in (await self.desk.show(await self.desk.session(self.helen), thread)).steps]


def spoken_request(recipient: Any) -> dict[str, Any]:
    return {
        "recipient": recipient,
        "asked": ["Was he at school?"],
        "authority": "My post.",
        "subjects": [told(spoken.ELLIS)],
        "purpose": "significant-harm-enquiry",
        "purpose_text": "To decide.",
        "basis": told(spoken.BASIS),
    }


@pytest.fixture
async def pair(town: Town, door: Door) -> Pair:
    return Pair(town, door, await door.sign_in("Helen Marsh"), await door.sign_in("Tom Reed"))


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_asked_for_again_is_taken_once_and_answered_the_same(pair: Pair, step: str) -> None:
    token, path, body = await pair.ready(step)
    before = await pair.kinds(path)
    answers = [await pair.door.post(token, path, body, "a-key") for _ in range(2)]
    answers += await asyncio.gather(*(pair.door.post(token, path, body, "a-key") for _ in range(3)))
    assert answers[0][0] == 200, answers[0]
    assert answers == [answers[0]] * 5
    assert len(await pair.kinds(path)) == len(before) + 1


@pytest.mark.parametrize("step", ["accept", "note"])
async def test_the_same_words_in_another_thread_are_another_act(pair: Pair, step: str) -> None:
    token, path, body = await pair.ready(step)
    assert (await pair.door.post(token, path, body, "a-key"))[0] == 200
    _, elsewhere, _ = await pair.ready(step)
    status, found = await pair.door.post(token, elsewhere, body, "a-key")
    assert (status, found["code"]) == (409, "idempotency_key_reused")


async def test_a_draft_begun_again_is_the_same_draft(pair: Pair) -> None:
    body = {"draft": {"need": "One line."}}
    first = await pair.door.post(pair.helen, "/drafts", body, "a-key")
    again = await asyncio.gather(*(pair.door.post(pair.helen, "/drafts", body, "a-key") for _ in range(3)))
    assert first[0] == 201
    assert [*again] == [first] * 3
    assert len(await pair.desk.unfinished(await pair.desk.session(pair.helen))) == 1
    other = await pair.door.post(pair.helen, "/drafts", {"draft": {"need": "Another."}}, "a-key")
    assert (other[0], other[1]["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("orders", [3])
async def test_whatever_the_order_of_retries_there_is_one_step_of_each(pair: Pair, orders: int) -> None:
    """Any sequence of retries, in which every act but the first of each is a repetition, changes nothing."""
    drawn: list[list[int]] = []

    @settings(max_examples=orders, database=None, derandomize=True)
    @given(st.lists(st.integers(0, 2), min_size=3, max_size=9))
    def draw(order: list[int]) -> None:
        drawn.append(order)

    draw()
    for number, order in enumerate(drawn):
        token, path, _ = await pair.ready("note")
        notes = [{"words": f"Question {at}?"} for at in range(3)]
        first: dict[int, Any] = {}
        for at in order:
            answer = await pair.door.post(token, path, notes[at], f"key-{number}-{at}")
            assert answer[0] == 200
            assert first.setdefault(at, answer) == answer
        assert (await pair.kinds(path)).count("note") == len(first)


def test_every_route_that_records_a_step_takes_a_key() -> None:
    once_by_nature = {"send"}  # a draft is sent once or never
    steps = [one for one in ROUTES if one.answer is not None and one.answer.__name__ == "Posted"]
    assert len(steps) >= 13
    assert {one.name for one in steps if not one.takes_key} == once_by_nature
