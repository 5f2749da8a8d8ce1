"""What the mail brings: judged, folded, and recorded in one transaction with the cursor that covers it.

Promises: an envelope changes this desk's state only if `judge` believes it and its author takes part in the
thread; everything else is refused (kept as evidence, audited with the precise code) or held until a roster or
the directory explains it. What arrives twice counts once. A batch, its refusals and its cursor are one
change: lost or durable together.
Never: the sender learns why; one bad envelope stops the others.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from exchange.desk.aside import Aside
from exchange.desk.courier.taken_back import taken_back_in_roster
from exchange.desk.judge import Believed, Rejected
from exchange.desk.rows import step_row
from exchange.errors import NotYours, SlipOutOfTime, ThreadMoved
from exchange.evidence.judging import judging
from exchange.sealing import LetterKind
from exchange.share.belonging import antedated
from exchange.share.leg import hand_of, move_of
from exchange.share.thread import admit
from exchange.store.casebook import AuditEntry, BlobRow, Change, RosterRow
from keys.errors import KeyUnknown, Problem
from keys.record import format_time, parse_time
from keys.roster import RosterDocument, open_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from exchange.desk.casefile import CaseFile, CaseFiles
    from exchange.desk.judge import Judge
    from exchange.desk.rows import Lists
    from exchange.desk.trust import Trust
    from exchange.sealing import OpenedEnvelope
    from exchange.share.thread import Step
    from exchange.store.casebook import Casebook, LegRow
    from exchange.store.casebook.rows import Awaits
    from exchange.wire.slip import Slip

ATTEMPTS = 5
JUDGES = 8  # rosters that are asked, at most, whether somebody was in a role


class Receiver:
    """One desk's door for what comes from the hub."""

    def __init__(  # noqa: PLR0913, PLR0917 - the door needs all of them
        self,
        judge: Judge,
        trust: Trust,
        casebook: Casebook,
        files: CaseFiles,
        lists: Lists,
        now: Callable[[], datetime],
    ) -> None:
        """`now` reads the clock."""
        self._judge = judge
        self._trust = trust
        self._casebook = casebook
        self._files = files
        self._lists = lists
        self._now = now
        self._aside = Aside(trust, casebook, now)

    async def receive(self, envelopes: Sequence[bytes], also: Change) -> None:
        """Judge `envelopes` and record what follows, together with `also`; durable when this returns.

        A batch's rosters count before its slips, so that a newcomer's first share needs no second look.
        """
        size = self._trust.size
        await self._receive([(envelope, size) for envelope in envelopes], also)

    async def _receive(self, mail: Sequence[tuple[bytes, int]], also: Change) -> None:
        """Do the same for envelopes, each with the size of the key log when it first came."""
        now = self._now()
        letters = await asyncio.to_thread(lambda: [(*one, self._judge.open(*one)) for one in mail])
        change, slips = also, []
        for envelope, size, letter in letters:
            if isinstance(letter, Rejected):
                change |= await self._aside.put(letter, also)
            elif letter.letter.object is LetterKind.SLIP:
                slips.append((envelope, letter, now, size))
            else:
                change |= await self._take_roster(envelope, letter, size, also)
        judged = await asyncio.to_thread(lambda: [self._judge.judge(*one) for one in slips])
        await self._record(judged, change)

    async def retry(self, awaits: Awaits, agency: str | None = None) -> None:
        """Judge again what is held for a roster (of `agency`), or for the directory."""
        after = 0
        while held := await self._casebook.held(awaits, agency, after=after):
            gone = Change(released=tuple(row.digest for row in held))
            await self._receive([(row.envelope, row.received_at) for row in held], gone)
            after = held[-1].number

    async def _take_roster(
        self, envelope: bytes, opened: OpenedEnvelope, received_at: int, also: Change
    ) -> Change:
        letter, now = opened.letter, self._now()
        document = RosterDocument(letter.payload, letter.signature, letter.parts)
        before = self._trust.roster(document.list().agency)
        try:
            roster = await asyncio.to_thread(self._trust.take_roster, document, now, received_at=received_at)
        except KeyUnknown as problem:  # an agency, or a key of one, that this desk has not been shown yet
            of = document.list().agency
            rejected = Rejected(envelope, problem, received_at, awaits="directory", of=of)
            return await self._aside.put(rejected, also)
        except Problem as problem:
            return await self._aside.put(Rejected(envelope, problem, received_at), also)
        at = format_time(now)
        if before is roster and await self._casebook.roster(roster.agency, roster.version) is None:
            before = None  # believed, but not stored: what it took back was not told either
        alarms = await taken_back_in_roster(self._casebook, before, roster, at)
        row = RosterRow(roster.agency, roster.version, roster.expires, envelope, at, received_at)
        audit = (AuditEntry("roster", at, agency=roster.agency),)
        return Change(rosters=(row,), audit=audit, alarms=alarms)

    async def _record(self, judged: Iterable[Believed | Rejected], change: Change) -> None:
        believed = []
        for one in judged:
            if isinstance(one, Believed):
                believed.append(one)
            else:
                change |= await self._aside.put(one, change)
        # A request before the shares that cite it, whichever came first.
        believed.sort(key=lambda one: one.opened.step.slip.kind != "request")
        touched = await self._touched(believed)
        for _ in range(ATTEMPTS):
            async with self._files.holding(thread for threads in touched.values() for thread in threads):
                files, news = await self._fold(believed, touched, change)
                for thread in files:
                    self._files.forget(thread)  # until it is known what became of it
                with suppress(ThreadMoved):
                    await self._casebook.record(change | news)
                    for file in files.values():
                        self._files.remember(file)
                    return
        raise ThreadMoved

    async def _touched(self, believed: Sequence[Believed]) -> dict[str, tuple[str, ...]]:
        """Name the threads that each step changes: its own, and that of the request which a share cites."""
        steps = [one.opened.step for one in believed]
        asked = {step.digest: step.slip.thread for step in steps if step.slip.kind == "request"}
        touched = {}
        for step in steps:
            cited = None
            if step.slip.kind == "share" and step.slip.answers is not None:
                cited = asked.get(step.slip.answers) or await self._files.request_thread(step.slip.answers)
            touched[step.digest] = tuple(thread for thread in (step.slip.thread, cited) if thread)
        return touched

    async def _fold(
        self, believed: Sequence[Believed], touched: dict[str, tuple[str, ...]], also: Change
    ) -> tuple[dict[str, CaseFile], Change]:
        files = await self._files.load_all(thread for threads in touched.values() for thread in threads)
        change = Change()
        for one in believed:
            step = one.opened.step
            file = files[step.slip.thread]
            if step.digest in file.opened:
                continue
            try:
                for thread in touched[step.digest]:
                    files[thread].demand_room(step.slip.author.agency)
                await self._admit(file, step)
            except Problem as problem:
                rejected = Rejected(one.envelope, problem, one.opened.received_at, step.slip)
                change |= await self._aside.put(rejected, also)
                continue
            if step.slip.kind == "request":
                citing = await self._files.citing(step.digest)
                files[step.slip.thread] = replace(file, citing={**file.citing, **citing})
            news: tuple[LegRow, ...] = ()
            for thread in touched[step.digest]:
                files[thread] = files[thread].with_step(one.opened, self._lists, one.opened.received)
                news += files[thread].news
            change |= _arrived(one, news)
        rows = tuple(file.row for file in files.values() if file.row is not None)
        return files, change | Change(threads=rows)

    async def _admit(self, file: CaseFile, step: Step) -> None:
        """Refuse a stranger's step, one for a role by somebody who was not in it, and an antedated one."""
        admit(file.status, step)
        if antedated(step, {name: one.step for name, one in file.opened.items()}):
            raise SlipOutOfTime("created")
        opening, slip = file.status.opening, step.slip
        if opening is None or slip.kind == "note" or not opening.slip.to:
            return
        number = slip.leg or 0
        party = opening.slip.to[number] if number < len(opening.slip.to) else None
        if party is None or party.role is None:
            return
        by_role = hand_of(opening.slip, party, move_of(slip)) == "recipient"
        if by_role and not await self._acted_for(party.agency, party.role, slip):
            raise NotYours

    async def _acted_for(self, agency: str, role: str, slip: Slip) -> bool:
        """Whether the author is in the role now, or was by the rosters that judge the moment of signing.

        A team changes with each shift, and its new roster may overtake what the last shift still signed.
        """
        if self._trust.is_member(agency, role, slip.author.person):
            return True
        documents = await self._files.rosters(agency)
        return await asyncio.to_thread(self._was_member, documents, agency, role, slip)

    def _was_member(self, documents: Sequence[RosterDocument], agency: str, role: str, slip: Slip) -> bool:
        """Ask the rosters that judge the moment of signing, whose keys still count. Processor time."""
        keys, now = self._trust.agency_keys(agency), self._now()
        counting = []
        for document in documents:
            with suppress(Problem):
                keys.signing_key(document.list().key)
                counting.append(document)
        made = [parse_time(document.list().created) for document in counting]
        for place in judging(made, parse_time(slip.created))[:JUDGES]:
            with suppress(Problem):
                roster = open_roster(counting[place], keys, now, newer_than=None, expired_too=True)
                if roster.is_member(role, slip.author.person):
                    return True
        return False


def _arrived(one: Believed, legs: tuple[LegRow, ...]) -> Change:
    step, received = one.opened.step, one.opened.received
    slip = step.slip
    return Change(
        steps=(step_row(step, received, one.opened.received_at, one.envelope, mine=False),),
        legs=legs,
        blobs=tuple(BlobRow(pin.digest, pin.size, "download", slip.thread) for pin in slip.attachments),
        audit=(
            AuditEntry(
                "received",
                received,
                slip.thread,
                step.digest,
                slip.author.agency,
                slip.author.person,
                slip.kind,
            ),
        ),
    )
