"""Ten threads or two thousand: a page asks the casebook as often, for as much."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doubles import Town
from visitor import opened

from exchange.desk.web.render import HOME
from exchange.store.sqlite import DirectConnection, DirectCursor

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench" / "pages"))

from desk_with_threads import HERE, converse, fill, furnish

if TYPE_CHECKING:
    import pytest
    from visitor import Visitor


class Counted:
    """How many questions were asked, and how many rows came back."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.questions = self.rows = 0
        rows, fetchall = DirectConnection.rows, DirectCursor.fetchall

        def count(connection: DirectConnection, sql: str, parameters: Any) -> list[Any]:
            return self.note(rows(connection, sql, parameters), sql)

        async def fetch(cursor: DirectCursor) -> Any:
            return self.note(list(await fetchall(cursor)))

        patch.setattr(DirectConnection, "rows", count)
        patch.setattr(DirectCursor, "fetchall", fetch)

    def note(self, found: list[Any], sql: str = "") -> list[Any]:
        if "select" in sql.casefold() or not sql:
            self.questions += 1
            self.rows += len(found)
        return found


async def look(visitor: Visitor, path: str) -> None:
    if path.endswith("/search"):
        answer = await visitor.send(await visitor.get(path), "/search", words="helen moorfield")
    else:
        answer = await visitor.get(path)
    assert answer.status == 200, path


async def test_a_page_asks_as_much_of_two_thousand_threads_as_of_two_hundred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    town = Town(tmp_path)
    names = await furnish(town, 2)
    pages = (await converse(town, names))[names[0]]
    cost: dict[int, dict[str, tuple[int, int]]] = {}
    for threads in (200, 2000):
        await fill(town[HERE], names, threads)
        async with opened(town, HERE) as visitor:
            await visitor.sign_in(names[0])
            for path in pages.values():
                await look(visitor, path)  # what is opened once stays in memory
            cost[threads] = {}
            for name, path in pages.items():
                counted.questions = counted.rows = 0
                await look(visitor, path)
                cost[threads][name] = (counted.questions, counted.rows)
    await town.close()
    for name, (questions, rows) in cost[2000].items():
        assert questions == cost[200][name][0] <= 5, cost
        assert rows <= 110 if name == "search" else rows <= 40, cost


async def test_what_is_counted_is_all_that_is_asked(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure itself: both ways to the database count."""
    counted = Counted(monkeypatch)
    book = town["northshire-childrens"].desk.casebook
    await book.thread("none")
    assert counted.questions == 1
    async with opened(town, "northshire-childrens") as visitor:
        await visitor.sign_in("Ruth Okafor")
        counted.questions = 0
        await visitor.get(HOME)
    assert counted.questions == 4
