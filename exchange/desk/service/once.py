"""An act that is asked for twice under one key is done once, and answered twice the same.

Promises: the answer is recorded in the transaction of the steps that it tells of, so that it is there when
they are, also after a restart; for `LIFE` the same key of the same person gives it again, and with another
body it is refused (`IdempotencyKeyReused`).
Never: a key or a word of the body is kept: of the key its digest, of the body a digest made with the key, and
that sealed to the person, beside the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from exchange.desk.service.keeping import keepers
from exchange.desk.service.views import Posted
from exchange.errors import IdempotencyKeyReused
from exchange.sealing import open_kept, seal_kept
from exchange.store.casebook import Change, KeptRow
from exchange.wire import limits
from keys.errors import Problem
from keys.record import Digest, Frozen, Id, digest, format_time, parse_time
from keys.statement import dump, load

if TYPE_CHECKING:
    from datetime import datetime

    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises

LIFE: Final = timedelta(hours=24)
_PREFIX: Final = "once/"
_ANSWER: Final = 16 * limits.KIB

Remember = Callable[[Any], Awaitable[Change]]
"""What is to be recorded together with the steps that an answer tells of."""


@dataclass(frozen=True, slots=True)
class Once:
    """A key that somebody chose for one act, and the digest, made with it, of what they ask for."""

    name: str  # under which the answer is kept
    body: Digest


class Begun(Frozen):
    """A draft was begun: which."""

    draft: Id


Answer = TypeVar("Answer", Posted, Begun)


class KeptAnswer(Frozen):
    """What was asked for under a key, as a digest, and what was answered."""

    body: Digest
    posted: Posted | Begun


def once_of(session: Session, key: str, act: str, body: bytes) -> Once:
    """Name an act of this person: `key` as they chose it, `act` what is done where, `body` what they say."""
    whose = f"{session.person}\0{key}\0".encode()
    return Once(_PREFIX + digest(whose), digest(whose + act.encode() + b"\0" + body))


async def do_once(
    desk: Premises, session: Session, once: Once | None, act: Callable[[Remember], Awaitable[Answer]]
) -> Answer:
    """Do `act`, or give the answer that it had; `once` None does it in any case."""
    if once is None:
        return await act(_nothing)

    async def remember(posted: Answer) -> Change:
        return await asyncio.to_thread(_keep, desk, session, once, posted)

    async with desk.files.holding([once.name]):
        row = await desk.casebook.kept(once.name)
        if row is not None and not _over(row, desk.now()):
            return cast("Answer", await asyncio.to_thread(_answered, session, once, row))
        return await act(remember)


async def forgettable(desk: Premises, person: str) -> tuple[str, ...]:
    """Name those answers of a person that need not be given again."""
    now = desk.now()
    return tuple(row.name for row in await desk.casebook.kept_of(person, _PREFIX) if _over(row, now))


async def _nothing(_: Posted | Begun) -> Change:
    return Change()


def _over(row: KeptRow, now: datetime) -> bool:
    return parse_time(row.kept) + LIFE <= now


def _keep(desk: Premises, session: Session, once: Once, posted: Posted | Begun) -> Change:
    now = desk.now()
    thread = posted.thread if isinstance(posted, Posted) else None
    answer = dump(KeptAnswer(body=once.body, posted=posted))
    sealed = seal_kept(once.name.encode(), answer, keepers(desk, session, now))
    return Change(kept=(KeptRow(once.name, session.person, thread, sealed, format_time(now)),))


def _answered(session: Session, once: Once, row: KeptRow) -> Posted | Begun:
    try:
        raw = open_kept(once.name.encode(), row.sealed, session.keyring.opening)
    except Problem:
        raise IdempotencyKeyReused from None  # it was used, and nobody can say any more for what
    answer = load(raw, KeptAnswer, limit=_ANSWER)
    if answer.body != once.body:
        raise IdempotencyKeyReused
    return answer.posted
