"""What the casebook keeps, sealed anew to the present mailbox key, so that an old one can be erased.

Promises: every step and every roster reads the same afterwards: the letter (slip, signature, sealed parts) is
taken over byte for byte, only the postal ring is new; cut short, it is done again from where it stands. A key
that an envelope still on hold needs is not offered for erasing.
Never: a person's part is opened, or sealed anew: what a role's or a person's erased key opened opens by the
records key alone.

Why: `docs/adr/0019-old-mailbox-keys-are-erased.md`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.sealing import PostalSlot, open_envelope, seal_envelope
from exchange.store.casebook import Change
from exchange.wire.envelope import parse_envelope, parse_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from exchange.store.casebook import Casebook, StepRow
    from keys.ceremony.home import AgencyHome


async def reseal(home: AgencyHome, casebook: Casebook, keys: AbstractSet[str]) -> int:
    """Seal anew every step and roster that is sealed to one of `keys`; how many there were."""
    count, number = 0, 0
    while page := await casebook.steps_after(number):
        number = page[-1][0]
        due = [row for _, row in page if _sealed_to(row.envelope) & keys]
        anew = await asyncio.to_thread(_all_anew, home, due)
        if anew:
            await casebook.record(Change(resealed=anew))
        count += len(anew)
    for newest in await casebook.rosters():
        for roster in await casebook.rosters_of(newest.agency):
            if _sealed_to(roster.envelope) & keys:
                envelope = await asyncio.to_thread(_anew, home, roster.envelope)
                await casebook.record(Change(rosters_resealed=((roster.agency, roster.version, envelope),)))
                count += 1
    return count


async def needed_by_held(casebook: Casebook, keys: AbstractSet[str]) -> frozenset[str]:
    """Of these keys, give those to which an envelope that waits to be judged is sealed."""
    found: set[str] = set()
    number = 0
    while page := await casebook.held(after=number):
        number = page[-1].number
        for row in page:
            found |= _sealed_to(row.envelope) & keys
    return frozenset(found)


async def still_open(home: AgencyHome, casebook: Casebook, keys: AbstractSet[str]) -> tuple[str, ...]:
    """Name the open threads in which a part opens by one of these role keys."""
    found: dict[str, None] = {}
    number = 0
    while page := await casebook.steps_after(number):
        number = page[-1][0]
        for _, row in page:
            thread = None if row.thread in found else await casebook.thread(row.thread)
            if thread is not None and thread.open and _opens(home, row.envelope) & keys:
                found[row.thread] = None
    return tuple(found)


def _sealed_to(envelope: bytes) -> set[str]:
    return {slot.key for slot in parse_envelope(envelope).header.slots}


def _opens(home: AgencyHome, envelope: bytes) -> set[str]:
    letter = open_envelope(envelope, home.agency, home.keyring.opening).letter
    return {slot.key for part in letter.parts for slot in parse_part(part).header.slots}


def _all_anew(home: AgencyHome, rows: Sequence[StepRow]) -> tuple[tuple[str, bytes], ...]:
    return tuple((row.digest, _anew(home, row.envelope)) for row in rows)


def _anew(home: AgencyHome, envelope: bytes) -> bytes:
    opened = open_envelope(envelope, home.agency, home.keyring.opening)
    slot = PostalSlot(home.agency, home.keys.mailbox)
    return seal_envelope(opened.id, opened.letter, [slot])
