"""How many steps belong into a thread's fold: what a status must have seen to be written.

Promises: counted in the transaction that writes the status, so that no step can slip in between.
Never: a step is looked into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, union_all

from exchange.store.casebook import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import BindParameter, CompoundSelect
    from sqlalchemy.ext.asyncio import AsyncConnection


def _folded() -> CompoundSelect[Any]:
    threads: BindParameter[str] = bindparam("threads", expanding=True)
    step, share = tables.step, tables.step.alias()
    own = (
        select(step.c.thread, func.count().label("n"))
        .where(step.c.thread.in_(threads))
        .group_by(step.c.thread)
    )
    citing = (
        select(step.c.thread, func.count().label("n"))
        .join_from(step, share, share.c.answers == step.c.digest)
        .where(step.c.thread.in_(threads), step.c.kind == "request")
        .where(share.c.kind == "share", share.c.thread != step.c.thread)
        .group_by(step.c.thread)
    )
    return union_all(own, citing)


FOLDED = _folded()  # asked with `threads`: a thread's own steps, and the shares that cite its request


async def count_folded(connection: AsyncConnection, threads: Sequence[str]) -> dict[str, int]:
    """For each thread of which anything is here, how many steps belong into its fold."""
    counts: dict[str, int] = {}
    for thread, count in await connection.execute(FOLDED, {"threads": threads}):
        counts[thread] = counts.get(thread, 0) + count
    return counts
