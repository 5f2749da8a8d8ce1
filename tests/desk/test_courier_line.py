"""The line: every loop goes on, waits longer each time but never long, and at once when the hub is back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW

from exchange.desk import line as lines
from exchange.desk.line import LONGEST, SHORTEST, Backoff, Line, keep_going
from exchange.errors import HubUnreachable, ProofRefused, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable


class Scripted:
    """A loop that meets what it is told to meet, and then nothing more."""

    name = "scripted"

    def __init__(self, *meets: Exception | None) -> None:
        self.meets = list(meets)
        self.rounds = 0
        self.done = asyncio.Event()

    async def round(self) -> None:
        self.rounds += 1
        if not self.meets:
            self.done.set()
            await asyncio.sleep(3600)
        problem = self.meets.pop(0)
        if problem is not None:
            raise problem


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "SHORTEST", 0.001)
    monkeypatch.setattr(lines, "LONGEST", 0.005)


def test_pauses_double_up_to_a_cap_and_are_scattered() -> None:
    rows = [[backoff.next() for _ in range(40)] for backoff in (Backoff() for _ in range(30))]
    for number, pauses in enumerate(zip(*rows, strict=True)):
        full = min(LONGEST, SHORTEST * 2**number)
        assert all(full / 2 <= pause <= full for pause in pauses)
        assert len(set(pauses)) > 20
    backoff = Backoff()
    for _ in range(100):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= SHORTEST


@pytest.mark.parametrize(
    "problem",
    [
        HubUnreachable(),
        ProofRefused(),
        StoreUnavailable(),
        RuntimeError("a fault of ours"),
        OSError(),
        ValueError(),
    ],
)
@pytest.mark.usefixtures("quick")
async def test_nothing_ends_a_loop(problem: Exception) -> None:
    loop = Scripted(*[problem] * 5, None, problem)
    task = asyncio.create_task(keep_going(loop, Line(lambda: NOW)))
    await asyncio.wait_for(loop.done.wait(), 5)
    assert loop.rounds == 8
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_whoever_waits_for_the_hub_goes_on_at_once_when_it_is_back() -> None:
    line = Line(lambda: NOW)
    line.broke("hub_unreachable")
    started = asyncio.get_running_loop().time()
    waiting = [asyncio.create_task(line.rest(60)) for _ in range(5)]
    await asyncio.sleep(0.01)
    line.holds()
    await asyncio.gather(*waiting)
    assert asyncio.get_running_loop().time() - started < 1


async def test_a_line_that_holds_is_no_reason_to_hurry() -> None:
    line = Line(lambda: NOW)
    line.holds()
    started = asyncio.get_running_loop().time()
    await line.rest(0.05)
    assert asyncio.get_running_loop().time() - started >= 0.04


async def test_the_state_says_since_when_and_what_is_wrong() -> None:
    moments = iter(range(10))
    now: Callable[[], object] = lambda: next(moments)  # noqa: E731
    line = Line(now)  # type: ignore[arg-type]
    assert line.state.up is None
    line.broke("hub_unreachable")
    line.broke("status 503")
    assert (line.state.up, line.state.since, line.state.trouble) == (False, 0, "status 503")
    line.holds()
    line.holds()
    assert (line.state.up, line.state.since, line.state.trouble) == (True, 1, None)


@pytest.mark.usefixtures("quick")
async def test_a_fault_is_logged_by_its_kind_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    loop = Scripted(RuntimeError("Kayleigh lives at 4 Canary Street"))
    task = asyncio.create_task(keep_going(loop, Line(lambda: NOW)))
    await asyncio.wait_for(loop.done.wait(), 5)
    task.cancel()
    written = "".join(capsys.readouterr())
    assert "RuntimeError" in written
    assert "Canary" not in written
