"""What changes nothing: held while it may yet be explained, otherwise kept as evidence.

Promises: what is held takes a bounded room, and whoever fills it gives way first: one agency's riddles leave
room for another's honest step that came early. Agencies that the directory does not know share one place,
since a name costs nothing to invent. That something was refused is on record for ever, with its digest and
reason; its bytes too, as long as there is room for them.
Never: the sender learns of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import LogDisagrees, LogForked
from exchange.store.casebook import AlarmRow, AuditEntry, Change, ContradictionRow, HeldRow, RefusedRow
from keys.errors import AgencyUnknown
from keys.record import digest, format_time
from keys.statement import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from exchange.desk.judge import Rejected
    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook

HELD_AT_MOST = 1000  # envelopes, and those of the batch that is being judged
REFUSED_WHOLE = 1000  # refused envelopes whose bytes are kept
CROWDED_OUT = "held_too_many"


class Aside:
    """One desk's place for what it does not believe."""

    def __init__(self, trust: Trust, casebook: Casebook, now: Callable[[], datetime]) -> None:
        """`now` reads the clock."""
        self._trust = trust
        self._casebook = casebook
        self._now = now

    async def put(self, rejected: Rejected, also: Change) -> Change:
        """Hold it or refuse it. What `also` releases was held already, and takes no more room now."""
        if rejected.awaits is None:
            return await self._refuse(rejected)
        name, code = digest(rejected.envelope), rejected.problem.code
        crowd = (code, self._known(rejected.agency))
        room = Change() if name in also.released else await self._room(crowd)
        if room is None:
            return await self._refuse(rejected)
        at = format_time(self._now())
        return room | Change(
            held=(
                HeldRow(name, rejected.envelope, rejected.awaits, crowd[1], code, at, rejected.received_at),
            )
        )

    async def _room(self, crowd: tuple[str, str | None]) -> Change | None:
        """Make room for one more of `crowd`, from the largest if that is another; None if there is none."""
        crowds = await self._casebook.held_crowds()
        if sum(crowds.values()) < HELD_AT_MOST:
            return Change()
        largest = max(crowds, key=lambda one: crowds[one])
        if crowds.get(crowd, 0) + 1 >= crowds[largest]:
            return None
        gone = await self._casebook.held_last(*largest)
        if gone is None:
            return None
        at = format_time(self._now())
        return Change(
            released=(gone.digest,),
            refused=(RefusedRow(gone.digest, await self._bytes(gone.envelope), CROWDED_OUT, at),),
            audit=(AuditEntry("refused", at, agency=gone.agency, code=CROWDED_OUT),),
        )

    async def _refuse(self, rejected: Rejected) -> Change:
        now, slip, problem = format_time(self._now()), rejected.slip, rejected.problem
        agency = rejected.agency
        problems = getattr(problem, "problems", (problem,))
        trail = tuple(
            AuditEntry("refused", now, slip.thread if slip else None, None, agency, None, one.code)
            for one in problems
        )
        alarm = isinstance(problem, LogDisagrees | LogForked)
        alarms = (AlarmRow(problem.code, agency or "", now),) if alarm else ()
        kept = await self._bytes(rejected.envelope)
        refused = RefusedRow(digest(rejected.envelope), kept, problem.code, now)
        return Change(
            refused=(refused,),
            audit=trail,
            alarms=alarms,
            contradictions=tuple(self._two_logs(rejected, now)),
        )

    def _two_logs(self, rejected: Rejected, now: str) -> Iterator[ContradictionRow]:
        """Keep what another agency says that it was shown beside what we were; nothing is sent there now."""
        slip, newest = rejected.slip, self._trust.log.newest
        if slip is None or newest is None or not isinstance(rejected.problem, LogForked):
            return
        self._trust.disputed |= {slip.author.agency}
        shown = dump(slip.log)
        name, agency = digest(rejected.envelope), slip.author.agency
        yield ContradictionRow(name, LogForked.code, agency, shown, newest.note, now)

    async def _bytes(self, envelope: bytes) -> bytes:
        return b"" if await self._casebook.refused_more_than(REFUSED_WHOLE - 1) else envelope

    def _known(self, agency: str | None) -> str | None:
        if agency is None:
            return None
        try:
            return self._trust.directory.agency(agency).agency
        except AgencyUnknown:
            return None
