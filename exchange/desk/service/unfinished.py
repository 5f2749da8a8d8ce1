"""What somebody has not finished writing: kept at their desk, sealed to them alone, until it is sent.

Promises: each save replaces the one before, or is refused if that is not the one that its writer saw
(`DraftMoved`); nobody but its writer learns that there is a draft, and nobody can open it, their agency's
records key not either. Sending forgets it in the transaction that records the step, and sending it twice
sends it once. It is gone when its writer throws it away, and `unsent.LIFE` after it was last saved.
Never: a draft is judged when it is saved, leaves this desk, or is larger than `SIZE`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

from exchange.desk.service import sharing
from exchange.desk.service.draft_views import DraftRow, DraftView, Unfinished
from exchange.desk.service.keeping import file_name, kept_file
from exchange.desk.service.once import Begun, do_once, once_of
from exchange.desk.unsent import LIFE, PREFIX
from exchange.errors import AttachmentUnknown, DraftMoved, DraftsTooMany, DraftUnknown, TooLarge
from exchange.sealing import open_kept, seal_kept
from exchange.store.casebook import Change, KeptRow
from exchange.wire import limits
from exchange.wire.slip import Party
from keys.errors import Problem
from keys.record import digest, format_time, new_id, parse_time
from keys.statement import dump, load

if TYPE_CHECKING:
    from datetime import datetime

    from exchange.desk.people import Session
    from exchange.desk.service.once import Once, Remember
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.views import Posted

SIZE: Final = 2 * limits.CONTENTS  # bytes of one draft
AT_MOST: Final = 20  # drafts of one person


async def unfinished(desk: Premises, session: Session) -> tuple[DraftRow, ...]:
    """List this person's drafts, the one that was saved last first, without a word of any."""
    now = desk.now()
    rows = [row for row in await desk.casebook.kept_of(session.person, PREFIX) if not _over(row, now)]
    rows.sort(key=lambda row: (row.kept, row.name), reverse=True)
    return await asyncio.to_thread(lambda: tuple(_row(session, row) for row in rows))


async def begin(desk: Premises, session: Session, said: Unfinished, once: Once | None = None) -> DraftView:
    """Keep a new draft, under one `once` one; `DraftsTooMany` for somebody who has `AT_MOST` already.

    Asked again under the same `once`, it gives that draft as it stands then.
    """

    async def act(remember: Remember) -> Begun:
        async with desk.files.holding([f"{PREFIX}of/{session.person}"]):
            if len(await unfinished(desk, session)) >= AT_MOST:
                raise DraftsTooMany
            begun = Begun(draft=new_id())
            await _save(desk, session, begun.draft, said, await remember(begun))
            return begun

    return await resume(desk, session, (await do_once(desk, session, once, act)).draft)


async def resume(desk: Premises, session: Session, draft: str) -> DraftView:
    """Open a draft; `DraftUnknown` if this person has none of that name."""
    row = await _find(desk, session, draft)
    said = await asyncio.to_thread(_open, session, row)
    return _view(draft, row, said)


async def keep(desk: Premises, session: Session, draft: str, revision: str, said: Unfinished) -> DraftView:
    """Save a draft in place of its `revision`; `DraftMoved` if another stands there now."""
    async with desk.files.holding([PREFIX + draft]):
        row = await _find(desk, session, draft)
        if digest(row.sealed) != revision:
            raise DraftMoved
        return await _save(desk, session, draft, said)


async def throw_away(desk: Premises, session: Session, draft: str) -> None:
    """Forget a draft, and the keys and bytes of the files that only it had; `DraftUnknown`."""
    async with desk.files.holding([PREFIX + draft]):
        row = await _find(desk, session, draft)
        try:
            said = await asyncio.to_thread(_open, session, row)
        except DraftUnknown:
            handles: list[str] = []  # nobody can open it any more
        else:
            handles = [one.handle for one in said.draft.attachments]
        gone = [row.name]
        for handle in handles:
            gone += await _only_here(desk, session, handle)
        await desk.casebook.record(Change(forgotten=tuple(gone)))


async def send(desk: Premises, session: Session, draft: str, revision: str) -> Posted:
    """Seal and post a revision of a draft, and forget the draft; asked again, the answer is the same.

    `DraftMoved` if another revision stands there now: nothing is sent that its writer has not seen.
    """

    async def act(remember: Remember) -> Posted:
        async with desk.files.holding([PREFIX + draft]):
            found = await resume(desk, session, draft)
            if found.revision != revision:
                raise DraftMoved

            async def and_forget(posted: Posted) -> Change:
                return await remember(posted) | Change(forgotten=(PREFIX + draft,))

            return await sharing.share(desk, session, found.said.draft, and_forget)

    # The draft's own name is the key: it is drawn at random, and sent once or never.
    return await do_once(desk, session, once_of(session, draft, "sendDraft", b""), act)


def _over(row: KeptRow, now: datetime) -> bool:
    return parse_time(row.kept) + LIFE <= now


async def _find(desk: Premises, session: Session, draft: str) -> KeptRow:
    row = await desk.casebook.kept(PREFIX + draft)
    if row is None or row.person != session.person or _over(row, desk.now()):
        raise DraftUnknown
    return row


def _open(session: Session, row: KeptRow) -> Unfinished:
    """Open a draft; `DraftUnknown` where its writer's keys were replaced since by other hands."""
    try:
        raw = open_kept(row.name.encode(), row.sealed, session.keyring.opening)
        return load(raw, Unfinished, limit=SIZE)
    except Problem:
        raise DraftUnknown from None


async def _save(
    desk: Premises, session: Session, draft: str, said: Unfinished, more: Change | None = None
) -> DraftView:
    now = desk.now()
    name, raw = PREFIX + draft, dump(said)
    if len(raw) > SIZE:
        raise TooLarge("draft")
    own = desk.trust.sealing_key(Party(agency=desk.agency, person=session.person), now)
    sealed = await asyncio.to_thread(seal_kept, name.encode(), raw, [own])
    row = KeptRow(name, session.person, None, sealed, format_time(now))
    await desk.casebook.record(Change(kept=(row,)) | (more or Change()))
    return _view(draft, row, said)


def _view(draft: str, row: KeptRow, said: Unfinished) -> DraftView:
    return DraftView(
        draft=draft,
        revision=digest(row.sealed),
        saved=row.kept,
        until=format_time(parse_time(row.kept) + LIFE),
        said=said,
    )


def _row(session: Session, row: KeptRow) -> DraftRow:
    until = format_time(parse_time(row.kept) + LIFE)
    draft = row.name.removeprefix(PREFIX)
    try:
        said = _open(session, row)
    except DraftUnknown:
        return DraftRow(draft=draft, saved=row.kept, until=until, kind=None, to=(), answers=False)
    people: tuple[Literal["person"], ...] = (
        ("person",) if any(one.person for one in said.draft.recipients) else ()
    )
    roles: tuple[Literal["role"], ...] = ("role",) if any(one.role for one in said.draft.recipients) else ()
    return DraftRow(
        draft=draft,
        saved=row.kept,
        until=until,
        kind=said.kind,
        to=(*people, *roles),
        answers=said.request is not None,
        prepared_by=said.prepared_by,
    )


async def _only_here(desk: Premises, session: Session, handle: str) -> list[str]:
    """Name what is kept of a file that no share has, and throw its sealed bytes away."""
    try:
        file = await kept_file(desk, session, handle)
    except AttachmentUnknown:
        return []
    if await desk.casebook.blob(file.pin.digest) is not None:
        return []
    path = desk.blobs.path(file.pin.digest)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return [file_name(handle)]
