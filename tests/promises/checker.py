"""A checker that knows every acknowledged step, and the load that makes them.

Two people work through their desks' JSON API as fast as they are answered: one shares and hears, the other
accepts and reads back. Each digest that a desk acknowledged is written down. A call that got no answer, or a
session that died with its desk, is simply tried again later, as a person would.

At the end `verdict` asks both desks for every thread and says what is lost, doubled, or seen differently.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from small_words import draft, heard, restated
from two_desks import RECIPIENT, SENDER

from exchange.desk.cli.client import DeskRefused
from exchange.errors import DeskUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from two_desks import World

    from exchange.desk.cli.practitioner import Practitioner

QUIET_SECONDS = 120
PAUSE = 0.01
RACES = frozenset({"step_not_allowed", "superseded", "thread_unknown"})  # two answers to one question


@dataclass(slots=True)
class Checker:
    """What was acknowledged: step digests by thread."""

    world: World
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> list[threading.Thread]:
        """Start both people working."""
        workers = [
            threading.Thread(target=self._work, args=(who, act), name=act.__name__, daemon=True)
            for who, act in ((SENDER, self._share_and_hear), (RECIPIENT, self._accept_and_restate))
        ]
        for worker in workers:
            worker.start()
        return workers

    def _work(self, who: tuple[str, str], act: Callable[[Practitioner], None]) -> None:
        try:
            self._go_on(who, act)
        except Exception as unexpected:  # noqa: BLE001 - whatever it is, the run has lost its load: say so
            self.surprises.append(f"{act.__name__} ended: {unexpected!r}")

    def _go_on(self, who: tuple[str, str], act: Callable[[Practitioner], None]) -> None:
        at: Practitioner | None = None
        while not self.stopping.is_set():
            try:
                at = at or self.world.sign_in(*who)
                act(at)
            except DeskUnreachable:
                time.sleep(PAUSE)
            except DeskRefused as refused:
                if refused.problem_code == "session_ended":
                    at = None
                elif refused.problem_code not in RACES:
                    self.surprises.append(f"{act.__name__}: {refused.problem_code} {refused.detail}")
                time.sleep(PAUSE)
            time.sleep(PAUSE)

    def _share_and_hear(self, at: Practitioner) -> None:
        for row in at.inbox():
            if row["state"] == "read_back" and row["side"] == "sender":
                self._note(at.hear_back(row["thread"], row["leg"], heard()))
        to = {"agency": RECIPIENT[0], "person": self.world.persons[RECIPIENT[0]], "role": None}
        self._note(at.client.post("/api/v1/shares", draft(to)))

    def _accept_and_restate(self, at: Practitioner) -> None:
        for row in at.inbox():
            if row["side"] != "recipient" or not row["yours"]:
                continue
            if row["state"] == "sent":
                self._note(at.accept(row["thread"], row["leg"], "I am the duty worker."))
            elif row["state"] == "accepted":
                words = at.words(row["thread"], row["leg"])
                self._note(at.read_back(row["thread"], row["leg"], restated(words)))

    def _note(self, posted: dict[str, Any]) -> None:
        with self.lock:
            self.acknowledged.setdefault(posted["thread"], set()).update([posted["digest"], *posted["steps"]])

    def count(self) -> int:
        """How many steps were acknowledged."""
        with self.lock:
            return sum(len(steps) for steps in self.acknowledged.values())

    def verdict(self) -> list[str]:
        """Wait until both desks agree, then say everything that is wrong."""
        sides = [self.world.sign_in(*SENDER), self.world.sign_in(*RECIPIENT)]
        deadline = time.monotonic() + QUIET_SECONDS
        wrong = {thread: ["never asked"] for thread in self.acknowledged}
        while wrong and time.monotonic() < deadline:
            wrong = {thread: found for thread in wrong if (found := self._wrong_with(thread, sides))}
            time.sleep(PAUSE)
        return [*self.surprises, *(one for found in wrong.values() for one in found)]

    def _wrong_with(self, thread: str, sides: list[Practitioner]) -> list[str]:
        found, views = [], []
        for side in sides:
            try:
                views.append(side.show(thread))
            except DeskRefused as refused:
                return [f"{thread}: {refused.problem_code}"]
        for view in views:
            counts = Counter(step["digest"] for step in view["steps"])
            found += [f"{thread}: lost {step[:8]}" for step in self.acknowledged[thread] - counts.keys()]
            found += [f"{thread}: doubled {step[:8]}" for step, count in counts.items() if count > 1]
            kinds = Counter(step["kind"] for step in view["steps"] if step["without_effect"] is None)
            found += [f"{thread}: {kind} took effect twice" for kind, count in kinds.items() if count > 1]
            if view["forks"] or view["waiting"]:
                found.append(f"{thread}: forked or waiting for a cause")
        mine, theirs = (
            [(leg["state"], leg["version"], leg["read_back"], leg["hear_back"]) for leg in view["legs"]]
            for view in views
        )
        if mine != theirs:
            found.append(f"{thread}: {mine} here, {theirs} there")
        return found
