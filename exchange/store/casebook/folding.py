"""How many steps belong into a thread's fold: what a status must have seen to be written.

Promises: counted in the transaction that writes the status, so that no step can slip in between.
Never: a step is looked into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, bindparam, case, func, select

from exchange.store.casebook import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


_step, _share = tables.step, tables.step.alias()
_threads: BindParameter[str] = bindparam("threads", expanding=True)
_own = (
    select(
        _step.c.thread,
        func.count().label("n"),
        func.sum(case((_step.c.kind == "request", 1), else_=0)).label("requests"),
    )
    .where(_step.c.thread.in_(_threads))
    .group_by(_step.c.thread)
)
_citing = (
    select(_step.c.thread, func.count().label("n"))
    .join_from(_step, _share, _share.c.answers == _step.c.digest)
    .where(_step.c.thread.in_(_threads), _step.c.kind == "request")
    .where(_share.c.kind == "share", _share.c.thread != _step.c.thread)
    .group_by(_step.c.thread)
)


def count_folded(connection: Connection, threads: Sequence[str]) -> dict[str, int]:
    """Count, for each thread of which anything is here, the steps that belong into its fold.

    They are its own, and the shares elsewhere that answer a request in it.
    """
    own = connection.execute(_own, {"threads": threads}).all()
    counts = {row.thread: row.n for row in own}
    asking = [row.thread for row in own if row.requests]
    if asking:
        for row in connection.execute(_citing, {"threads": asking}):
            counts[row.thread] += row.n
    return counts
