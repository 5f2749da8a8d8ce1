"""The routes about whoever is asking: proving again who one is.

Promises: as `handlers`; each shape stands beside the one route that has it.
Never: another person than the one who asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from exchange.desk.whence import source_of
from keys.record import Frozen, Time, format_time

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call


class Proof(Frozen):
    """The passphrase of whoever is signed in, once more."""

    passphrase: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Proved(Frozen):
    """Until when this proof is enough for what is signed in one's name."""

    until: Time


async def prove(call: Call) -> Proved:
    """Prove again who one is, so that something can be signed in one's name."""
    source = source_of(call.request, call.desk.config.proxied)
    session = await call.desk.prove(call.token, call.body.passphrase, source=source)
    return Proved(until=format_time(session.proved + call.desk.config.proof))
