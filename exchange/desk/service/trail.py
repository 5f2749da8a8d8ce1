"""The audit trail as an administrator may see it, and the alarms that stand, each with what mends it.

Promises: of each entry an administrator is shown the number, the time, what happened, and only those other
fields that `SHOWN` names for it: an administrator of keys never learns what was shared, by whom or with whom.
Each entry was checked against the one before it; the head that stands in the key log is compared.
Never: a thread, a step, or another agency's id in an entry, and no person's but of those who signed in, held
a ceremony, put a desk back to work, or broke the glass; a word of anybody's.

What is kept from them stands in the trail all the same: `readback desk audit HOME` shows it to whoever has
the agency's folder and its keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from exchange.desk import ceremonies
from exchange.desk.alarms import MEANINGS
from exchange.desk.behind import RESUMED
from exchange.desk.courier.anchor import ANCHORED
from exchange.desk.courier.directory import NOT_OURS
from exchange.desk.courier.taken_back import TAKEN_BACK
from exchange.desk.scopes import ACCOUNT_ADDED, ACCOUNT_REVOKED, DRAFT_LEFT
from exchange.desk.service import commands
from exchange.desk.service.breakglass import OPENED
from exchange.desk.service.gate import demand_administrator
from exchange.desk.service.ownkeys import AnchorView, anchored
from exchange.desk.service.roll import name_in
from exchange.errors import AuditBroken, DeskBehind, LogDisagrees, LogForked
from keys.record import Digest, Frozen, Time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.store.casebook import AlarmRow, AuditRow
    from keys.roster import Roster

Field = Literal["person", "step", "code"]
Kind = Literal["all", "people", "systems", "keys", "alarms", "mail"]
ROWS: Final = 50  # of one page
AT_ONCE: Final = 500  # entries that an export reads together
_NOTHING: Final[frozenset[Field]] = frozenset()
_CODE: Final[frozenset[Field]] = frozenset({"code"})
SHOWN: Final[Mapping[str, frozenset[Field]]] = {
    "signed_in": frozenset({"person"}),
    "passphrase_changed": frozenset({"person"}),
    "passkey_added": frozenset({"person"}),
    "passkey_removed": frozenset({"person"}),
    ceremonies.EVENT: frozenset({"person", "step", "code"}),  # here the step is the transcript's digest
    RESUMED: frozenset({"person", "code"}),
    OPENED: frozenset({"person"}),
    "alarm": _CODE,
    "alarm_dealt_with": _CODE,
    "log_followed": _CODE,
    "log_cosigned": _CODE,
    ANCHORED: _CODE,
    "refused": _CODE,
    "envelope_refused": _CODE,
    "envelope_unpostable": _CODE,
    "notice_refused": _CODE,
    ACCOUNT_ADDED: _CODE,
    ACCOUNT_REVOKED: _CODE,
    DRAFT_LEFT: _CODE,
}
KINDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "all": (),
    "systems": (ACCOUNT_ADDED, ACCOUNT_REVOKED, DRAFT_LEFT),
    "people": ("signed_in", "passphrase_changed", "passkey_added", "passkey_removed", OPENED),
    "keys": (ceremonies.EVENT, RESUMED, ANCHORED, "log_followed", "log_cosigned", "roster", "roster_sent"),
    "alarms": ("alarm", "alarm_dealt_with"),
    "mail": ("refused", "envelope_refused", "envelope_unpostable", "envelope_expired", "notice_refused"),
}
_NAMED: Final = frozenset({NOT_OURS, TAKEN_BACK, LogForked.code, LogDisagrees.code})  # an agency to ring


class TrailEntry(Frozen):
    """One entry, as far as an administrator may see it; `follows` if it fits the one before it."""

    number: int
    at: Time
    event: str
    code: str | None
    person: str | None
    name: str | None  # of that person, where the agency's list still has them
    transcript: Digest | None
    chain: Digest
    follows: bool


class TrailView(Frozen):
    """A page of the trail, newest first. `before` gives the next page; None where this is the last."""

    kind: Kind
    entries: tuple[TrailEntry, ...]
    before: int | None
    last: int
    anchor: AnchorView | None
    whole: str  # the command that shows all of it


class KeyAlarm(Frozen):
    """An alarm in words; `agency` only where an agency is to be rung because of its keys."""

    name: str
    since: Time
    grave: Literal["act now", "today", "look"]
    meaning: str
    what_to_do: str
    agency: str | None
    over: str | None  # the command that ends it, where it does not end by itself


async def trail(desk: Premises, session: Session, kind: Kind, before: int | None) -> TrailView:
    """Give a page of the trail to an administrator; `PageUnknown` to anybody else."""
    return await page(desk, await demand_administrator(desk, session), kind, before)


async def page(desk: Premises, roster: Roster, kind: Kind, before: int | None) -> TrailView:
    """Give a page of the trail, for whoever was found to be allowed to ask."""
    rows = await desk.casebook.audit_back(before, events=KINDS[kind], limit=ROWS + 1)
    last = await desk.casebook.last_audit()
    shown = rows[:ROWS]
    return TrailView(
        kind=kind,
        entries=tuple(_entry(roster, row, follows=follows) for row, follows in shown),
        before=shown[-1][0].number if len(rows) > ROWS else None,
        last=0 if last is None else last.number,
        anchor=await anchored(desk),
        whole=commands.TRAIL,
    )


async def export(desk: Premises, session: Session) -> AsyncIterator[TrailEntry]:
    """Give the whole trail from its first entry, checked from there on; `PageUnknown` for anybody else.

    At an entry that does not follow from the one before it, it ends with `AuditBroken` and the number.
    """
    roster = await demand_administrator(desk, session)
    return _every(desk, roster)


async def alarms(desk: Premises, session: Session) -> tuple[KeyAlarm, ...]:
    """List the alarms that stand for an administrator; `PageUnknown` for anybody else."""
    await demand_administrator(desk, session)
    return tuple(map(_alarm, await desk.casebook.alarms()))


async def _every(desk: Premises, roster: Roster) -> AsyncIterator[TrailEntry]:
    newest = await desk.casebook.last_audit()
    number, last = 0, 0 if newest is None else newest.number
    while number < last:
        page = (await desk.casebook.audit_back(min(number + AT_ONCE, last) + 1, limit=AT_ONCE))[::-1]
        for row, follows in page:
            if row.number <= number:
                continue
            if row.number != number + 1 or not follows:
                raise AuditBroken(f"entry {number + 1}")
            number = row.number
            yield _entry(roster, row, follows=True)
        if not page:
            raise AuditBroken(f"entry {number + 1}")


def _entry(roster: Roster, row: AuditRow, *, follows: bool) -> TrailEntry:
    shown, entry = SHOWN.get(row.entry.event, _NOTHING), row.entry
    person = entry.person if "person" in shown else None
    return TrailEntry(
        number=row.number,
        at=entry.at,
        event=entry.event,
        code=entry.code if "code" in shown else None,
        person=person,
        name=None if person is None else name_in(roster, person),
        transcript=entry.step if "step" in shown else None,
        chain=row.chain,
        follows=follows,
    )


def _alarm(row: AlarmRow) -> KeyAlarm:
    meaning = MEANINGS[row.name]
    stays = not meaning.ends and row.name != DeskBehind.code  # that one ends with `resume` alone
    return KeyAlarm(
        name=row.name,
        since=row.raised,
        grave=meaning.grave,
        meaning=meaning.says,
        what_to_do=meaning.do,
        agency=row.subject or None if row.name in _NAMED else None,
        over=commands.over(row.name) if stays else None,
    )
