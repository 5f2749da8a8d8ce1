"""The audit trail as JSON lines, for a system that watches over many.

Promises: each line is one entry with its link of the chain, and was checked against all before it; where one
does not follow, nothing more is printed, and the status says so. With `follow` it goes on as the trail grows.
Never: anything but ids, stable words, digests and times.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import typer

from exchange.errors import AuditBroken

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.store.casebook import AuditRow, Casebook

_pause = asyncio.sleep
PAUSE = 1.0  # seconds between two looks at a trail that has not grown


def export(home: Path, after: int, *, follow: bool) -> None:
    """Print the entries behind number `after`; `AuditBroken` with the number of the first that is wrong."""
    asyncio.run(_export(home, after, follow=follow))


async def _export(home: Path, after: int, *, follow: bool) -> None:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        await _lines(casebook, after, follow=follow)
    finally:
        await casebook.close()


async def _lines(casebook: Casebook, after: int, *, follow: bool) -> None:
    from exchange.store.casebook import chain

    number, link = 0, chain.START
    while True:
        for row in await casebook.audit(number):
            if row.number != number + 1 or row.chain != chain.follow(link, row.number, row.entry):
                raise AuditBroken(f"entry {number + 1}")
            number, link = row.number, row.chain
            if number > after:
                typer.echo(_line(row))
        newest = await casebook.last_audit()
        if (0 if newest is None else newest.number) < max(number, after):
            raise AuditBroken(f"entry {number}")
        if newest is not None and newest.number > number:
            continue
        if not follow:
            return
        await _pause(PAUSE)


def _line(row: AuditRow) -> str:
    entry = row.entry
    return json.dumps(
        {
            "number": row.number,
            "at": entry.at,
            "event": entry.event,
            "code": entry.code,
            "agency": entry.agency,
            "person": entry.person,
            "thread": entry.thread,
            "step": entry.step,
            "chain": row.chain,
        },
        separators=(",", ":"),
    )
