"""The certificate of closure, made from what this desk holds.

Promises: whoever takes part in a closed leg gets its certificate, if it proves the closing to anybody who
pinned this desk's policy; words are in it only if asked for, and only those that the asker's own key opens.
Never: it is verified by its maker's word: see `exchange.evidence.verify`.

It shows the log as it was when the last of its steps was received here, so that a key that was revoked since
does not unmake it. A revocation that reaches back before that hour must not be hidden: then the log is shown
up to it, and whoever signed under that key after it was stolen has signed nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.desk.service.reading import leg_of, open_words, visible
from exchange.errors import DirectoryBehind
from exchange.evidence.certify import LogShown, Spoken, certify
from exchange.evidence.judging import closed_leg, steps_of
from exchange.evidence.verify import verify
from exchange.store.casebook import AuditEntry, Change
from keys.errors import Problem
from keys.record import format_time
from keys.standing import leaning
from keys.statement import Signed
from keys.transparency.policy import open_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exchange.desk.casefile import CaseFile
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.store.casebook.trusted_rows import CheckpointRow
    from keys.agency import AgencyKeys
    from keys.directory import Directory
    from keys.entry import RosterDocument


@dataclass(frozen=True, slots=True)
class _Held:
    """What goes into a certificate."""

    leg: int
    slips: tuple[Signed, ...]
    log: LogShown
    rosters: tuple[RosterDocument, ...]
    spoken: tuple[Spoken, ...]
    whole: Directory

    def write(self) -> bytes:
        """Write it, and see that it is believed, also by whoever has the whole log. Processor time."""
        made = certify(self.leg, self.slips, self.log, self.rosters, self.spoken)
        verify(made, self.log.policy, whole=self.whole)
        return made


async def certificate(desk: Premises, session: Session, thread: str, leg: int, *, words: bool) -> bytes:
    """Write the certificate of a closed leg; `NotClosed` if it is not. That it was given out is recorded.

    What it does not prove is refused by name, as `verify` would: `KeyRevoked`, say.
    """
    file = await visible(desk, session, thread)
    at = leg_of(desk, session, file, leg)
    closed_leg(file.status, leg)
    steps = steps_of(file.status, leg)
    agencies = {step.slip.author.agency for step in steps} | {at.party.agency}
    held = _Held(
        leg,
        tuple(Signed(one.letter.payload, one.letter.signature) for one in file.opened.values()),
        await _log(desk, agencies, max(file.opened[step.digest].received_at for step in steps)),
        tuple([document for agency in agencies for document in await desk.files.rosters(agency)]),
        tuple(await _spoken(desk, session, file, leg)) if words else (),
        desk.trust.directory,
    )
    made = await asyncio.to_thread(held.write)
    entry = AuditEntry(
        "certified", format_time(desk.now()), thread, at.hear_back, desk.agency, session.person
    )
    await desk.casebook.record(Change(audit=(entry,)))
    return made


async def _log(desk: Premises, agencies: Iterable[str], size: int) -> LogShown:
    """Give the log as it was at `size`, or up to a later revocation that reaches back before that."""
    directory, policy = desk.trust.directory, desk.trust.policy
    known = {keys.agency: keys for keys in directory.agencies()}
    while True:
        row = await _vouched(desk, size)
        leaned = leaning(known, agencies, policy, row.size)
        size = _reaching_back([directory.agency(agency) for agency in leaned], row.size)
        if size <= row.size:
            break
    places = [place for agency in leaned for place in directory.agency(agency).places]
    entries = await desk.casebook.log_entries_at([place for place in places if place is not None])
    events = {entry.index: Signed(entry.payload, entry.signature) for entry in entries}
    return LogShown(policy, row.note, directory.tree.nodes, events)


async def _vouched(desk: Premises, size: int) -> CheckpointRow:
    """Give the smallest checkpoint from `size` on with a quorum; the newest if the policy changed since.

    `QuorumMissing` where the policy's witnesses vouch for neither; `DirectoryBehind` until one is relied on.
    """
    row = await desk.casebook.checkpoint_from(size)
    if row is not None and not open_checkpoint(row.note, desk.trust.policy).quorum:
        row = await desk.casebook.checkpoint(quorum=True)
    if row is None or row.size < size:
        raise DirectoryBehind
    open_checkpoint(row.note, desk.trust.policy).require_quorum()
    if row.size > desk.trust.size:
        raise DirectoryBehind
    return row


def _reaching_back(agencies: Iterable[AgencyKeys], size: int) -> int:
    """Give the size that shows every revocation by which a signing key or root counted no more at `size`."""
    shows = size
    for keys in agencies:
        for key, gone in keys.revoked.items():
            if (
                gone.from_index <= size
                and gone.said.at is not None
                and key in {*keys.signing_keys, *keys.roots}
            ):
                shows = max(shows, gone.said.at + 1)
    return shows


async def _spoken(desk: Premises, session: Session, file: CaseFile, leg: int) -> list[Spoken]:
    spoken = []
    for step in steps_of(file.status, leg):
        try:
            read = await open_words(desk, session, file.opened[step.digest], leg)
        except Problem:
            continue  # not this person's to read, or words that break the rules: no evidence of anything
        part = read.opened
        spoken.append(Spoken(step.digest, part.part, part.salt, part.contents))
    return spoken
