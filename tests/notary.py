"""A key log in memory, with witnesses who cosign what they are told to: for desks in tests, honest and not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.desk.keylog import Shown
from exchange.store.casebook import Change, CheckpointRow, LogEntryRow
from keys.ceremony.policy import read_policy, write_policy
from keys.errors import PolicyMissing
from keys.event import entry_of
from keys.notekey import LogKey, WitnessKey
from keys.record import format_time
from keys.suite import fingerprint
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.cosignature import cosign
from keys.transparency.merkle import Tree, consistency_proof, leaf_hash
from keys.transparency.note import NoteSigner, read_note
from keys.transparency.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.statement import Signed
    from keys.transparency.note import VerifierKey

ORIGIN = "hub.test"


def signers(*names: str) -> tuple[NoteSigner, ...]:
    """Witnesses of these names, with new keys."""
    return tuple(NoteSigner(name, WitnessKey.generate()) for name in names)


@dataclass
class Notary:
    """A log, its key, and some witnesses: three, of whom two are a quorum, unless told otherwise."""

    origin: str = ORIGIN
    entries: list[Signed] = field(default_factory=list)
    witnesses: tuple[NoteSigner, ...] = field(default_factory=lambda: signers("one", "two", "three"))
    key: LogKey = field(default_factory=LogKey.generate)

    @property
    def signer(self) -> NoteSigner:
        return NoteSigner(self.origin, self.key)

    def policy(self, *founders: AgencyHome, quorum: int | None = None, faults: int = 0) -> Policy:
        """The policy that believes this log."""
        return Policy(
            origin=self.origin,
            log=self.signer.verifier.vkey,
            witnesses=tuple(one.verifier.vkey for one in self.witnesses),
            quorum=quorum or len(self.witnesses) // 2 + 1,
            faults=faults,
            founders={home.agency: fingerprint(home.keys.first_root.to_bytes()) for home in founders},
            sponsors=1,
        )

    def tree(self) -> Tree:
        tree = Tree()
        for signed in self.entries:
            tree.append(leaf_hash(entry_of(signed)))
        return tree

    def note(self, at: datetime, size: int | None = None, *, by: Sequence[NoteSigner] | None = None) -> bytes:
        """The checkpoint of so many entries (all), cosigned `by` these (all) at that time."""
        size = len(self.entries) if size is None else size
        checkpoint = Checkpoint(self.origin, size, self.tree().root_at(size))
        note = read_note(sign_checkpoint(checkpoint, self.signer))
        cosigners = self.witnesses if by is None else by
        seconds = int(at.timestamp())
        return note.joined(*(cosign(note.text, seconds, one) for one in cosigners)).to_bytes()

    def shown(self, start: int, at: datetime, *, by: Sequence[NoteSigner] | None = None) -> Shown:
        """What an honest hub shows to a desk that has `start` entries."""
        tree = self.tree()
        return Shown(
            tuple(self.entries[start:]), self.note(at, by=by), consistency_proof(start, tree.size, tree.nodes)
        )

    def add(self, entries: Iterable[Signed]) -> None:
        """Append those that are not there yet."""
        self.entries += [signed for signed in entries if signed not in self.entries]

    def tell(self, trust: Trust, at: datetime) -> Change:
        """Show a desk everything, which it takes; and give what its casebook should have of it."""
        continuation = trust.log.check(self.shown(trust.log.ahead.size, at))
        trust.take_log(continuation)
        return as_rows(trust, continuation.start, continuation.entries, at)

    async def tell_and_keep(self, trust: Trust, casebook: Casebook, at: datetime) -> None:
        """The same, and keep it."""
        await casebook.record(self.tell(trust, at))


def as_rows(trust: Trust, start: int, entries: Sequence[Signed], at: datetime) -> Change:
    """The rows of what a desk has just taken."""
    newest = trust.log.newest
    assert newest is not None
    return Change(
        log_entries=tuple(
            LogEntryRow(index, signed.payload, signed.signature)
            for index, signed in enumerate(entries, start)
        ),
        checkpoints=(CheckpointRow(newest.size, newest.root, newest.note, newest.quorum, format_time(at)),),
    )


def root_of(home: AgencyHome) -> str:
    """The fingerprint of an agency's first root."""
    return fingerprint(home.keys.first_root.to_bytes())


def believing(log: VerifierKey, *homes: AgencyHome) -> Policy:
    """A policy for a real hub's log: these agencies began it, and the first one's desk is its witness."""
    return Policy(
        origin=log.name,
        log=log.vkey,
        witnesses=(NoteSigner(homes[0].agency, homes[0].witness_key).verifier.vkey,),
        quorum=1,
        faults=0,
        founders={home.agency: root_of(home) for home in homes},
        sponsors=1,
    )


def pin_anew(home: AgencyHome, policy: Policy) -> None:
    """Pin a policy, whatever was pinned before."""
    try:
        before = read_policy(home.path).fingerprint
    except PolicyMissing:
        before = None
    write_policy(home.path, policy, replacing=before)
