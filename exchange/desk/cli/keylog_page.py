"""How the key log is shown: its entries line by line, its newest checkpoint, and who vouches for it.

Promises: an agency for which nobody vouches is marked as such in every line.
Never: a name of a person; the log has none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from exchange.desk.cli import say
from exchange.errors import EntryDropped
from keys.errors import Malformed
from keys.event import Anchor, Revoke, Sponsor, read_logged
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.keylog import KeyLog
    from keys.statement import Signed


def told(log: KeyLog, entries: tuple[Signed, ...]) -> dict[str, Any]:
    """Describe a log as it was verified."""
    newest = log.newest
    if newest is None:
        raise EntryDropped
    return {
        "origin": log.policy.origin,
        "size": newest.size,
        "root": newest.root,
        "quorum": newest.quorum,
        "wanted": log.policy.quorum,
        "witnesses": [{"name": name, "at": _moment(at)} for name, at in newest.witnessed.witnesses],
        "entries": [entry_of(log, index, signed) for index, signed in enumerate(entries)],
    }


def entry_of(log: KeyLog, index: int, signed: Signed) -> dict[str, Any]:
    """Describe one entry."""
    logged = read_logged(signed.payload)
    more: dict[str, Any] = {}
    if isinstance(logged, Anchor):
        more = {"number": logged.number, "head": logged.head}
    elif isinstance(logged, Revoke):
        more = {"key": logged.key, "from_index": logged.from_index}
    elif isinstance(logged, Sponsor):
        more = {"newcomer": logged.newcomer}
    stands = log.ahead.standing(logged.agency, log.policy)
    return {
        "index": index,
        "at": logged.created,
        "agency": logged.agency,
        "stands": stands,
        "kind": logged.kind,
        **more,
    }


def line_of(entry: dict[str, Any]) -> str:
    """Write it on one line."""
    fixed = ("index", "at", "agency", "stands", "kind")
    more = "  ".join(f"{name} {value}" for name, value in entry.items() if name not in fixed)
    vouched = "" if entry["stands"] else "  (nobody vouches for it)"
    return f"{entry['index']:6}  {entry['at']}  {entry['agency']}  {entry['kind']}  {more}{vouched}".rstrip()


def say_checkpoint(log: dict[str, Any]) -> None:
    """Say who vouches for what was described."""
    say.line(f"The log {log['origin']} has {log['size']} entries. Its root: {log['root']}", hang=2)
    for witness in log["witnesses"]:
        say.line(f"{witness['name']} vouched for it at {witness['at']}", indent=2, hang=4)
    enough = "They are a quorum." if log["quorum"] else f"No quorum: {log['wanted']} are needed."
    say.line(enough, indent=2)


def _moment(seconds: int) -> str:
    try:
        return format_time(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        raise Malformed("cosignature") from None
