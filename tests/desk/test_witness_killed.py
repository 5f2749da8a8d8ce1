"""A witness that is killed at any moment never stands by two histories."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING

import pytest
from courier_world import THEM, US, make_home
from following import Following

from exchange.errors import LogForked, LogRolledBack
from exchange.store.casebook import Casebook, Change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from keys.ceremony.home import AgencyHome
    from keys.statement import Signed

PLACES = ("before the casebook", "after the casebook", "before the hub", "after the hub")


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killed_at(
    place: str, action: Callable[..., Awaitable[object]], *, here: tuple[str, str]
) -> Callable[..., Awaitable[object]]:
    """Kill this very process before or after that action."""

    async def cut(argument: object) -> object:
        cosigning = not isinstance(argument, Change) or any(row.cosigned for row in argument.checkpoints)
        if cosigning and place == here[0]:
            _kill()
        done = await action(argument)
        if cosigning and place == here[1]:
            _kill()
        return done

    return cut


def _live(folder: Path, us: AgencyHome, others: list[AgencyHome], place: str, told: str) -> None:
    """One life of the desk, cut short at `place`; the note that left it, if one did, is in `told`."""
    import asyncio

    async def live() -> None:
        casebook = await Casebook.open(f"sqlite+aiosqlite:///{folder / 'casebook.db'}")
        desk = Following(us, casebook, *others)
        desk.hub.notary.entries = [*us.events, *others[0].events]

        async def tell(note: bytes) -> None:
            (folder / told).write_bytes(note)

        casebook.record = _killed_at(place, casebook.record, here=PLACES[:2])  # type: ignore[method-assign,assignment]
        desk.hub.cosign = _killed_at(place, tell, here=PLACES[2:])  # type: ignore[method-assign,assignment]
        await desk.loop.follow()

    asyncio.run(live())


@pytest.mark.parametrize("place", PLACES)
async def test_no_two_histories_are_cosigned_whenever_it_is_killed(tmp_path: Path, place: str) -> None:
    us, them = make_home(tmp_path, US), make_home(tmp_path, THEM)
    police = make_home(tmp_path, "eastvale-police")
    life = multiprocessing.get_context("fork").Process(
        target=_live, args=(tmp_path, us, [them, police], place, "first")
    )
    life.start()
    life.join(60)
    assert life.exitcode == -signal.SIGKILL
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    cosigned = await casebook.cosigned()
    left = (tmp_path / "first").exists()
    assert cosigned == (0 if place == PLACES[0] else 2), "on disk before anybody hears of it"
    assert not (left and cosigned == 0)
    desk = Following(us, casebook, them, police)  # the hub has another key now, and another history
    for history in ([*us.events, *police.events], [*us.events]):
        await _refuses(desk, history, cosigned)
    await casebook.close()


async def _refuses(desk: Following, history: list[Signed], cosigned: int) -> None:
    """The casebook alone keeps it from standing by another history: the process knows of none."""
    desk.hub.notary.entries = history
    desk.start()
    if cosigned:
        with pytest.raises((LogForked, LogRolledBack)):
            await desk.loop.follow()
        assert desk.hub.cosigned == []
