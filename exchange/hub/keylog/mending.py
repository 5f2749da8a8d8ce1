"""Putting back what a hub lost: from any desk's export, to exactly the checkpoint that it was made under.

Promises: nothing is changed unless the export's entries give the root of its checkpoint, this log's own key
signed that, and what the hub signed is its beginning; a repair that was interrupted is begun again, and until
it has ended the hub knows that it is behind. Entries that no checkpoint covers give way, and are taken again
at the end where they still can be.
What waits in the mailboxes is numbered anew, so that no desk takes it for read.
Never: two logs are made one. If this key signed two, that is for people.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from exchange.errors import AgencyNotAdmitted, ExportDiffers, FileMissing, LogForked
from exchange.hub.keylog.keylog import Keylog
from exchange.wire.keylog import read_export
from keys.errors import KeysProblem, Malformed
from keys.event import entry_of
from keys.statement import Signed
from keys.transparency.merkle import Tree, leaf_hash
from keys.transparency.note import read_note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exchange.store.mailroom import Mailroom
    from keys.transparency.note import NoteSigner

_PORTION = 200  # entries put back in one transaction


class Mended(NamedTuple):
    """What a repair did: entries put back, the log's size now, entries that could not be taken again."""

    added: int
    size: int
    left_out: int


async def mend(room: Mailroom, signer: NoteSigner, export: Path) -> Mended:
    """Append what `export` has and the log has not.

    `FileMissing`; `ExportDiffers` if it does not hold together, `CheckpointForged` if another key signed it,
    `LogForked` if it is another log than the one here, `HubBehind` if desks are known to hold still more.
    """
    note, tree = await asyncio.to_thread(_measured, export)
    keylog = Keylog(room, signer)
    checkpoint = keylog.checkpoints.own(read_note(note))
    if (checkpoint.size, checkpoint.root) != (tree.size, tree.root_at(tree.size)):
        raise ExportDiffers
    await keylog.checkpoints.look()
    size, added, displaced = 0, 0, list[Signed]()
    for stamp in await room.log.newest():
        size = stamp.size
        if size <= tree.size and stamp.root != tree.root_at(size):
            await keylog.checkpoints.dispute(checkpoint)
            raise LogForked
    await keylog.checkpoints.confront(
        note, keylog.agencies.agency
    )  # from here on the hub knows that it is behind
    if keylog.checkpoints.trouble is not None and keylog.checkpoints.trouble.name == "forked":
        raise LogForked
    await room.renumber()  # desks have read further than this database remembers
    if keylog.checkpoints.trouble is not None and size < tree.size:
        displaced = await room.log.truncate()
        added = await _put_back(room, export, size)
    keylog = Keylog(room, signer)  # which folds what is there now
    await keylog.agencies.start()
    await keylog.checkpoints.confront(note, keylog.agencies.agency)
    await keylog.checkpoints.look()
    keylog.checkpoints.require_whole()
    left_out = await _take_again(keylog, displaced)
    return Mended(added, await room.log.size(), left_out)


async def _take_again(keylog: Keylog, displaced: list[Signed]) -> int:
    """Take what gave way, where it still can be taken; how many cannot."""
    left_out = 0
    for signed in displaced:
        try:
            await keylog.agencies.take(signed)
        except (KeysProblem, AgencyNotAdmitted):
            left_out += 1
    return left_out


def _measured(export: Path) -> tuple[bytes, Tree]:
    """Read the whole export: its note, and the tree of its entries."""
    tree = Tree()
    for found in _read(export):
        if isinstance(found, str):
            return found.encode(), tree
        tree.append(leaf_hash(entry_of(found)))
    raise ExportDiffers


def _read(export: Path) -> Iterator[Signed | str]:
    try:
        with export.open("rb") as file:
            yield from read_export(file)
    except OSError:
        raise FileMissing from None
    except Malformed:
        raise ExportDiffers from None


async def _put_back(room: Mailroom, export: Path, start: int) -> int:
    entries = (found for found in _read(export) if isinstance(found, Signed))
    missing = islice(entries, start, None)
    added = 0
    while portion := await asyncio.to_thread(lambda: list(islice(missing, _PORTION))):
        if not await room.log.append(start + added, portion):
            raise ExportDiffers("the hub is running")
        added += len(portion)
    return added
