"""What the recipient of a share does: accept, decline, restate; and what either side may say in a note.

Promises: reading gates nothing but restating: a read-back is refused until its writer could read the version
that it restates, and names that exact version.
Each gives `remember` what it signed, for what is recorded in the same transaction.
Never: a step here closes anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.service.reading import demand_accepted, leg_of, open_version
from exchange.desk.service.steps import Bonds, Plan, take
from exchange.errors import ContentsRefused, Superseded
from exchange.share.rules import check_read_back
from exchange.wire.contents import AcceptContents, DeclineContents, NoteContents, ReadBackContents

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile
    from exchange.desk.people import Session
    from exchange.desk.service.drafts import AcceptDraft, DeclineDraft, NoteDraft, ReadBackDraft
    from exchange.desk.service.pen import Composed
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.steps import Taken


async def accept(  # noqa: PLR0913 - where it is taken, and what is recorded with it
    desk: Premises,
    session: Session,
    thread: str,
    leg: int,
    draft: AcceptDraft,
    *,
    remember: Taken | None = None,
) -> Composed:
    """Say: I am the right person, and this is my part in it."""

    async def plan(file: CaseFile) -> Plan:
        version = leg_of(desk, session, file, leg).version
        return Plan(
            "accept", leg, version, lambda b: AcceptContents(**b, kind="accept", my_part=draft.my_part)
        )

    return await take(desk, session, thread, plan, remember)


async def decline(  # noqa: PLR0913 - where it is taken, and what is recorded with it
    desk: Premises,
    session: Session,
    thread: str,
    leg: int,
    draft: DeclineDraft,
    *,
    remember: Taken | None = None,
) -> Composed:
    """Say: not mine to have. Nothing was read if nothing was accepted."""

    async def plan(file: CaseFile) -> Plan:
        version = leg_of(desk, session, file, leg).version

        def say(bonds: Bonds) -> DeclineContents:
            return DeclineContents(**bonds, kind="decline", reason=draft.reason, words=draft.words)

        return Plan("decline", leg, version, say)

    return await take(desk, session, thread, plan, remember)


async def read_back(  # noqa: PLR0913 - where it is taken, and what is recorded with it
    desk: Premises,
    session: Session,
    thread: str,
    leg: int,
    draft: ReadBackDraft,
    *,
    remember: Taken | None = None,
) -> Composed:
    """Restate the version that stands, in one's own words."""

    async def plan(file: CaseFile) -> Plan:
        at = leg_of(desk, session, file, leg)
        demand_accepted(desk, session, file, at)
        version = draft.version
        if version != at.version:
            raise Superseded
        share, _ = await open_version(desk, session, file, at)

        def say(bonds: Bonds) -> ReadBackContents:
            contents = ReadBackContents(
                **bonds,
                kind="read_back",
                version=version,
                restatements=draft.restatements,
                key_point=draft.key_point,
                will_do=draft.will_do,
                not_known=draft.not_known,
            )
            problems = check_read_back(contents, share)
            if problems:
                raise ContentsRefused(problems)
            return contents

        return Plan("read_back", leg, version, say)

    return await take(desk, session, thread, plan, remember)


async def note(  # noqa: PLR0913 - where it is taken, and what is recorded with it
    desk: Premises,
    session: Session,
    thread: str,
    leg: int | None,
    draft: NoteDraft,
    *,
    remember: Taken | None = None,
) -> Composed:
    """Ask or answer something; no state changes."""

    async def plan(file: CaseFile) -> Plan:
        if leg is not None:
            leg_of(desk, session, file, leg)
        return Plan("note", leg, None, lambda b: NoteContents(**b, kind="note", words=draft.words))

    return await take(desk, session, thread, plan, remember)
