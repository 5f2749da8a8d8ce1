"""To hold a ceremony: on a copy of the home, put in place whole and with its transcript, or only rehearsed.

Promises: an act without its transcript is impossible, whatever moment the power fails at; the transcript says
what became of the home; a rehearsal runs through everything that the ceremony does, and leaves nothing of it
but its transcript, which says that it was one.
Never: somebody holds a ceremony who may not (see `hands`).
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.ceremony.agency import found as founding
from keys.ceremony.differences import acts_between, acts_of_founding
from keys.ceremony.hands import demand_enough, demand_lasting
from keys.ceremony.home import ROSTER, changing, load_home
from keys.ceremony.journal import commit, open_workshop, unsettled
from keys.ceremony.kept import keep_reasons, write_transcript
from keys.ceremony.kinds import OWN, UNATTENDED
from keys.ceremony.transcript import Transcript, check, read_files, sign_transcript
from keys.errors import HomeExists, NothingChanged
from keys.keystore import DEFAULT_COST, Cost
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from keys.ceremony.hands import Hand
    from keys.ceremony.home import AgencyHome
    from keys.ceremony.kinds import Ceremony, Deed
    from keys.ceremony.transcript import Act
    from keys.keystore import Passphrase


@dataclass(slots=True)
class Held:
    """A ceremony under way. `path` is the home to act on; `after` and `transcript` are there at its end.

    `told` takes what was done that no difference between two homes shows.
    """

    path: Path
    before: AgencyHome
    hands: list[Hand] = field(default_factory=list)
    told: list[Act] = field(default_factory=list)
    home: AgencyHome | None = None
    transcript: Transcript | None = None

    @property
    def after(self) -> AgencyHome:
        """The home as the ceremony left it; of a rehearsal, as it would have."""
        assert self.home is not None  # the ceremony ended
        return self.home

    @property
    def record(self) -> Transcript:
        """What was done."""
        assert self.transcript is not None  # the ceremony ended
        return self.transcript


@contextmanager
def hold(  # noqa: PLR0913 - a ceremony names everything once
    home: Path,
    ceremony: Ceremony,
    hands: Sequence[Hand],
    *,
    now: datetime,
    rehearse: bool = False,
    reasons: str | None = None,
) -> Iterator[Held]:
    """Hold a ceremony in `home`; what is done at `Held.path` in between is what it does.

    `AdministratorNeeded`, `NotAnAdministrator`, `TwoPeopleNeeded`, `LastAdministrator`, `NotYourself`,
    `NothingChanged`, `HomeBusy`, or as `load_home`; nothing was changed then. A first administrator's own
    enrolment adds their hand to `Held.hands`.
    """
    with changing(home):
        before = load_home(home, now)
        demand_enough(before.roster, ceremony, [hand.person for hand in hands])
        workshop = open_workshop(home)
        try:
            held = Held(workshop, before, list(hands))
            yield held
            held.home = load_home(workshop, now)
            if ceremony not in OWN | UNATTENDED:  # which change nobody's place: see `Transcript`
                demand_lasting(before.roster, held.home.roster, [hand.person for hand in held.hands])
            events: Deed = "event_taken_over" if ceremony == "catch-up" else "event_signed"
            acts = (*held.told, *acts_between(before, held.home, events=events))
            if not acts:
                raise NothingChanged
            if rehearse:
                shutil.rmtree(workshop)
                workshop = open_workshop(home)
            held.transcript = _write(workshop, held, ceremony, acts, now, rehearse, reasons)
            commit(home, workshop)
            if not rehearse:
                held.home = load_home(home, now)
        finally:
            if not unsettled(home):
                shutil.rmtree(workshop, ignore_errors=True)


def hold_founding(  # noqa: PLR0913 - as founding
    home: Path,
    *,
    agency: str,
    name: str,
    passphrase: Passphrase,
    now: datetime,
    cost: Cost = DEFAULT_COST,
    rehearse: bool = False,
) -> tuple[AgencyHome, Transcript]:
    """Found an agency with the first transcript, which nobody signs yet; errors as `agency.found`.

    The next transcript is chained to it. A rehearsal leaves nothing at all: there is no home to keep it in.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HomeExists
    home.parent.mkdir(parents=True, exist_ok=True)
    workshop = home.with_name(f".{home.name}.{new_id()}")
    try:
        made = founding(workshop, agency=agency, name=name, passphrase=passphrase, now=now, cost=cost)
        held = Held(workshop, made, [])
        transcript = _write(workshop, held, "found", acts_of_founding(made), now, rehearse, None)
        if not rehearse:
            workshop.replace(home)
            made = load_home(home, now)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return made, transcript


def _write(  # noqa: PLR0913, PLR0917 - all that stands in it
    workshop: Path,
    held: Held,
    ceremony: Ceremony,
    acts: tuple[Act, ...],
    now: datetime,
    rehearsal: bool,
    reasons: str | None,
) -> Transcript:
    """Write the transcript into the workshop, to be put in place with the rest, after checking it."""
    before = held.before
    secret = before.keyring.secret(ROSTER)
    number = len(before.ceremonies) + 1
    kept = None if reasons is None else keep_reasons(workshop, secret, number, reasons)
    keys = [hand.key for hand in held.hands]
    if ceremony in UNATTENDED and not keys:
        keys.append(before.signing_key)
    transcript = Transcript(
        number=number,
        ceremony=ceremony,
        agency=before.agency,
        rehearsal=rehearsal,
        at=format_time(now),
        by=tuple(hand.person for hand in held.hands),
        keys=tuple(key.verifying_key.key_id for key in keys),
        reasons=kept,
        acts=acts,
        prev=before.ceremonies[-1].digest if before.ceremonies else None,
    )
    data = sign_transcript(transcript, keys)
    left = before if rehearsal or held.home is None else held.home
    check((*read_files(before.path), data) if held.home is not None else (data,), left.roster, left.keys)
    write_transcript(workshop, secret, number, data)
    return transcript
