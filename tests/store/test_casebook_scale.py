"""What people look at costs what it shows: ten thousand closed threads make no inbox slower."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, text

from exchange.store.casebook import Asker, Casebook, Change, LegRow, Mark, Outgoing, Wanted, tables

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Select

    from exchange.store.prepared import Prepared

NOON = "2026-11-22T12:00:00Z"
US, THEM = "northshire-childrens", "moorfield-primary"
OPEN = 20
ME = "p-0"
ASKER = Asker(US, ME, ("r-duty",))
MIDDLE = Mark("2026-06-15T12:00:00Z", "shut-50", 0)

Question = tuple[str, "Callable[[Casebook], Awaitable[object]]"]
QUESTIONS: list[Question] = [
    ("needs", lambda book: book.listed(ASKER, Wanted("needs"), limit=20)),
    ("others", lambda book: book.listed(ASKER, Wanted("others"), limit=20)),
    ("late", lambda book: book.listed(ASKER, Wanted("open", late=NOON), limit=20)),
    ("over", lambda book: book.listed(ASKER, Wanted("over"), limit=20)),
    ("over, from the middle", lambda book: book.listed(ASKER, Wanted("over"), after=MIDDLE, limit=20)),
    ("over, back", lambda book: book.listed(ASKER, Wanted("over"), before=MIDDLE, limit=20)),
    ("answers", lambda book: book.answers(ASKER, limit=5)),
    ("counted", lambda book: book.counted(ASKER, Wanted("needs"), "others")),
    ("due", lambda book: book.due(US, NOON)),
    ("waiting", lambda book: book.waiting(NOON)),
    ("outbox", lambda book: book.outbox(limit=256, size=1 << 20)),
    ("outbox_state", lambda book: book.outbox_state()),
    ("deliveries", lambda book: book.deliveries(limit=20)),
]


def _leg(number: int, *, is_open: bool) -> dict[str, object]:
    at = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:00:00Z"
    return {
        "thread": f"{'open' if is_open else 'shut'}-{number}",
        "leg": 0,
        "sender_agency": THEM,
        "sender_person": f"s-{number % 7}",
        "recipient_agency": US,
        "recipient_person": ME if number % 2 else None,
        "recipient_role": None if number % 2 else "r-duty",
        "state": "SENT" if is_open else "CLOSED",
        "open": is_open,
        "turn": "recipient" if is_open else None,
        "urgency": "routine",
        "due": NOON,
        "updated": at,
        "queue": "recipient" if is_open else "over",
        "sort": f"1 {NOON}" if is_open else at,
    }


def _thread(leg: dict[str, object]) -> dict[str, object]:
    return {
        "thread": leg["thread"],
        "open": leg["open"],
        "closed": not leg["open"],
        "waiting": 0,
        "forks": 0,
        "folded": 1,
        "updated": leg["updated"],
    }


def _posted(number: int) -> dict[str, object]:
    return {
        "envelope_id": f"e-{number}",
        "state": "posted",
        "rank": 1,
        "thread": f"shut-{number}",
        "mailboxes": THEM,
        "blobs": "",
        "queued": NOON,
        "posted": NOON,
        "size": 9000,
    }


async def fill(book: Casebook, closed: int) -> None:
    """Write `closed` finished threads beside a few open ones."""
    legs = [_leg(n, is_open=True) for n in range(OPEN)] + [_leg(n, is_open=False) for n in range(closed)]

    async def write(connection: object) -> None:
        await connection.execute(insert(tables.leg), legs)  # type: ignore[attr-defined]
        await connection.execute(insert(tables.thread), [_thread(leg) for leg in legs])  # type: ignore[attr-defined]
        await connection.execute(insert(tables.outbox), [_posted(n) for n in range(closed)])  # type: ignore[attr-defined]
        await connection.execute(text("analyze"))  # type: ignore[attr-defined]

    await book._writer.submit(write)
    await book.record(
        Change(outgoing=tuple(Outgoing(f"w{n}", "t", "s", (THEM,), (), NOON, b"x") for n in range(3)))
    )


@contextmanager
def listening(book: Casebook) -> Iterator[list[Select[Any]]]:
    """Hear every question that `book` asks, with its values in it."""
    asked: list[Select[Any]] = []
    rows = book._rows

    async def listen(statement: Select[Any], **values: object) -> object:
        asked.append(statement.params(values))
        return await rows(statement, **values)

    async def listen_in(prepared: Prepared, values: dict[str, object]) -> object:
        asked.append(prepared._statement.params(values))  # type: ignore[attr-defined]
        return await ask(prepared, values)

    ask = book._ask
    book._rows = listen  # type: ignore[method-assign,assignment]
    book._ask = listen_in  # type: ignore[method-assign,assignment]
    yield asked
    del book._rows, book._ask


def said(book: Casebook, statement: Select[Any]) -> str:
    return str(statement.compile(book._reader.sync_engine, compile_kwargs={"literal_binds": True}))


async def steps_of_the_machine(
    book: Casebook, path: Path, ask: Callable[[Casebook], Awaitable[object]]
) -> int:
    """Count the virtual machine's steps that SQLite takes to answer: no clock, no noise."""
    with listening(book) as asked:
        await ask(book)
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    connection = sqlite3.connect(path)
    connection.set_progress_handler(count, 10)
    for statement in asked:
        connection.execute(said(book, statement)).fetchall()
    connection.close()
    return counted


async def test_ten_thousand_closed_threads_cost_the_lists_nothing(tmp_path: Path) -> None:
    costs: dict[int, dict[str, int]] = {}
    for closed in (100, 10_000):
        path = tmp_path / f"{closed}.db"
        book = await Casebook.open(f"sqlite+aiosqlite:///{path}")
        await fill(book, closed)
        assert len(await book.listed(ASKER, Wanted("open"), limit=100)) == OPEN
        costs[closed] = {name: await steps_of_the_machine(book, path, ask) for name, ask in QUESTIONS}
        await book.close()
    for name, cost in costs[10_000].items():
        assert cost <= 1.5 * costs[100][name] + 20, (name, costs)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_too_finds_them_by_index(database_url: str) -> None:
    filled = await Casebook.open(database_url)
    await fill(filled, 10_000)
    with listening(filled) as asked:
        for _, ask in QUESTIONS:
            await ask(filled)
    plans = []
    for statement in asked:
        rows = await filled._rows(text(f"explain {said(filled, statement)}"))
        plans.append("\n".join(str(next(iter(row.values()))) for row in rows))
    for plan in plans:
        assert "Seq Scan on leg " not in plan, plan
        assert "Seq Scan on outbox " not in plan, plan
    await filled.close()


def test_rows_here_are_rows_there() -> None:
    assert set(_leg(1, is_open=True)) <= {*LegRow.__dataclass_fields__, "queue", "sort"}
