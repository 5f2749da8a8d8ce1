"""Judge a certificate of closure, offline and from its own bytes: nothing else is needed but the policy.

Promises: what `verify` returns was shown, in this order: the policy's log signed the checkpoint, and a quorum
of its witnesses cosigned it; the agencies' events stand in that log, hang together and are signed by their
roots; who signed stands under the policy; every author relied on a beginning of that log; each slip
was signed by somebody whom a roster vouched for, under keys that counted when the other side first had it,
and claims no time before that of what it follows; the fold of exactly these slips says that the leg is
closed, on this read-back of this version; the words, if there are any, are those that the slips committed to.
Never: it believes a field because it is there. Nothing surplus is accepted: no byte is without meaning.

`verify_unpinned` shows all of that but the first and who stands: from the bytes alone nobody can tell whether
a log is the agencies' own. And the times are those that the signers wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from exchange.errors import CertificateIncomplete, CertificateRefused, NotClosed
from exchange.evidence.bench import Bench
from exchange.evidence.certificate import read
from exchange.evidence.judging import closed_leg, entries_needed, received, steps_of
from exchange.evidence.vouching import (
    Place,
    check_heads,
    check_standing,
    check_whole,
    directory_of,
    log_seen,
)
from exchange.evidence.words import open_words
from exchange.share.belonging import antedated
from exchange.share.leg import hand_of, move_of
from exchange.share.thread import Step, fold
from exchange.wire.slip import read as read_slip
from keys.record import digest
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.evidence.certificate import Certificate
    from exchange.evidence.vouching import LogSeen
    from exchange.share.thread import Leg, ThreadStatus
    from exchange.wire.contents import Contents
    from exchange.wire.slip import Slip
    from keys.directory import Directory
    from keys.roster import Roster
    from keys.statement import Signed
    from keys.transparency.policy import Policy

_NO_PINS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AgencyShown:
    """An agency whose people signed, and why its root is believed.

    `fingerprint` is its first root's, for comparing aloud; `pinned` if it was compared already; `founder` if
    the policy names it; `sponsors` are the agencies here that vouch for it. `events` of it are inside.
    """

    agency: str
    name: str
    fingerprint: str
    pinned: bool
    founder: bool
    sponsors: tuple[str, ...]
    events: int


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

    log: LogSeen
    looked_at: int | None  # the size of the whole log, if that was at hand
    thread: str
    leg: Leg
    status: ThreadStatus
    steps: tuple[Step, ...]
    agencies: tuple[AgencyShown, ...]
    signers: tuple[SignerShown, ...]
    role: str | None  # the name of the role that the share was addressed to
    words: Mapping[str, Contents]  # by the step's digest

    @property
    def wordless(self) -> tuple[Step, ...]:
        """The steps that spoke and whose words are not inside, in the order of the steps."""
        return tuple(step for step in self.steps if step.slip.contents and step.digest not in self.words)

    @property
    def closed_at(self) -> str:
        """When the sender said that they agreed, by their own clock."""
        return next(step.slip.created for step in self.steps if step.digest == self.leg.hear_back)


def verify(
    data: bytes, policy: Policy, pins: Mapping[str, str] = _NO_PINS, *, whole: Directory | None = None
) -> Verified:
    """Say what the certificate proves, or raise the `Problem` that it meets first, with its place.

    `pins` gives root fingerprints of agencies that were compared beside the policy; they may name more
    agencies than occur. With `whole`, the log as somebody has it who followed it at least as far, no event
    can have been left out, and what was revoked since counts too, as far back as it reaches.
    """
    return _verified(data, policy, pins, whole)


def verify_unpinned(data: bytes, pins: Mapping[str, str] = _NO_PINS) -> Verified:
    """Say what the certificate shows to somebody without a policy: it may all be of one hand's making.

    As `verify`; but nobody vouches for the log, and an agency's root is its own only if it was pinned.
    """
    return _verified(data, None, pins, None)


def _verified(
    data: bytes, policy: Policy | None, pins: Mapping[str, str], whole: Directory | None
) -> Verified:
    certificate = read(data)
    log = log_seen(certificate, policy)
    founders: Mapping[str, str] = {} if policy is None else policy.founders
    directory = directory_of(certificate, log.checkpoint, {**founders, **pins})
    signed = [statement.signed for statement in certificate.steps]
    steps = tuple(_step(index, one) for index, one in enumerate(signed))
    status = fold(steps)
    leg = _closed(certificate, status, steps)
    order = steps_of(status, leg.index)
    _check_times(steps)
    needed = entries_needed(order, leg)
    check_standing(directory, needed.keys(), policy)
    if whole is not None and policy is not None:
        check_whole(directory, needed.keys(), log.checkpoint, whole, policy)
    check_heads(certificate, steps, log.checkpoint)
    bench = Bench(certificate, directory if whole is None else whole, needed)
    indexes = received(order, log.checkpoint.size)
    vouching = []
    for index, (step, one) in enumerate(zip(steps, signed, strict=True)):
        with Place(f"steps[{index}]"):
            role = _acting_role(step.slip, status, leg)
            vouching.append(bench.judge(step.slip, one, role, indexes[step.digest]))
    bench.demand_all_heard()
    return Verified(
        log=log,
        looked_at=None if whole is None else whole.size,
        thread=certificate.thread,
        leg=leg,
        status=status,
        steps=order,
        agencies=_agencies(directory, needed, policy, pins),
        signers=_shown(steps, vouching),
        role=bench.role_name(leg),
        words=open_words(certificate.words, {step.digest: step.slip for step in steps}),
    )


def _step(index: int, signed: Signed) -> Step:
    with Place(f"steps[{index}]"):
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


def _acting_role(slip: Slip, status: ThreadStatus, leg: Leg) -> str | None:
    """Name the role for which a step was taken, if it was: anybody at either agency may write a note."""
    assert status.opening is not None
    if slip.kind == "note" or hand_of(status.opening.slip, leg.party, move_of(slip)) != "recipient":
        return None
    return leg.party.role


def _agencies(
    directory: Directory, signers: Mapping[str, object], policy: Policy | None, pins: Mapping[str, str]
) -> tuple[AgencyShown, ...]:
    every = sorted(directory.agencies(), key=lambda keys: keys.agency)
    vouching = [keys for keys in every if policy is None or directory.standing(keys.agency, policy)]
    return tuple(
        AgencyShown(
            agency=keys.agency,
            name=keys.name,
            fingerprint=fingerprint(keys.first_root.to_bytes()),
            pinned=keys.agency in pins,
            founder=policy is not None and keys.agency in policy.founders,
            sponsors=tuple(one.agency for one in vouching if keys.agency in one.sponsored),
            events=keys.seq + 1,
        )
        for keys in every
        if keys.agency in signers
    )


def _shown(steps: Sequence[Step], vouching: Sequence[Roster]) -> tuple[SignerShown, ...]:
    shown: dict[tuple[str, str], SignerShown] = {}
    for step, roster in zip(steps, vouching, strict=True):
        author = step.slip.author
        person = roster.person(author.person)
        shown[author.agency, author.person] = SignerShown(
            author.agency, author.person, person.name, person.post
        )
    return tuple(shown[key] for key in sorted(shown))
