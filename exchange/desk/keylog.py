"""The key log as this desk followed it: what it verified, and how much of that it relies on.

Promises: a checkpoint counts only if the policy's log signed it, it continues the largest one verified here,
and the entries give exactly its root, each of them such as an honest agency could have made. A key is looked
up in the part that a quorum of witnesses vouched for (`directory`), and in no other; what lies beyond is
known (`ahead`) and waits. Every refusal has a name of its own and leaves everything as it was.
Never: it fetches, stores, or reads a clock. Whoever follows stores a `Continuation` before it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from exchange.errors import DirectoryBehind, EntryDropped, LogDisagrees, LogForked, LogRolledBack
from exchange.wire import limits
from exchange.wire.slip import LogHead
from keys.directory import Directory
from keys.errors import KeysProblem, ProofInvalid
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.note import read_note
from keys.transparency.policy import open_checkpoint
from keys.transparency.proof import verify_consistency

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keys.statement import Signed
    from keys.transparency.policy import Policy, Witnessed


class Shown(NamedTuple):
    """What a hub shows: entries from where this desk stands, a checkpoint, the proof that leads to it."""

    entries: tuple[Signed, ...]
    note: bytes
    consistency: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """A checkpoint that was verified here, with the note that carries its signatures."""

    witnessed: Witnessed
    note: bytes
    needed: int  # witnesses for a quorum

    @property
    def size(self) -> int:
        """How many entries it covers."""
        return self.witnessed.checkpoint.size

    @property
    def root(self) -> str:
        """Its Merkle root, in hexadecimal."""
        return self.witnessed.checkpoint.root.hex()

    @property
    def quorum(self) -> bool:
        """Whether enough witnesses stand by it."""
        return self.witnessed.quorum

    @property
    def vouched(self) -> int | None:
        """When the last witness that the quorum needs vouched for it (POSIX seconds); None without quorum."""
        times = sorted((at for _, at in self.witnessed.witnesses), reverse=True)
        return times[self.needed - 1] if self.quorum else None


class Continuation(NamedTuple):
    """What `KeyLog.check` found in order: entries from index `start` on, the checkpoint that covers them."""

    start: int
    entries: tuple[Signed, ...]
    verified: Verified
    ahead: Directory


class KeyLog:
    """One desk's copy of the log; see the module."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.directory = Directory()  # what a quorum vouched for
        self.ahead = self.directory  # everything that was verified
        self.newest: Verified | None = None
        self.relied: Verified | None = None

    def use_policy(self, policy: Policy) -> None:
        """Go on under another policy of the same log; what its quorum did not vouch for is relied on no more.

        As `open_checkpoint`, if it does not name this log; nothing changes then. What it vouches for beside
        that counts when it is taken next.
        """
        known = (self.newest, self.relied)
        newest, relied = (None if one is None else _judged(one.note, policy) for one in known)
        self.policy, self.newest = policy, newest
        if relied is not None and not relied.quorum:
            self.directory, relied = Directory(), None
        self.relied = relied

    def recalled(self, note: bytes, ahead: Directory) -> Continuation:
        """Judge a stored checkpoint beside the very entries that it covers, folded anew; as `check`."""
        verified = _judged(note, self.policy)
        if (verified.size, verified.root) != (ahead.size, ahead.root):
            raise EntryDropped
        return Continuation(ahead.size, (), verified, ahead)

    def compare_note(self, note: bytes) -> None:
        """Look whether a checkpoint alone, without what leads to it, shows that a hub has less than is known.

        As `check`, for the note; `LogForked`, `LogRolledBack`.
        """
        checkpoint = open_checkpoint(note, self.policy).checkpoint
        self._compare_known(checkpoint.size, checkpoint.root.hex())

    def check(self, shown: Shown) -> Continuation:
        """Verify what a hub shows as a continuation of what is known; nothing changes.

        `CheckpointMalformed`, `CheckpointForged`, `CosignatureForged` for the note; `LogForked` where it
        cannot be of one history with ours, `LogRolledBack` where it is only older; `ProofInvalid` where the
        hub's proof is wrong though its entries are right; `EntryDropped` where they are not those that the
        checkpoint was signed over; and what `Directory.apply` raises for an entry that no honest agency made.
        Milliseconds for each entry: call it in a thread.
        """
        verified = _judged(shown.note, self.policy)
        known = self.ahead.size
        self._compare_known(verified.size, verified.root)
        if verified.size == known:
            kept = self.newest if self.newest is not None and _weaker(verified, self.newest) else verified
            return Continuation(known, (), kept, self.ahead)
        fits = len(shown.entries) == verified.size - known
        fits = fits and self.ahead.root_with(shown.entries) == verified.root
        if known:
            before, after = bytes.fromhex(self.ahead.root), verified.witnessed.checkpoint.root
            try:
                verify_consistency(known, before, verified.size, after, shown.consistency)
            except ProofInvalid:
                if fits:
                    raise
                raise LogForked from None
        if not fits:
            raise EntryDropped
        ahead = self.ahead.copy()
        for signed in shown.entries:
            ahead.apply(signed)
        return Continuation(known, shown.entries, verified, ahead)

    def _compare_known(self, size: int, root: str) -> None:
        if size <= self.ahead.size and root != self.ahead.root_at(size):
            raise LogForked
        if size < self.ahead.size:
            raise LogRolledBack

    def take(self, continuation: Continuation) -> bool:
        """Go on to what was checked, and stored, meanwhile; whether more can be relied on than before."""
        verified = continuation.verified
        self.ahead = continuation.ahead
        self.newest = verified
        if not verified.quorum:
            return False
        grown = self.relied is None or verified.size > self.relied.size
        self.directory, self.relied = self.ahead, verified
        return grown

    def head(self) -> LogHead:
        """Give what this desk's slips say of the log they rely on."""
        return LogHead(origin=self.policy.origin, size=self.directory.size, root=self.directory.root)

    def compare(self, head: LogHead) -> None:
        """Compare the log on which another desk relied with ours.

        `LogDisagrees` if it is another log; `DirectoryBehind` while it is longer than what we rely on;
        `LogForked` if somebody shows each of us another history.
        """
        if head.origin != self.policy.origin:
            raise LogDisagrees("origin")
        if head.size <= self.ahead.size and head.root != self.ahead.root_at(head.size):
            raise LogForked
        if head.size > self.directory.size:
            raise DirectoryBehind


def _judged(note: bytes, policy: Policy) -> Verified:
    return Verified(open_checkpoint(note, policy), note, policy.quorum)


def _weaker(new: Verified, old: Verified) -> bool:
    """Whether a note of the same checkpoint says less than the one we have: a hub may forget cosignatures."""
    return old.quorum and (not new.quorum or (new.vouched or 0) < (old.vouched or 0))


def claimed_size(note: bytes) -> int:
    """Read how many entries a note speaks of, before it is believed; none where it is no checkpoint."""
    try:
        return read_checkpoint(read_note(note).text).size
    except KeysProblem:
        return 0  # it is refused by name when it is judged


def weight(entries: Iterable[Signed]) -> int:
    """Bytes of memory that fetched entries take, roughly."""
    return sum(limits.KIB + len(one.payload) + len(one.signature) for one in entries)
