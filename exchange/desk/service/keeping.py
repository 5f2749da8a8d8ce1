"""What a person keeps at their own desk: the ranking that a share committed to, and the keys of files.

Promises: it is sealed to the person, never to the desk; what was sent to others is sealed to the agency's
records too, and recorded in the same transaction as the step that depends on it. A file that was not sent yet
is its writer's alone, as the draft is.
Never: it leaves this desk but by the person's own act: a ranking in a hear-back, a file's key in a share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from exchange.errors import AttachmentUnknown, EmphasisUnknown
from exchange.sealing import open_kept, seal_kept
from exchange.store.casebook import Change, KeptRow
from exchange.wire import limits
from exchange.wire.contents import Emphasis, EmphasisReveal, read_emphasis
from exchange.wire.slip import AttachmentPin, Party
from keys.errors import Problem
from keys.record import Base64, Frozen, decode, format_time
from keys.statement import dump, load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from exchange.desk.people import Session
    from exchange.desk.service.pen import Composed
    from exchange.desk.service.premises import Premises
    from keys.suite import SealingKey


class KeptFile(Frozen):
    """A sealed file's pin, its true size, and the key that opens it."""

    pin: AttachmentPin
    size: Annotated[int, Field(ge=0, le=limits.ATTACHMENT)]
    key: Base64


def keepers(desk: Premises, session: Session, now: datetime) -> tuple[SealingKey, ...]:
    """Name the keys to which this person's things are sealed: their own, and the agency's records'."""
    own = Party(agency=desk.agency, person=session.person)
    return desk.trust.sealing_key(own, now), desk.trust.records_key(desk.agency, now)


def emphasis_name(step: str, leg: int) -> str:
    """Under which name the ranking of a version is kept, for one leg."""
    return f"emphasis/{step}/{leg}"


def keep_emphasis(
    desk: Premises, session: Session, rankings: Iterable[tuple[int, EmphasisReveal]], composed: Composed
) -> Change:
    """Keep what each leg's hear-back will reveal of the version that was composed. Processor time."""
    now, step = desk.now(), composed.step
    keys, at = keepers(desk, session, now), format_time(now)
    kept = []
    for leg, reveal in rankings:
        name = emphasis_name(step.digest, leg)
        sealed = seal_kept(name.encode(), dump(reveal), keys)
        kept.append(KeptRow(name, session.person, step.slip.thread, sealed, at))
    return Change(kept=tuple(kept))


async def kept_reveal(desk: Premises, session: Session, step: str, leg: int) -> EmphasisReveal:
    """Open the ranking kept for this version and leg; `EmphasisUnknown` if it is not this person's."""
    name = emphasis_name(step, leg)
    row = await desk.casebook.kept(name)
    if row is None or row.person != session.person:
        raise EmphasisUnknown
    try:
        raw = open_kept(name.encode(), row.sealed, session.keyring.opening)
    except Problem:
        raise EmphasisUnknown from None
    return load(raw, EmphasisReveal, limit=2 * limits.CONTENTS)


def emphasis_in(reveal: EmphasisReveal) -> Emphasis:
    """Read the ranking out of what will be revealed."""
    return read_emphasis(decode(reveal.emphasis))


def file_name(handle: str) -> str:
    """Under which name a file's key is kept until it is sent."""
    return f"file/{handle}"


def keep_file(desk: Premises, session: Session, handle: str, file: KeptFile) -> Change:
    """Keep a file's key, for the person alone: what is sent carries it. Processor time."""
    now = desk.now()
    name = file_name(handle)
    own = Party(agency=desk.agency, person=session.person)
    sealed = seal_kept(name.encode(), dump(file), (desk.trust.sealing_key(own, now),))
    return Change(kept=(KeptRow(name, session.person, None, sealed, format_time(now)),))


async def kept_file(desk: Premises, session: Session, handle: str) -> KeptFile:
    """Open a file's key that this person attached; `AttachmentUnknown` otherwise."""
    name = file_name(handle)
    row = await desk.casebook.kept(name)
    if row is None or row.person != session.person:
        raise AttachmentUnknown
    try:
        raw = open_kept(name.encode(), row.sealed, session.keyring.opening)
    except Problem:
        raise AttachmentUnknown from None
    return load(raw, KeptFile, limit=limits.KIB * 16)
