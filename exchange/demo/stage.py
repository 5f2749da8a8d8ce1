"""The stage: who is signed in where, and waiting for what must arrive.

Promises: a player acts through the desk's JSON API alone, with the same code as the command line.
Never: it waits for ever; what does not arrive in time ends the demonstration, with its reason.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from exchange.demo.processes import HOST
from exchange.desk.cli.client import DeskClient, DeskRefused
from exchange.desk.cli.forms import read_form
from exchange.desk.cli.practitioner import Practitioner, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.demo.cast import Agency
    from exchange.demo.processes import Troupe

CASES: Final = Path(__file__).parent / "cases"
PATIENCE_SECONDS: Final = 30.0
_PAUSE: Final = 0.05

View = dict[str, Any]
_Found = TypeVar("_Found")


class StoryWentWrong(RuntimeError):
    """The story did not go as it is told."""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody of the story, signed in at their own desk."""

    name: str
    post: str
    agency: str
    at: Practitioner

    def reads_back(self, thread: str, leg: int, form: View) -> None:
        """Read what is there, and restate that very version."""
        self.at.read_back(thread, leg, form | {"version": self.at.words(thread, leg)["version"]})

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Ending:
    """How one thing ended, and how to ask the desks for it again."""

    case: str
    what: str
    holds: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Closure:
    """A leg that closed, and those who can each have a certificate of it."""

    case: str
    thread: str
    leg: int
    sides: tuple[Player, ...]


@dataclass(slots=True)
class Stage:
    """Everything that a story needs."""

    folder: Path
    agencies: tuple[Agency, ...]
    ports: dict[str, int]  # by agency
    troupe: Troupe
    players: dict[tuple[str, str], Player] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)

    def player(self, agency: str, name: str) -> Player:
        """Give somebody, signed in."""
        if (agency, name) not in self.players:
            cast = next(one for one in self.agencies if one.plan.id == agency)
            person = next(one for one in cast.plan.people if one.name == name)
            passphrase = cast.passphrases[name].read_text("utf-8")
            token = sign_in(self.address(agency), name, passphrase)["token"]
            at = Practitioner(DeskClient(self.address(agency), token, lambda: passphrase))
            self.players[agency, name] = Player(name, person.post, cast.plan.name, at)
        return self.players[agency, name]

    def address(self, agency: str) -> str:
        """Say where that agency's desk answers."""
        return f"http://{HOST}:{self.ports[agency]}"

    def until(self, what: str, probe: Callable[[], _Found | None]) -> _Found:
        """Ask until there is an answer; `StoryWentWrong` when patience ends."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = probe()
            if found is not None:
                return found
            self.troupe.check()
            if time.monotonic() > deadline:
                raise StoryWentWrong(f"It took too long: {what}.")
            time.sleep(_PAUSE)

    def arrives(self, who: Player, thread: str) -> None:
        """Wait until a thread is in somebody's inbox."""
        self.until(
            f"{who.name} receives it",
            lambda: next((row for row in who.at.inbox() if row["thread"] == thread), None),
        )

    def leg(self, who: Player, thread: str, leg: int, state: str) -> View:
        """Wait until a leg stands so at somebody's desk."""
        return self.until(
            f"{who.name} sees leg {leg} as {state}",
            lambda: _leg_if(who, thread, leg, lambda found: bool(found["state"] == state)),
        )

    def ends(self, case: str, thread: str, leg: int, state: str, *sides: Player) -> None:
        """Wait until a leg stands so on every side, and note it."""
        for side in sides:
            self.leg(side, thread, leg, state)
            self._note(case, f"{side.name} sees leg {leg} as {state}", _leg_stands(side, thread, leg, state))
        if state == "closed":
            self.closures.append(Closure(case, thread, leg, sides))

    def flags(self, case: str, who: Player, thread: str, leg: int, *statements: str) -> View:
        """Give a waiting read-back with its flags, and note whether these statements, or none, bear one."""
        view = who.at.understanding(thread, leg)
        flagged = {flag["statement"] for flag in view["flags"]} - {None}
        expected = set(statements) <= flagged if statements else not view["flags"]
        what = f"{' and '.join(statements)} flagged" if statements else "nothing flagged"
        self._note(case, f"{who.name} sees {what}", lambda: expected)
        return view

    def request_ends(self, case: str, thread: str, state: str, *sides: Player) -> None:
        """Wait until a request stands so on every side, and note it."""
        for side in sides:
            holds = _request_stands(side, thread, state)
            self.until(f"{side.name} sees the request as {state}", partial(_true, holds))
            self._note(case, f"{side.name} sees the request as {state}", holds)

    def stays_open(self, case: str, thread: str, who: Player) -> None:
        """Note that a share as a whole is not closed."""
        self._note(case, f"{who.name} sees the share as open", lambda: not who.at.show(thread)["closed"])

    def _note(self, case: str, what: str, holds: Callable[[], bool]) -> None:
        self.endings.append(Ending(case, what, holds))


def _true(holds: Callable[[], bool]) -> bool | None:
    return True if holds() else None


def _leg_stands(who: Player, thread: str, leg: int, state: str) -> Callable[[], bool]:
    return lambda: _leg_if(who, thread, leg, lambda found: bool(found["state"] == state)) is not None


def _request_stands(who: Player, thread: str, state: str) -> Callable[[], bool]:
    return lambda: bool(who.at.show(thread)["request"] == state)


def _leg_if(who: Player, thread: str, leg: int, fits: Callable[[View], bool]) -> View | None:
    try:
        legs: list[View] = who.at.show(thread)["legs"]
    except DeskRefused:
        return None  # it has not arrived yet
    return next((one for one in legs if one["index"] == leg and fits(one)), None)


def form(case: str, name: str) -> View:
    """Read one of a case's files, as the command line would."""
    return read_form(CASES / case / f"{name}.toml")
