"""Who may sign: each step of a certificate, before the rosters that are in it.

Promises: a signer is somebody whom their agency vouched for, by a roster of that day, under keys that counted
when the step was received; what a newer roster here takes back is taken back, whatever time a step claims.
Never: a roster is here without need, or holds anybody but those who are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.errors import CertificateIncomplete, CertificateRefused, NotYours
from exchange.evidence.judging import check_not_taken_back, judging
from exchange.evidence.vouching import Place
from keys.errors import KeyUnknown, Problem
from keys.record import parse_time
from keys.roster import Roster, open_excerpt
from keys.statement import Kind, Signed, verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.evidence.certificate import Certificate
    from exchange.share.thread import Leg
    from exchange.wire.slip import Slip
    from keys.agency import AgencyKeys
    from keys.directory import Directory


@dataclass(frozen=True, slots=True)
class _Seat:
    """A roster, the key with which its agency signed it, and its place in the certificate."""

    roster: Roster
    key: str
    place: int


class Bench:
    """The rosters of a certificate: they say who may sign, each for its day."""

    def __init__(
        self, certificate: Certificate, directory: Directory, needed: Mapping[str, frozenset[str]]
    ) -> None:
        """Open every roster, oldest first; each holds only those who are needed, and each agency has one."""
        self._directory = directory
        self._seats: dict[str, list[_Seat]] = {agency: [] for agency in needed}
        self._heard: set[int] = set()
        before = ("", -1)
        for place, vouched in enumerate(certificate.rosters):
            with Place(f"rosters[{place}]"):
                document = vouched.document
                listed = document.list()
                # Whether its key counted is asked for each step, by that step's index.
                roster = open_excerpt(document, directory.agency(listed.agency), 0)
                if (roster.agency, roster.version) <= before:
                    raise CertificateRefused
                before = (roster.agency, roster.version)
                held = {entry.id for entry in (*roster.people, *roster.roles)}
                if (
                    roster.records is not None
                    or not held
                    or not held <= needed.get(roster.agency, frozenset())
                ):
                    raise CertificateIncomplete
                self._seats[roster.agency].append(_Seat(roster, listed.key, place))
        if not all(self._seats.values()):
            raise CertificateIncomplete("rosters")
        self._places = len(certificate.rosters)

    def judge(self, slip: Slip, signed: Signed, role: str | None, index: int) -> Roster:
        """Give the roster that vouches for the signer, in the order of `judging`; else the first refusal."""
        keys = self._directory.agency(slip.author.agency)
        seats, refusal = _counting(self._seats[keys.agency], keys, index)
        moment = parse_time(slip.created)
        found: _Seat | None = None
        for place in judging([parse_time(seat.roster.created) for seat in seats], moment):
            seat = seats[place]
            self._heard.add(seat.place)
            try:
                _check_vouched(slip, signed, role, seat.roster, index)
            except Problem as problem:
                refusal = refusal or problem
            else:
                found = found or seat
        if found is None:
            raise refusal or CertificateIncomplete
        for later in self._seats[keys.agency]:
            if later.place > found.place:
                _check_later(slip, later.roster, index)
        return found.roster

    def demand_all_heard(self) -> None:
        """Raise `CertificateIncomplete` for a roster that judged no step: it has no business here."""
        for place in range(self._places):
            if place not in self._heard:
                raise CertificateIncomplete(f"rosters[{place}]")

    def role_name(self, leg: Leg) -> str | None:
        """Give the name of the role that the share was addressed to, by its agency's newest roster here."""
        if leg.party.role is None:
            return None
        return self._seats[leg.party.agency][-1].roster.role(leg.party.role).name


def _counting(seats: Sequence[_Seat], keys: AgencyKeys, index: int) -> tuple[list[_Seat], Problem | None]:
    """Give the rosters that were signed with a key that counted at `index`; or why none does."""
    counting, refusal = [], None
    for seat in seats:
        try:
            keys.signing_key(seat.key, index)
        except Problem as problem:
            refusal = problem
        else:
            counting.append(seat)
    return counting, None if counting else refusal


def _check_vouched(slip: Slip, signed: Signed, role: str | None, roster: Roster, index: int) -> None:
    author = slip.author
    key = roster.signer(author.person, author.key, parse_time(slip.created), index)
    verify(Kind.SLIP, signed, key)
    if role is not None and not roster.is_member(role, author.person):
        raise NotYours


def _check_later(slip: Slip, roster: Roster, index: int) -> None:
    """Heed what a newer roster takes back, whatever time the slip claims."""
    try:
        person = roster.person(slip.author.person)
    except KeyUnknown:
        return
    check_not_taken_back(person, slip.author.key, index)
