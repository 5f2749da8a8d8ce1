"""Whether this desk was set back: it has signed more than its casebook remembers.

Promises: a cosignature of ours under a checkpoint that the casebook does not know as cosigned, or an anchor
of ours that the audit trail does not have, is taken for what it is: the casebook is an old copy, or somebody
holds our keys. From then on, also after a restart, this desk serves nobody and sends nothing, until people
decide (`resume`), in a ceremony whose signed transcript names what was forgotten. The trail has it too.
Never: it finds out by itself what was lost; or clears itself.

An anchor's number is that of the audit trail's newest entry, plus a base. The base is 0 until a trail was cut
short; then it is the last number that the log had, so that numbers only rise, whatever was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from exchange.errors import DeskBehind, NothingToResume
from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.errors import HomeSetBack
from keys.event import Anchor, read_logged
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from exchange.store.casebook import Casebook
    from keys.ceremony.transcript import Transcript
    from keys.statement import Signed

ALARM: Final = DeskBehind.code
RESUMED: Final = "desk_resumed"
# Cursors of the casebook. The first two are what people have forgiven, the others what was found.
ANCHOR_BASE: Final = "anchor_base"
COSIGNED_BEFORE: Final = "cosigned_before"
_FOUND_ANCHOR: Final = "anchor_found"
_FOUND_COSIGNED: Final = "cosigned_found"


class Memory:
    """What one desk remembers of its own signatures; `behind` once it was found to remember too little."""

    def __init__(self, agency: str, casebook: Casebook) -> None:
        self._agency = agency
        self._casebook = casebook
        self.behind = False
        self.home_behind = False  # known anew at each look at the log: see `desk.known`

    async def recall(self) -> None:
        """Look whether it was found out before."""
        self.behind = any(alarm.name == ALARM for alarm in await self._casebook.alarms())

    def demand_whole(self) -> None:
        """Raise `DeskBehind` if this desk was set back, `HomeSetBack` if its home was."""
        if self.behind:
            raise DeskBehind
        if self.home_behind:
            raise HomeSetBack("events")

    async def check(self, entries: Sequence[Signed], cosigned: int, now: datetime) -> None:
        """Compare with the log: its new entries, and under which size stands our cosignature (0: none).

        `DeskBehind`, which is durable then.
        """
        if self.behind:
            raise DeskBehind
        anchors = list(_anchors(self._agency, entries))
        if (
            await self._knows_cosigned(cosigned)
            and [one for one in anchors if not await self._knows(one)] == []
        ):
            return
        self.behind, at = True, format_time(now)
        newest = max((anchor.number for anchor in anchors), default=0)
        await self._casebook.record(
            Change(
                alarms=(AlarmRow(ALARM, "", at),),
                audit=(AuditEntry("alarm", at, code=ALARM),),
                cursors=((_FOUND_ANCHOR, newest), (_FOUND_COSIGNED, cosigned)),
            )
        )
        raise DeskBehind

    async def _knows_cosigned(self, size: int) -> bool:
        forgiven = await self._casebook.cursor(COSIGNED_BEFORE)
        return size <= max(await self._casebook.cosigned(), forgiven)

    async def _knows(self, anchor: Anchor) -> bool:
        number = anchor.number - await self._casebook.cursor(ANCHOR_BASE)
        if number <= 0:
            return True
        row = next(iter(await self._casebook.audit(number - 1, limit=1)), None)
        return row is not None and row.chain == anchor.head


class Forgotten(NamedTuple):
    """What a desk that was set back has forgotten, as far as is known."""

    anchors: int  # the number of its last anchor
    cosigned: int  # the size of the last log that it cosigned


async def forgotten(casebook: Casebook) -> Forgotten:
    """Say what people are to forgive; `NothingToResume` if it was not found to be set back."""
    if ALARM not in {alarm.name for alarm in await casebook.alarms()}:
        raise NothingToResume
    return Forgotten(
        max(await casebook.cursor(ANCHOR_BASE), await casebook.cursor(_FOUND_ANCHOR)),
        max(await casebook.cursor(COSIGNED_BEFORE), await casebook.cursor(_FOUND_COSIGNED)),
    )


async def resume(casebook: Casebook, held: Transcript) -> None:
    """Let a desk that was set back go on, as those who held this ceremony decided; as `forgotten`.

    Their words do not stand in the audit trail, which holds ids and codes alone: the digest of a salt and
    them does, and both are sealed beside the transcript.
    """
    found = await forgotten(casebook)
    told = (f"reasons:{held.reasons}", f"anchors:{found.anchors}", f"cosigned:{found.cosigned}")
    await casebook.record(
        Change(
            cursors=((ANCHOR_BASE, found.anchors), (COSIGNED_BEFORE, found.cosigned)),
            cleared=(AlarmRow(ALARM, "", held.at, held.at),),
            audit=(
                *(AuditEntry(RESUMED, held.at, person=person) for person in held.by),
                *(AuditEntry(RESUMED, held.at, code=code) for code in told),
            ),
        )
    )


def _anchors(agency: str, entries: Sequence[Signed]) -> Iterator[Anchor]:
    for signed in entries:
        logged = read_logged(signed.payload)
        if isinstance(logged, Anchor) and logged.agency == agency:
            yield logged
