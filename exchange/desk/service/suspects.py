"""What was signed or opened under a key that somebody else may have: for people to look at after a theft.

Promises: every step of the casebook is looked at; one is named if that key signed it, if that key opens a
part of it, or the envelope that brought it, or if that key vouches for its author's agency (a signing key or
a root) and it came no sooner than the place in the log from which that key was revoked. It says with whom it
was shared, so that they can be told.
Never: it judges which of them the thief made; or opens anybody's words: who signed and for whom stands in
slips and in the sealed parts' headers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple

from exchange.sealing import open_envelope
from exchange.wire import slip
from exchange.wire.envelope import parse_envelope, parse_part
from keys.directory import Directory
from keys.record import Frozen
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.store.casebook import Casebook, LogEntryRow, StepRow
    from keys.agency import AgencyKeys
    from keys.ceremony.home import AgencyHome

Hand = Literal["signed", "opens", "vouched"]
_PORTION = 500  # entries of the log, at once


class Suspect(Frozen):
    """One step: what the key has to do with it, and every other agency in it.

    `received_at` is the size of the key log by which it was judged.
    """

    thread: str
    step: str
    kind: str
    agency: str
    person: str
    how: Hand
    received: str
    received_at: int
    agencies: tuple[str, ...]


class _Vouching(NamedTuple):
    """Another agency whose key it is, and the size of the log from which it counts no more (0: not said)."""

    agency: str
    from_index: int


def vouches_for_us(home: AgencyHome, key: str) -> bool:
    """Whether that key vouches for this agency itself: what a thief did with it, only others can have."""
    return _vouches(home.keys, key)


async def suspects(home: AgencyHome, casebook: Casebook, key: str) -> tuple[Suspect, ...]:
    """List the steps signed, to be opened, or vouched for under a key of that id, in the order they came.

    Reads the whole casebook, and folds its copy of the key log: for the rare day after a theft.
    """
    vouching = await _vouching(home, casebook, key)
    found: list[Suspect] = []
    number = 0
    while page := await casebook.steps_after(number):
        number = page[-1][0]
        found += await asyncio.to_thread(_of_page, home, [row for _, row in page], key, vouching)
    return tuple(found)


async def _vouching(home: AgencyHome, casebook: Casebook, key: str) -> _Vouching | None:
    """Find the other agency for which that key vouches, by the log as far as it is known here."""
    log = Directory()
    while entries := await casebook.log_entries(log.size, limit=_PORTION):
        await asyncio.to_thread(_fold, log, entries)
    for keys in log.agencies():
        if keys.agency != home.agency and _vouches(keys, key):
            revoked = keys.revocation(key)
            return _Vouching(keys.agency, 0 if revoked is None else revoked.from_index)
    return None


def _fold(log: Directory, entries: Sequence[LogEntryRow]) -> None:
    for entry in entries:
        log.apply(Signed(entry.payload, entry.signature))


def _vouches(keys: AgencyKeys, key: str) -> bool:
    return key in keys.signing_keys or key in keys.roots


def _of_page(home: AgencyHome, rows: list[StepRow], key: str, vouching: _Vouching | None) -> list[Suspect]:
    return [one for row in rows if (one := _suspect(home, row, key, vouching)) is not None]


def _suspect(home: AgencyHome, row: StepRow, key: str, vouching: _Vouching | None) -> Suspect | None:
    letter = open_envelope(row.envelope, home.agency, home.keyring.opening).letter
    said = slip.read(letter.payload)
    envelope = {slot.key for slot in parse_envelope(row.envelope).header.slots}
    parts = {slot.key for part in letter.parts for slot in parse_part(part).header.slots}
    how: Hand
    if said.author.key == key:
        how = "signed"
    elif key in envelope | parts:
        how = "opens"
    elif vouching and said.author.agency == vouching.agency and row.received_at >= vouching.from_index:
        how = "vouched"
    else:
        return None
    agencies = {said.author.agency, *(party.agency for party in said.to)} - {home.agency}
    return Suspect(
        thread=row.thread,
        step=row.digest,
        kind=row.kind,
        agency=row.agency,
        person=row.person,
        how=how,
        received=row.received,
        received_at=row.received_at,
        agencies=tuple(sorted(agencies)),
    )
