"""A desk that holds many threads, listening, for `pages.py` to visit: a process of its own.

    python tests/bench/pages/desk_with_threads.py FOLDER --threads 10000 --people 32

Each of its people has three true conversations, made by the same code as any: one to accept, one to read and
restate, one whose read-back waits to be heard. The rest are copies of their rows under other names, spread
over the people and a duty team, one in `--open-one-in` of them open; their envelopes are as large as the true ones.

Prints one line of JSON, `{"address", "visitors": [{"cookie", "pages"}]}`, and serves until its input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "scenarios")]

import spoken  # noqa: E402 - the drafts of the scenarios are the words of these threads
from aiohttp import web  # noqa: E402 - after the path above
from doubles import PASSPHRASE, START, Town  # noqa: E402 - likewise

from exchange.desk.app import COLLECT_AFTER  # noqa: E402 - likewise
from exchange.desk.front import create_runner  # noqa: E402 - likewise
from exchange.desk.web import assets  # noqa: E402 - likewise
from exchange.desk.web.guard import form_token, seat  # noqa: E402 - likewise
from exchange.store.casebook import Change, LegRow, StepRow, ThreadRow  # noqa: E402 - likewise
from keys.record import digest, format_time, new_id  # noqa: E402 - likewise

if TYPE_CHECKING:
    from doubles import Agency

    from exchange.desk.people import Session

HERE, THERE = "northshire-childrens", "moorfield-primary"
TEAM = "Duty social worker"
AT_ONCE = 500
Model = tuple[ThreadRow, LegRow, StepRow]


async def furnish(town: Town, people: int) -> list[str]:
    """Open both agencies; the names of those who visit."""
    names = [f"Practitioner Number {number}" for number in range(people)]
    posts = dict.fromkeys(names, "social worker")
    await town.open(THERE, {"Helen Marsh": "designated safeguarding lead", "Tom Reed": "attendance officer"})
    await town.open(HERE, posts, {TEAM: tuple(names)})
    await town.settle()
    return names


async def converse(town: Town, names: list[str]) -> dict[str, dict[str, str]]:
    """Hold the true conversations; by name, the pages that each leads to."""
    school, duty = town[THERE], town[HERE]
    helen = await school.sign_in("Helen Marsh")
    threads = {name: await _begin(town, helen, duty.person(name), await duty.sign_in(name)) for name in names}
    await town.settle()
    for name, (_, second, third) in threads.items():
        await duty.desk.accept(await duty.sign_in(name), second, 0, spoken.ACCEPTED)
        await school.desk.accept(helen, third, 0, spoken.ACCEPTED)
        words = await school.desk.read(helen, third, 0)
        await school.desk.read_back(helen, third, 0, spoken.restated(words))
    await town.settle()
    return {name: _pages(*three) for name, three in threads.items()}


async def _begin(town: Town, helen: Session, me: Any, session: Session) -> tuple[str, str, str]:
    school, duty = town[THERE].desk, town[HERE].desk
    to_accept = (await school.share(helen, spoken.share(me, urgency="today"))).thread
    to_restate = (await school.share(helen, spoken.share(me))).thread
    back = spoken.share(town[THERE].person("Helen Marsh"), decision=spoken.DECISION)
    return to_accept, to_restate, (await duty.share(session, back)).thread


def _pages(to_accept: str, to_restate: str, to_hear: str) -> dict[str, str]:
    return {
        "a file, no page": "/desk" + assets.load()["icon.svg"].address,
        "what needs you": "/desk",
        "what waits for others": "/desk?list=others",
        "what is over": "/desk?list=over",
        "filtered": "/desk?list=over&kind=request",
        "search": "/desk/search",
        "thread": f"/desk/threads/{to_hear}",
        "accept": f"/desk/threads/{to_accept}/legs/0/accept",
        "words": f"/desk/threads/{to_restate}/legs/0/words",
        "read back": f"/desk/threads/{to_restate}/legs/0/read-back",
        "hear back": f"/desk/threads/{to_hear}/legs/0/hear-back",
    }


async def fill(duty: Agency, names: list[str], threads: int, open_one_in: int = 10) -> None:
    """Add copies of what is there under other names until the casebook has that many threads."""
    book, chance = duty.desk.casebook, random.Random(1)
    models: list[Model] = []
    for name in {row.thread for _, row in await book.steps_after(0)}:
        thread, (leg,), steps = await book.thread(name), await book.legs(name), await book.steps(name)
        assert thread is not None
        models.append((thread, leg, steps[0]))
    holders = [duty.person(name).person for name in names]
    team = duty.role(TEAM).role
    for begin in range(len(models), threads, AT_ONCE):
        rows = [
            _copy(chance, chance.choice(models), holders, team, number, is_open=not number % open_one_in)
            for number in range(begin, min(begin + AT_ONCE, threads))
        ]
        await book.record(
            Change(
                threads=tuple(row[0] for row in rows),
                legs=tuple(row[1] for row in rows),
                steps=tuple(row[2] for row in rows),
            )
        )


def _copy(
    chance: random.Random,
    model: Model,
    holders: list[str | None],
    team: str | None,
    number: int,
    *,
    is_open: bool,
) -> Model:
    thread, leg, step = model
    name, holder = new_id(), chance.choice(holders)
    at = format_time(START - timedelta(minutes=chance.randrange(60 * 24 * 300)))
    if leg.sender_agency == HERE:
        hand: dict[str, Any] = {"sender_person": holder}
    elif not number % 7:
        hand = {"recipient_person": None, "recipient_role": team}
    else:
        hand = {"recipient_person": holder}
    stands = {"urgency": "immediate" if not number % 50 else leg.urgency, "updated": at, **hand}
    if number % 3 == 1:
        stands["turn"] = "sender" if leg.turn == "recipient" else "recipient"
    if not is_open:
        stands |= {"state": "closed", "open": False, "turn": None, "due": None}
    envelope = digest(name.encode())
    return (
        replace(thread, thread=name, folded=1, open=is_open, closed=not is_open, updated=at),
        replace(leg, thread=name, **stands),
        replace(step, thread=name, digest=envelope, envelope_id=name, received=at),
    )


async def main() -> None:
    """Make the desk, say where it is, and serve it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--open-one-in", type=int, default=10)
    asked = parser.parse_args()
    town = Town(asked.folder)
    names = await furnish(town, asked.people)
    pages = await converse(town, names)
    await fill(town[HERE], names, asked.threads, asked.open_one_in)
    desk = town[HERE].desk
    runner = create_runner(desk)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    visitors = []
    for name in names:
        token = (await desk.sign_in(name, PASSPHRASE, bound_to="a browser")).token
        visitors.append({"cookie": f"{seat(HERE)}={token}", "pages": pages[name], "form": form_token(token)})
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)
    print(
        json.dumps({"address": f"http://127.0.0.1:{runner.addresses[0][1]}", "visitors": visitors}),
        flush=True,
    )
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    await town.close()


if __name__ == "__main__":
    asyncio.run(main())
