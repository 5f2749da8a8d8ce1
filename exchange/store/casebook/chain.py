"""The audit trail's chain: each entry is bound to all before it.

Promises: no entry can be changed, removed or slipped in without every later link being made anew.
Never: it proves that nobody made them all anew; whoever needs that keeps a link elsewhere.

A link is SHA-256 over the link before it, a line feed, and the entry as a JSON list of its number and words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from keys.record import digest

if TYPE_CHECKING:
    from exchange.store.casebook.rows import AuditEntry

START = "0" * 64


def follow(link: str, number: int, entry: AuditEntry) -> str:
    """Make the link after `link` for the entry at `number` (from 1)."""
    words = (entry.event, entry.at, entry.thread, entry.step, entry.agency, entry.person, entry.code)
    line = json.dumps([number, *words], separators=(",", ":"), ensure_ascii=True)
    return digest(f"{link}\n{line}".encode())
