"""The certificate of closure: one leg of a share, with everything needed to check that it closed.

Promises: it has one spelling; every field in it is checked by `exchange.evidence.verify`, so that no byte
can be changed unnoticed; it holds the agency events and roster entries of those who signed, and of nobody
else. The words are in it only if they were asked for.
Never: a date of issue, an issuer's opinion, or anything else that would have to be believed.

What it cannot show is what came *after* the steps it holds: a later amendment may have reopened the share.
It proves that this version was restated and heard, by whom, and when they said so.

An example, shortened::

    {"v":1,"kind":"readback-certificate","thread":"…26…","leg":0,
     "version":"…64 hex…","read_back":"…","hear_back":"…",
     "events":[{"payload":"…base64…","signature":"…"}],             by agency, then as the agency signed them
     "rosters":[{"payload":"…","signature":"…","entries":["…"]}],   by agency, then version
     "steps":[{"payload":"…","signature":"…"}],                     the slips, in the order of their digests
     "words":[{"step":"…64 hex…","part":0,"salt":"…","contents":"…"}]}    in the order of their steps
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from exchange.errors import CertificateRefused, NotClosed
from exchange.share.lifecycle import State
from exchange.share.thread import Step, fold
from exchange.wire import limits
from exchange.wire.slip import read as read_slip
from keys.entry import RosterDocument, excerpt
from keys.errors import Malformed
from keys.event import Revoke, read_event
from keys.record import Digest, Frozen, Id, decode, digest, encode, parse_time
from keys.statement import Signed, dump, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from exchange.share.thread import Leg, ThreadStatus

SKEW: Final = timedelta(hours=1)
_LONGEST = 2 * limits.CONTENTS  # characters of base64; what is inside is measured by its own reader


def _is_canonical(text: str) -> str:
    decode(text)
    return text


Blob = Annotated[str, StringConstraints(max_length=_LONGEST), AfterValidator(_is_canonical)]


class Statement(Frozen):
    """A payload and its signature, exactly as they were signed."""

    payload: Blob
    signature: Blob

    @classmethod
    def of(cls, signed: Signed) -> Statement:
        """Print a signed statement."""
        return cls(payload=encode(signed.payload), signature=encode(signed.signature))

    @property
    def signed(self) -> Signed:
        """Give the exact bytes again."""
        return Signed(decode(self.payload), decode(self.signature))


class Vouched(Frozen):
    """An agency's signed list of its people, with the entries of those alone who signed."""

    payload: Blob
    signature: Blob
    entries: Annotated[tuple[Blob, ...], Field(max_length=limits.STEPS_PER_THREAD)]

    @classmethod
    def of(cls, document: RosterDocument) -> Vouched:
        """Print an excerpt of a roster."""
        entries = tuple(encode(entry) for entry in document.entries)
        return cls(payload=encode(document.payload), signature=encode(document.signature), entries=entries)

    @property
    def document(self) -> RosterDocument:
        """Give the exact bytes again."""
        return RosterDocument(
            decode(self.payload), decode(self.signature), tuple(decode(entry) for entry in self.entries)
        )


class SpokenWords(Frozen):
    """The words of one step, with the salt under which its slip committed to them."""

    step: Digest
    part: Annotated[int, Field(ge=0, lt=limits.PARTS)]
    salt: Blob
    contents: Blob


class Certificate(Frozen):
    """A certificate as it is written; nothing in it is believed before `verify`."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    kind: Literal["readback-certificate"] = "readback-certificate"
    thread: Id
    leg: Annotated[int, Field(ge=0, lt=limits.RECIPIENTS)]
    version: Digest
    read_back: Digest
    hear_back: Digest
    events: Annotated[tuple[Statement, ...], Field(max_length=10_000)]
    rosters: Annotated[tuple[Vouched, ...], Field(max_length=100)]
    steps: Annotated[tuple[Statement, ...], Field(max_length=limits.STEPS_PER_THREAD)]
    words: Annotated[tuple[SpokenWords, ...], Field(max_length=limits.STEPS_PER_THREAD)]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a person opened of one step: which part, its salt, its contents."""

    step: str
    part: int
    salt: bytes
    contents: bytes


def read(data: bytes) -> Certificate:
    """Read a certificate strictly, without believing it; `CertificateRefused` otherwise."""
    try:
        certificate = load(data, Certificate, limit=limits.CERTIFICATE)
    except Malformed as problem:
        raise CertificateRefused(problem.where) from None
    if dump(certificate) != data:
        raise CertificateRefused("spelling")
    return certificate


def certify(
    leg: int,
    slips: Iterable[Signed],
    events: Iterable[Signed],
    rosters: Iterable[RosterDocument],
    spoken: Iterable[Spoken] = (),
) -> bytes:
    """Write the certificate of a closed leg; `NotClosed` if it is not.

    `slips` are the thread's verified steps, `events` and `rosters` all that the desk holds, in any order:
    what does not bear on this leg is left out here. `spoken` are words to be shown with it.
    """
    by_digest = {digest(signed.payload): signed for signed in slips}
    status = fold(Step(name, read_slip(signed.payload)) for name, signed in by_digest.items())
    closed = closed_leg(status, leg)
    steps = {step.digest: step for step in steps_of(status, leg)}
    needed = entries_needed(steps.values(), closed)
    events = tuple(events)
    void = _revoked(events, index=log_size(steps.values()))
    return dump(
        Certificate(
            thread=next(iter(steps.values())).slip.thread,
            leg=leg,
            version=closed.version,
            read_back=closed.read_back or "",
            hear_back=closed.hear_back or "",
            events=_events_of(events, needed.keys()),
            rosters=_rosters_of(rosters, void, needed, steps.values()),
            steps=tuple(Statement.of(by_digest[name]) for name in sorted(steps)),
            words=_words_of(spoken, steps.keys()),
        )
    )


def closed_leg(status: ThreadStatus, leg: int) -> Leg:
    """Give the leg, if it is closed; `NotClosed` otherwise."""
    if leg >= len(status.legs) or status.legs[leg].state is not State.CLOSED:
        raise NotClosed
    return status.legs[leg]


def steps_of(status: ThreadStatus, leg: int) -> tuple[Step, ...]:
    """Give the opening and the leg's own steps, in canonical order."""
    return tuple(step for step in status.order if step is status.opening or step.slip.leg == leg)


def entries_needed(steps: Iterable[Step], leg: Leg) -> dict[str, frozenset[str]]:
    """Name, for each agency, the roster entries without which the steps cannot be judged.

    Those of the people who signed, and that of the role which the leg is addressed to.
    """
    needed: dict[str, frozenset[str]] = {}
    for author in (step.slip.author for step in steps):
        needed[author.agency] = needed.get(author.agency, frozenset()) | {author.person}
    if leg.party.role is not None:
        needed[leg.party.agency] = needed.get(leg.party.agency, frozenset()) | {leg.party.role}
    return needed


def _events_of(events: Iterable[Signed], agencies: AbstractSet[str]) -> tuple[Statement, ...]:
    placed = {}
    for signed in events:
        event = read_event(signed.payload)
        if event.agency in agencies:
            placed[event.agency, event.seq] = Statement.of(signed)
    return tuple(placed[place] for place in sorted(placed))


def judging(made: Sequence[datetime], moment: datetime) -> list[int]:
    """Say which of an agency's rosters judge a step of that moment; `made` is when, oldest first.

    The one in force then (or else the oldest there is), and after it those made within `SKEW`, since the
    clock of whoever signed may have been behind that of whoever enrolled them.
    """
    before = [place for place, when in enumerate(made) if when <= moment]
    soon = [place for place, when in enumerate(made) if moment < when <= moment + SKEW]
    in_force = before[-1:] or list(range(len(made)))[:1]
    return list(dict.fromkeys([*in_force, *soon]))


def log_size(steps: Iterable[Step]) -> int:
    """Give the size of the log on which the last of the steps relied: by then they had all been received."""
    return max(step.slip.log.size for step in steps)


def _revoked(events: Iterable[Signed], index: int) -> frozenset[tuple[str, str]]:
    """Name the agencies' keys that no longer counted at that size: what they signed proves nothing."""
    every = (read_event(signed.payload) for signed in events)
    gone = (one for one in every if isinstance(one, Revoke) and one.from_index <= index)
    return frozenset((one.agency, one.key) for one in gone)


def _rosters_of(
    rosters: Iterable[RosterDocument],
    void: AbstractSet[tuple[str, str]],
    needed: Mapping[str, frozenset[str]],
    steps: Iterable[Step],
) -> tuple[Vouched, ...]:
    counting = ((one.list(), one) for one in rosters)
    listed = {
        (one.agency, one.version): (one, document)
        for one, document in counting
        if (one.agency, one.key) not in void
    }
    kept: set[tuple[str, int]] = set()
    for slip in (step.slip for step in steps):
        of = sorted(place for place in listed if place[0] == slip.author.agency)
        made = [parse_time(listed[place][0].created) for place in of]
        kept |= {of[index] for index in judging(made, parse_time(slip.created))}
    excerpts = {place: excerpt(listed[place][1], needed[place[0]]) for place in kept}
    return tuple(Vouched.of(excerpts[place]) for place in sorted(kept) if excerpts[place].entries)


def _words_of(spoken: Iterable[Spoken], steps: AbstractSet[str]) -> tuple[SpokenWords, ...]:
    found = {
        one.step: SpokenWords(
            step=one.step, part=one.part, salt=encode(one.salt), contents=encode(one.contents)
        )
        for one in spoken
        if one.step in steps
    }
    return tuple(found[step] for step in sorted(found))
