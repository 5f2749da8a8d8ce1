"""Judge a certificate of closure, offline and from its own bytes.

Promises: what `verify` returns was shown, in this order: the agencies' events hang together and are signed
by their roots; the rosters are signed by the agencies; every slip is signed by a person whom a roster vouched
for when it was written, and claims no time before that of what it follows; the fold of exactly these slips
says that the leg is closed, on this read-back of this version; the words, if there are any, are those that
the slips committed to.
Never: it believes a field because it is there. Nothing surplus is accepted: no byte is without meaning.

A certificate proves itself down to the agencies' roots. Whether a root is the agency's own, nobody can tell
from the bytes: compare its fingerprint, or give it as a pin. And the times are those that the signers wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from exchange.errors import CertificateIncomplete, CertificateRefused, NotClosed, NotYours
from exchange.evidence.certificate import (
    Certificate,
    closed_leg,
    entries_needed,
    judging,
    log_size,
    read,
    steps_of,
)
from exchange.evidence.words import open_words
from exchange.share.belonging import antedated
from exchange.share.leg import hand_of, move_of
from exchange.share.thread import Step, fold
from exchange.wire.slip import read as read_slip
from keys.directory import Directory
from keys.errors import Problem
from keys.event import read_event
from keys.record import digest, parse_time
from keys.roster import Roster, open_excerpt
from keys.statement import Kind, Signed
from keys.statement import verify as verify_signature
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.share.thread import Leg, ThreadStatus
    from exchange.wire.contents import Contents
    from exchange.wire.slip import Slip

_NO_PINS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AgencyShown:
    """An agency, and the fingerprint of its root for comparing aloud; `pinned` if it was compared already."""

    agency: str
    name: str
    fingerprint: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class SignerShown:
    """Somebody who signed, as their agency's roster names them."""

    agency: str
    person: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a certificate proves."""

    thread: str
    leg: Leg
    status: ThreadStatus
    steps: tuple[Step, ...]
    agencies: tuple[AgencyShown, ...]
    signers: tuple[SignerShown, ...]
    role: str | None  # the name of the role that the share was addressed to
    words: Mapping[str, Contents]  # by the step's digest

    @property
    def closed_at(self) -> str:
        """When the sender said that they agreed, by their own clock."""
        return next(step.slip.created for step in self.steps if step.digest == self.leg.hear_back)


def verify(data: bytes, pins: Mapping[str, str] = _NO_PINS) -> Verified:
    """Say what the certificate proves, or raise the `Problem` that it meets first, with its place.

    `pins` gives root fingerprints of agencies that were compared; they may name more agencies than occur.
    """
    certificate = read(data)
    directory = _directory(certificate, pins)
    signed = [statement.signed for statement in certificate.steps]
    steps = tuple(_step(index, one) for index, one in enumerate(signed))
    status = fold(steps)
    leg = _closed(certificate, status, steps)
    _check_times(steps)
    needed = entries_needed(steps, leg)
    if {keys.agency for keys in directory.agencies()} != needed.keys():
        raise CertificateIncomplete("events")
    rosters = _rosters(certificate, directory, needed, log_size(steps))
    vouching = []
    for index, (step, one) in enumerate(zip(steps, signed, strict=True)):
        with _Place(f"steps[{index}]"):
            role = _acting_role(step.slip, status, leg)
            vouching.append(_check_signer(step.slip, one, role, rosters[step.slip.author.agency]))
    return Verified(
        thread=certificate.thread,
        leg=leg,
        status=status,
        steps=steps_of(status, leg.index),
        agencies=tuple(
            AgencyShown(keys.agency, keys.name, fingerprint(keys.first_root.to_bytes()), keys.agency in pins)
            for keys in directory.agencies()
        ),
        signers=_shown(steps, vouching),
        role=_role_name(leg, rosters),
        words=open_words(certificate.words, {step.digest: step.slip for step in steps}),
    )


class _Place:
    """Names the place in the certificate at which a problem was met."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, problem: object, _trace: object) -> None:
        if isinstance(problem, Problem):
            problem.where = f"{self._where}: {problem.where}" if problem.where else self._where


def _directory(certificate: Certificate, pins: Mapping[str, str]) -> Directory:
    directory = Directory(pins, whole=False)
    before = ("", -1)
    for index, statement in enumerate(certificate.events):
        with _Place(f"events[{index}]"):
            event = read_event(statement.signed.payload)
            if (event.agency, event.seq) <= before:
                raise CertificateRefused
            before = (event.agency, event.seq)
            directory.apply(statement.signed)
    return directory


def _step(index: int, signed: Signed) -> Step:
    with _Place(f"steps[{index}]"):
        return Step(digest(signed.payload), read_slip(signed.payload))


def _closed(certificate: Certificate, status: ThreadStatus, steps: tuple[Step, ...]) -> Leg:
    names = [step.digest for step in steps]
    if names != sorted(set(names)):
        raise CertificateRefused("steps")
    if status.waiting:
        raise CertificateIncomplete("steps")
    leg = closed_leg(status, certificate.leg)
    if len(steps_of(status, leg.index)) != len(steps):
        raise CertificateIncomplete("steps")
    claimed = (certificate.thread, certificate.version, certificate.read_back, certificate.hear_back)
    if claimed != (status.thread, leg.version, leg.read_back, leg.hear_back) or leg.restated != leg.version:
        raise NotClosed
    return leg


def _check_times(steps: tuple[Step, ...]) -> None:
    known = {step.digest: step for step in steps}
    for index, step in enumerate(steps):
        if antedated(step, known):
            raise CertificateRefused(f"steps[{index}]: created")


def _rosters(
    certificate: Certificate, directory: Directory, needed: Mapping[str, frozenset[str]], size: int
) -> dict[str, list[Roster]]:
    """Open every roster, oldest first; each holds nobody but those who are needed, and they are all there."""
    rosters: dict[str, list[Roster]] = {agency: [] for agency in needed}
    before = ("", -1)
    for index, vouched in enumerate(certificate.rosters):
        with _Place(f"rosters[{index}]"):
            document = vouched.document
            roster = open_excerpt(document, directory.agency(document.list().agency), size)
            if (roster.agency, roster.version) <= before:
                raise CertificateRefused
            before = (roster.agency, roster.version)
            held = {entry.id for entry in (*roster.people, *roster.roles)}
            if roster.records is not None or not held or not held <= needed[roster.agency]:
                raise CertificateIncomplete
            rosters[roster.agency].append(roster)
    if not all(rosters.values()):
        raise CertificateIncomplete("rosters")
    return rosters


def _acting_role(slip: Slip, status: ThreadStatus, leg: Leg) -> str | None:
    """Name the role for which a step was taken, if it was: anybody at either agency may write a note."""
    assert status.opening is not None
    if slip.kind == "note" or hand_of(status.opening.slip, leg.party, move_of(slip)) != "recipient":
        return None
    return leg.party.role


def _check_signer(slip: Slip, signed: Signed, role: str | None, rosters: Sequence[Roster]) -> Roster:
    """Give the roster that vouches for the signer, in the order of `judging`; the first refusal otherwise."""
    moment = parse_time(slip.created)
    refusal: Problem | None = None
    for place in judging([parse_time(roster.created) for roster in rosters], moment):
        try:
            _check_vouched(slip, signed, role, rosters[place])
        except Problem as problem:
            refusal = refusal or problem
        else:
            return rosters[place]
    raise refusal or CertificateIncomplete


def _check_vouched(slip: Slip, signed: Signed, role: str | None, roster: Roster) -> None:
    author = slip.author
    key = roster.signer(author.person, author.key, parse_time(slip.created))
    verify_signature(Kind.SLIP, signed, key)
    if role is not None and not roster.is_member(role, author.person):
        raise NotYours


def _shown(steps: Sequence[Step], vouching: Sequence[Roster]) -> tuple[SignerShown, ...]:
    shown: dict[tuple[str, str], SignerShown] = {}
    for step, roster in zip(steps, vouching, strict=True):
        author = step.slip.author
        person = roster.person(author.person)
        shown[author.agency, author.person] = SignerShown(
            author.agency, author.person, person.name, person.post
        )
    return tuple(shown[key] for key in sorted(shown))


def _role_name(leg: Leg, rosters: Mapping[str, Sequence[Roster]]) -> str | None:
    if leg.party.role is None:
        return None
    return rosters[leg.party.agency][-1].role(leg.party.role).name
