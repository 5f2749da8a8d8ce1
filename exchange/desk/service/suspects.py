"""What was signed or opened under a key that somebody else may have: for people to look at after a theft.

Promises: every step of the casebook is looked at; one is named if that key signed it, or if that key opens a
part of it, or the envelope that brought it. It says with whom it was shared, so that they can be told.
Never: it judges which of them the thief made; or opens anybody's words: who signed and for whom stands in
slips and in the sealed parts' headers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from exchange.sealing import open_envelope
from exchange.wire import slip
from exchange.wire.envelope import parse_envelope, parse_part
from keys.record import Frozen

if TYPE_CHECKING:
    from exchange.store.casebook import Casebook, StepRow
    from keys.ceremony.home import AgencyHome

Hand = Literal["signed", "opens"]


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


async def suspects(home: AgencyHome, casebook: Casebook, key: str) -> tuple[Suspect, ...]:
    """List the steps signed, or to be opened, under a key of that id, in the order in which they came.

    Reads the whole casebook: for the rare day after a theft.
    """
    found: list[Suspect] = []
    number = 0
    while page := await casebook.steps_after(number):
        number = page[-1][0]
        found += await asyncio.to_thread(_of_page, home, [row for _, row in page], key)
    return tuple(found)


def _of_page(home: AgencyHome, rows: list[StepRow], key: str) -> list[Suspect]:
    return [one for row in rows if (one := _suspect(home, row, key)) is not None]


def _suspect(home: AgencyHome, row: StepRow, key: str) -> Suspect | None:
    letter = open_envelope(row.envelope, home.agency, home.keyring.opening).letter
    said = slip.read(letter.payload)
    envelope = {slot.key for slot in parse_envelope(row.envelope).header.slots}
    parts = {slot.key for part in letter.parts for slot in parse_part(part).header.slots}
    how: Hand
    if said.author.key == key:
        how = "signed"
    elif key in envelope | parts:
        how = "opens"
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
