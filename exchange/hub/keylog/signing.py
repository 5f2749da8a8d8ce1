"""The log's checkpoints: when the next is signed, who has cosigned the present one, what contradicts them.

Promises: no checkpoint is shown that is not kept, and no two of one size are signed, whatever the processes
do; the next one waits until the present one has the cosignatures that are wanted, or all that have been
coming, so that witnesses meet on the same one, but never longer than `SIGN_AFTER`; a line is shown under a
checkpoint only if that agency's witness key, as it stands in the log, made it.
A database that was set back or lost, while the hub's folder was not, is noticed by the hub itself.
Never: a hub that has just started signs on at once: it may have been set back, and first listens for
`LISTEN_FIRST` to whoever holds more of its log.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from exchange.errors import CheckpointUnknown, HubBehind, LogForked, TooLarge, WitnessUnknown
from exchange.store.mailroom.log import Cosigned, Stamp
from keys.errors import CheckpointForged, KeysProblem, SignatureInvalid
from keys.files import read_private, write_private
from keys.transparency.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from keys.transparency.cosignature import verify_cosignature
from keys.transparency.note import (
    NOTE_LIMIT,
    SIGNATURES,
    Algorithm,
    Note,
    NoteSignature,
    VerifierKey,
    read_note,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from exchange.store.mailroom.log import Trouble
    from exchange.store.mailroom.logbook import LogBook
    from keys.agency import AgencyKeys
    from keys.transparency.note import NoteSigner

SIGN_AFTER: Final = 10  # seconds for which a checkpoint waits for the cosignatures that are wanted
LISTEN_FIRST: Final = 20.0  # seconds after the start in which nothing is signed
RECENT: Final = 8  # checkpoints, the newest ones, that may still be cosigned
WITNESSES: Final = SIGNATURES - 1  # cosignatures under one checkpoint


class Checkpoints:
    """The log's checkpoints, kept in `book` and signed by `signer`, whose name is the log's origin."""

    def __init__(self, book: LogBook, signer: NoteSigner, *, wanted: int, memory: Path | None) -> None:
        """`memory` is a file outside the database, which keeps the newest checkpoint that was signed here."""
        self._book = book
        self._signer = signer
        self._wanted = wanted
        self._memory = memory
        self._remembering = Lock()
        self._listen_until = 0.0  # on the monotonic clock
        self.trouble: Trouble | None = None  # what stands between us and serving, as this process knows it

    async def start(self) -> None:
        """Remember and hear what is wrong with the log, and begin to listen if it is not a new one."""
        if self._memory is not None and self._memory.exists():
            note = await asyncio.to_thread(read_private, self._memory, limit=NOTE_LIMIT)
            self.trouble = await self._book.confront(self.own(read_note(note)))
        await self.look()
        if any(stamp.size for stamp in await self._book.newest()):
            self._listen_until = time.monotonic() + LISTEN_FIRST
        await self.sign(int(time.time()))

    async def newest(self) -> Stamp:
        """Give the newest checkpoint; there is one since the start."""
        (stamp,) = await self._book.newest()
        return stamp

    async def note(self, stamp: Stamp) -> Note:
        """Give a checkpoint's note with every cosignature."""
        lines = await self._book.cosignatures(stamp.size)
        cosignatures = (NoteSignature.from_line(one.line.decode()) for one in lines)
        return read_note(stamp.note).joined(*cosignatures)

    async def sign(self, now: int) -> Stamp | None:
        """Sign the next checkpoint if it is due; `now` in seconds since 1970."""
        stamps = await self._book.newest()
        before = stamps[0].size if stamps else -1
        if await self._book.size() <= before or time.monotonic() < self._listen_until:
            return None
        fresh = before > 0 and 0 <= now - stamps[0].at < SIGN_AFTER  # nobody cosigns the empty log
        if fresh and len(await self._book.cosignatures(before)) < await self._awaited():
            return None
        stamp = await self._book.sign(before, self._written, now)
        if stamp is not None and self._memory is not None:
            await asyncio.to_thread(self._remember, self._memory, stamp)
        return stamp

    def _remember(self, memory: Path, stamp: Stamp) -> None:
        """Keep the newest checkpoint outside the database, whichever process is last to write."""
        with self._remembering:
            if memory.exists():
                known = read_checkpoint(read_note(read_private(memory, limit=NOTE_LIMIT)).text)
                if known.size >= stamp.size:
                    return
            write_private(memory, stamp.note)

    async def _awaited(self) -> int:
        """How many cosignatures a checkpoint waits for: no more than have been coming.

        Nobody is waited for before the first witness's desk has spoken, or once none has for a while.
        """
        return min(self._wanted, await self._book.cosigners(RECENT)) if self._wanted else 0

    async def cosign(self, agency: AgencyKeys, data: bytes) -> None:
        """Keep the cosignature that `agency` made under one of the newest checkpoints.

        `NoteMalformed`, `CheckpointUnknown`, `WitnessUnknown`, `CosignatureForged`, `KeyRevoked`.
        """
        note = read_note(data)
        size = read_checkpoint(note.text).size
        known = {stamp.size: read_note(stamp.note).text for stamp in await self._book.newest(RECENT)}
        if known.get(size) != note.text:
            raise CheckpointUnknown
        lines = _lines_of(agency, note)
        if not lines:
            raise WitnessUnknown
        others = [one for one in await self._book.cosignatures(size) if one.agency != agency.agency]
        if len(others) >= WITNESSES:
            raise TooLarge("cosignatures")
        await self._keep(agency, size, note.text, lines)

    async def confront(self, data: bytes, agency_of: Callable[[str], AgencyKeys]) -> None:
        """Hear that a checkpoint of this log exists; what it shows is kept, also across a restart.

        `CheckpointForged` unless this log's key signed it. Its witnesses' lines are kept too.
        """
        note = read_note(data)
        shown = self.own(note)
        if self.trouble is None and await self._has(shown):
            return
        self.trouble = await self._book.confront(shown) or self.trouble
        if shown.note in [stamp.note for stamp in await self._book.newest()]:
            for name in {line.name for line in note.signatures}:
                with suppress(KeysProblem):  # no agency, no key in force, or a line that somebody else wrote
                    agency = agency_of(name)
                    await self._keep(agency, shown.size, note.text, _lines_of(agency, note))

    async def _has(self, shown: Stamp) -> bool:
        """Whether that is no news, which is found out without writing."""
        covered = any(shown.size <= stamp.size for stamp in await self._book.newest())
        return covered and await self._book.root(shown.size) == shown.root

    async def dispute(self, shown: Stamp) -> None:
        """Keep it that this log's key signed two logs, of which neither continues the other."""
        self.trouble = await self._book.dispute(shown)

    async def look(self) -> None:
        """Hear what other processes were shown.

        What was mended behind a process's back is not what it has folded: it waits to be started again.
        """
        self.trouble = await self._book.trouble() or self.trouble

    def require_whole(self) -> None:
        """Raise `HubBehind` or `LogForked` while that is known of the log."""
        if self.trouble is not None:
            raise LogForked if self.trouble.name == "forked" else HubBehind

    def _written(self, size: int, root: bytes) -> bytes:
        return sign_checkpoint(Checkpoint(self._signer.name, size, root), self._signer)

    def own(self, note: Note) -> Stamp:
        """Read a checkpoint that this log's key signed; `CheckpointForged`, `CheckpointMalformed`."""
        checkpoint = read_checkpoint(note.text)
        key = self._signer.verifier
        ours = [one for one in note.signatures if key.names(one)]
        if checkpoint.origin != key.name or not ours:
            raise CheckpointForged
        try:
            for signature in ours:  # as a desk does: what one believes must count as evidence here
                key.verify(signature, note.text)
        except SignatureInvalid:
            raise CheckpointForged from None
        mine = Note(note.text, (ours[0],)).to_bytes()
        return Stamp(checkpoint.size, checkpoint.root, mine, int(time.time()))

    async def _keep(self, agency: AgencyKeys, size: int, text: str, lines: list[NoteSignature]) -> None:
        """Keep the newest of an agency's lines; `CosignatureForged` where one does not verify."""
        made = [(verify_cosignature(text, line, _witness(agency)), line.line) for line in lines]
        for at, line in sorted(made)[-1:]:
            await self._book.cosign(Cosigned(size, agency.agency, at, line.encode()))


def _lines_of(agency: AgencyKeys, note: Note) -> list[NoteSignature]:
    """Find the lines that say that the agency's witness key made them."""
    witness = _witness(agency)
    return [one for one in note.signatures if witness.names(one)]


def _witness(agency: AgencyKeys) -> VerifierKey:
    return VerifierKey(agency.agency, Algorithm.COSIGNATURE, agency.witness)
