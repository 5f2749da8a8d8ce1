"""What other systems may ask, each under one scope of a service account.

Promises: an account is looked up at every request, so that one that was revoked is refused at the next; it
asks at most `RATE` times in a minute; what it leaves for a person is sealed to that person alone, bounded,
marked with the account's name, and told in the audit trail.
Never: a word that somebody wrote, a counterpart, or an act in a person's name; a token in a log or an error.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, cast

from pydantic import Field

from exchange.desk.scopes import DRAFT_LEFT, hashed
from exchange.desk.service import figures, gate, trail
from exchange.desk.service.draft_views import Unfinished
from exchange.desk.service.once import LIFE as ONCE
from exchange.desk.service.unfinished import SIZE
from exchange.desk.service.views import Side
from exchange.desk.unsent import LIFE, PREFIX
from exchange.errors import (
    AttachmentUnknown,
    ContentsMalformed,
    DraftsTooMany,
    IdempotencyKeyReused,
    NobodyHere,
    ScopeMissing,
    ServiceTokenRefused,
    ServiceTooFast,
    TooLarge,
)
from exchange.sealing import seal_kept
from exchange.store.casebook import Asker, AuditEntry, Change, KeptRow, Wanted
from exchange.wire import limits
from exchange.wire.slip import Party, Urgency
from keys.record import Digest, Frozen, Id, Time, digest, format_time, new_id, parse_time
from keys.statement import dump, load

if TYPE_CHECKING:
    from exchange.desk.scopes import Scope
    from exchange.desk.service.figures import FiguresView
    from exchange.desk.service.heardcounts import HeardCounts
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.trail import Kind, TrailView
    from exchange.store.casebook import Listed, ServiceAccountRow

RATE: Final = 120  # requests of one account in a minute
MINUTE: Final = timedelta(minutes=1)
ROWS: Final = 200  # of what waits, told at once
AT_MOST: Final = 10  # drafts of one person, beyond which a system leaves no more
_ANSWER: Final = limits.KIB


class WaitingQuery(Frozen):
    """Whose: a person or a role of this agency, by id, one of the two."""

    person: Id | None = None
    role: Id | None = None


class WaitingRow(Frozen):
    """Something that waits: which, where it stands, and by when. Not a word of it, and not with whom."""

    thread: Id
    leg: int | None
    kind: Annotated[str, Field(pattern="^(share|request)$")]
    side: Side
    state: str
    urgency: Urgency | None
    due: Time | None
    overdue: bool


class WaitingView(Frozen):
    """What waits for one person or role, most urgent first; `total` is exact up to a thousand."""

    rows: tuple[WaitingRow, ...]
    total: int


class LeaveDraft(Frozen):
    """A share begun for one person: whatever is known of it."""

    person: Id
    said: Unfinished


class Left(Frozen):
    """A draft was left: which, and when it is forgotten unless its person goes on with it."""

    draft: Id
    until: Time


class _KeptLeft(Frozen):
    """Under one key: a digest, made with the key, of what was left, and the answer."""

    body: Digest
    left: Left


class Turnstile:
    """How often each account asked within this minute."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[datetime, int]] = {}

    def count(self, name: str, now: datetime) -> None:
        """Count one request; `ServiceTooFast` if there were `RATE` in this minute."""
        since, times = self._asked.get(name, (now, 0))
        if now - since >= MINUTE or now < since:
            since, times = now, 0
        if times >= RATE:
            raise ServiceTooFast(seconds=max(1, int((since + MINUTE - now).total_seconds())))
        self._asked[name] = since, times + 1


async def admit(desk: Premises, turnstile: Turnstile, token: str, scope: Scope) -> str:
    """Name the account of a token that has `scope`.

    `ServiceTokenRefused` for a token that is none, or whose account is over; `ScopeMissing`;
    `ServiceTooFast`.
    """
    row, now = await desk.casebook.service_account(hashed(token)), desk.now()
    if row is None or row.revoked is not None or now >= parse_time(row.expires):
        raise ServiceTokenRefused
    turnstile.count(row.name, now)
    if scope not in row.scopes:
        raise ScopeMissing(scope)
    await _note_use(desk, row, format_time(now)[:10])
    return row.name


async def _note_use(desk: Premises, row: ServiceAccountRow, day: str) -> None:
    if row.used != day:
        await desk.casebook.record(Change(accounts_used=((row.name, day),)))


async def waiting(desk: Premises, asked: WaitingQuery) -> WaitingView:
    """List what waits for a person or a role of this agency; `NobodyHere`."""
    if (asked.person is None) == (asked.role is None):
        raise ContentsMalformed("person")
    roster = await gate.present(desk)
    if asked.person is not None:
        if not any(one.id == asked.person and one.suspended is None for one in roster.people):
            raise NobodyHere("person")
        asker = Asker(desk.agency, asked.person, desk.trust.own_roles(asked.person))
    else:
        if not any(one.id == asked.role for one in roster.roles):
            raise NobodyHere("role")
        asker = Asker(desk.agency, "", (asked.role or "",))
    wanted, now = Wanted("needs"), format_time(desk.now())
    found = await desk.casebook.listed(asker, wanted, limit=ROWS)
    (total, *_) = await desk.casebook.counted(asker, wanted)
    return WaitingView(rows=tuple(_row(desk, asker, one, now) for one in found), total=total)


def _row(desk: Premises, asker: Asker, found: Listed, now: str) -> WaitingRow:
    leg = found.leg
    mine = (leg.sender_agency, leg.sender_person) == (desk.agency, asker.person)
    return WaitingRow(
        thread=leg.thread,
        leg=leg.leg,
        kind="share" if leg.leg is not None else "request",
        side="sender" if mine else "recipient",
        state=leg.state,
        urgency=cast("Urgency | None", leg.urgency),
        due=leg.due,
        overdue=leg.due is not None and leg.due <= now,
    )


async def figures_for(desk: Premises, counts: HeardCounts) -> FiguresView:
    """Count how the agency's loops go, as for its lead."""
    return await figures.counted(desk, await gate.present(desk), counts)


async def trail_for(desk: Premises, kind: Kind, before: int | None) -> TrailView:
    """Give a page of the audit trail as an administrator sees it, with people by id alone."""
    page = await trail.page(desk, await gate.present(desk), kind, before)
    entries = tuple(one.model_copy(update={"name": None}) for one in page.entries)
    return page.model_copy(update={"entries": entries})


async def leave(desk: Premises, account: str, asked: LeaveDraft, key: str | None) -> Left:
    """Leave a share begun for a person, sealed to them alone; under one `key`, once.

    `NobodyHere`, `DraftsTooMany` where they have `AT_MOST` drafts, `ContentsMalformed` for what is no new
    share, `AttachmentUnknown` where it names files, `IdempotencyKeyReused`.
    """
    said = _checked(account, asked.said)
    roster = await gate.present(desk)
    if not any(one.id == asked.person and one.suspended is None for one in roster.people):
        raise NobodyHere("person")
    owner = f"service/{account}"
    name = "" if key is None else "once/" + digest(f"{owner}\0{key}".encode())
    body = digest(f"{owner}\0{key}\0".encode() + dump(asked))
    async with desk.files.holding([f"{PREFIX}of/{asked.person}", *([name] if name else [])]):
        known = await desk.casebook.kept_of(owner, "once/")
        over = format_time(desk.now() - ONCE)
        for row in known:
            if row.name == name and row.kept > over:
                return _again(row, body)
        if len(await desk.casebook.kept_of(asked.person, PREFIX)) >= AT_MOST:
            raise DraftsTooMany
        change, left = await _left(desk, account, asked.person, said)
        if name:
            kept = KeptRow(name, owner, None, dump(_KeptLeft(body=body, left=left)), format_time(desk.now()))
            change |= Change(kept=(kept,))
        gone = tuple(row.name for row in known if row.kept <= over and row.name != name)
        await desk.casebook.record(change | Change(forgotten=gone))
        return left


def _checked(account: str, said: Unfinished) -> Unfinished:
    if said.kind != "share" or said.request is not None:
        raise ContentsMalformed("said")
    if said.draft.attachments:
        raise AttachmentUnknown("said.draft.attachments")  # a system has no files here
    # No question counts as answered: its person goes through all of them.
    marked = said.model_copy(update={"answered": (), "prepared_by": account})
    if len(dump(marked)) > SIZE:
        raise TooLarge("said")
    return marked


def _again(row: KeptRow, body: str) -> Left:
    kept = load(row.sealed, _KeptLeft, limit=_ANSWER)
    if kept.body != body:
        raise IdempotencyKeyReused
    return kept.left


async def _left(desk: Premises, account: str, person: str, said: Unfinished) -> tuple[Change, Left]:
    now, draft = desk.now(), new_id()
    name, at = PREFIX + draft, format_time(now)
    own = desk.trust.sealing_key(Party(agency=desk.agency, person=person), now)
    sealed = await asyncio.to_thread(seal_kept, name.encode(), dump(said), [own])
    change = Change(
        kept=(KeptRow(name, person, None, sealed, at),),
        audit=(AuditEntry(DRAFT_LEFT, at, person=person, code=account),),
    )
    return change, Left(draft=draft, until=format_time(now + LIFE))
