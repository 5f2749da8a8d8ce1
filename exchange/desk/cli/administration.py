"""`readback keys …`: the ceremonies of `keys.cli`, and what is seen of keys from outside a home.

Promises: one group for an administrator, whichever package a command lives in; every ceremony is held only
on a home that is not older than its desk knows (see `home_known`).
Never: `keys` learns of the exchange.
"""

from __future__ import annotations

import typer  # noqa: TC002 - typer reads it when it runs

from exchange.desk.cli import catching_up, keylog
from exchange.desk.cli.home_known import demand_newest
from keys.cli import app
from keys.cli.holding import COMPARED

catching_up.add(app)
keylog.add(app)


@app.callback()
def _compared(context: typer.Context) -> None:
    context.meta[COMPARED] = demand_newest


__all__ = ["app"]
