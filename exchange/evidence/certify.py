"""Writing the certificate of a closed leg, of all that a desk holds.

Promises: what does not bear on the leg is left out; what it holds is in one order, so that whoever holds the
same writes the same bytes.
Never: it decides whether what it wrote would be believed. See `verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.errors import DirectoryBehind
from exchange.evidence.certificate import (
    Certificate,
    Head,
    LoggedEvent,
    SpokenWords,
    Statement,
    Vouched,
    in_order,
)
from exchange.evidence.judging import (
    check_not_taken_back,
    closed_leg,
    entries_needed,
    judging,
    received,
    steps_of,
)
from exchange.share.thread import Step, fold
from exchange.wire.slip import read as read_slip
from keys.directory import Directory
from keys.entry import Person, excerpt, read_entry
from keys.errors import AgencyUnknown, KeyRevoked, KeyUnknown
from keys.event import read_event
from keys.record import digest, encode, parse_time
from keys.standing import leaning
from keys.statement import Signed, dump
from keys.transparency.merkle import consistency_proof, inclusion_proof
from keys.transparency.note import Note, read_note
from keys.transparency.policy import open_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from keys.entry import RosterDocument, RosterList
    from keys.transparency.merkle import Nodes
    from keys.transparency.policy import Policy


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a person opened of one step: which part, its salt, its contents."""

    step: str
    part: int
    salt: bytes
    contents: bytes


@dataclass(frozen=True, slots=True)
class LogShown:
    """The log as far as a certificate shows it.

    `checkpoint` is the note of one with a quorum of the policy's witnesses; `nodes` give the hashes of that
    log, which may be longer; `events` are agencies' events by their place in it, more than needed or not.
    """

    policy: Policy
    checkpoint: bytes
    nodes: Nodes
    events: Mapping[int, Signed]


def certify(
    leg: int,
    slips: Iterable[Signed],
    log: LogShown,
    rosters: Iterable[RosterDocument],
    spoken: Iterable[Spoken] = (),
) -> bytes:
    """Write the certificate of a closed leg; `NotClosed` if it is not.

    `slips` are the thread's verified steps, `rosters` all that the desk holds, in any order: what does not
    bear on this leg is left out here. `spoken` are words to be shown with it.
    `QuorumMissing` for a checkpoint without one, `DirectoryBehind` for one below what a slip names;
    `KeyRevoked` if a roster here says of a key that it did not count any more when it signed.
    """
    by_digest = {digest(signed.payload): signed for signed in slips}
    status = fold(Step(name, read_slip(signed.payload)) for name, signed in by_digest.items())
    closed = closed_leg(status, leg)
    order = steps_of(status, leg)
    needed = entries_needed(order, closed)
    size = open_checkpoint(log.checkpoint, log.policy).require_quorum().size
    sizes = sorted({step.slip.log.size for step in order})
    if sizes[-1] > size:
        raise DirectoryBehind
    directory, events = _events_of(log, needed.keys(), size)
    return dump(
        Certificate(
            thread=order[0].slip.thread,
            leg=leg,
            version=closed.version,
            read_back=closed.read_back or "",
            hear_back=closed.hear_back or "",
            checkpoint=encode(_known_lines(log).to_bytes()),
            heads=tuple(Head.of(one, consistency_proof(one, size, log.nodes)) for one in sizes),
            events=events,
            rosters=_rosters_of(rosters, directory, needed, order, received(order, size)),
            steps=tuple(Statement.of(by_digest[name]) for name in sorted(step.digest for step in order)),
            words=_words_of(spoken, {step.digest for step in order}),
        )
    )


def _known_lines(log: LogShown) -> Note:
    """Keep the lines of the log and of the policy's witnesses: others say nothing."""
    note = read_note(log.checkpoint)
    known = (log.policy.log_key, *log.policy.witness_keys)
    return in_order(
        Note(note.text, tuple(one for one in note.signatures if any(key.names(one) for key in known)))
    )


def _events_of(
    log: LogShown, needed: AbstractSet[str], size: int
) -> tuple[Directory, tuple[LoggedEvent, ...]]:
    """Keep every event of those who signed, and of those on whose word they stand, up to the checkpoint."""
    directory = Directory(whole=False)
    whose = {}
    for index, signed in sorted(log.events.items()):
        if index < size:
            directory.apply(signed, index)
            whose[index] = read_event(signed.payload).agency
    kept = leaning({keys.agency: keys for keys in directory.agencies()}, needed, log.policy)
    return directory, tuple(
        LoggedEvent.of(index, log.events[index], inclusion_proof(index, size, log.nodes))
        for index in sorted(whose)
        if whose[index] in kept
    )


def _rosters_of(
    rosters: Iterable[RosterDocument],
    directory: Directory,
    needed: Mapping[str, frozenset[str]],
    order: Sequence[Step],
    indexes: Mapping[str, int],
) -> tuple[Vouched, ...]:
    held: dict[str, dict[int, tuple[RosterList, RosterDocument]]] = {agency: {} for agency in needed}
    for one in rosters:
        listed = one.list()
        if listed.agency in held:
            held[listed.agency][listed.version] = (listed, one)
    _refuse_revoked(held, order, indexes)
    kept: set[tuple[str, int]] = set()
    for step in order:
        agency, index = step.slip.author.agency, indexes[step.digest]
        of = [version for version, (one, _) in sorted(held[agency].items()) if _counts(one, directory, index)]
        made = [parse_time(held[agency][version][0].created) for version in of]
        kept |= {(agency, of[place]) for place in judging(made, parse_time(step.slip.created))}
    excerpts = [excerpt(held[agency][version][1], needed[agency]) for agency, version in sorted(kept)]
    return tuple(Vouched.of(one) for one in excerpts if one.entries)


def _counts(listed: RosterList, directory: Directory, index: int) -> bool:
    try:
        directory.agency(listed.agency).signing_key(listed.key, index)
    except (AgencyUnknown, KeyUnknown, KeyRevoked):
        return False
    return True


def _refuse_revoked(
    held: Mapping[str, Mapping[int, tuple[RosterList, RosterDocument]]],
    order: Sequence[Step],
    indexes: Mapping[str, int],
) -> None:
    """Raise `KeyRevoked` if an agency's newest roster takes back a key from before it signed here."""
    for agency, versions in held.items():
        if not versions:
            continue
        entries = map(read_entry, versions[max(versions)][1].entries)
        people = {entry.id: entry for entry in entries if isinstance(entry, Person)}
        for step in order:
            author = step.slip.author
            if author.agency == agency and author.person in people:
                check_not_taken_back(people[author.person], author.key, indexes[step.digest])


def _words_of(spoken: Iterable[Spoken], steps: AbstractSet[str]) -> tuple[SpokenWords, ...]:
    found = {
        one.step: SpokenWords(
            step=one.step, part=one.part, salt=encode(one.salt), contents=encode(one.contents)
        )
        for one in spoken
        if one.step in steps
    }
    return tuple(found[step] for step in sorted(found))
