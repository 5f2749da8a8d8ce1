"""A practitioner at a desk: each thing that a person can do there, as one call of the desk's JSON API.

Promises: names of people and roles are looked up at the desk and must fit exactly one; a thread may be named
by its first letters. What the desk refuses arrives with the desk's own words.
Never: a default where a person must judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from exchange.desk.cli import forms
from exchange.desk.cli.client import DeskClient
from exchange.errors import (
    FileMissing,
    LegUnknown,
    RecipientAmbiguous,
    RecipientUnknown,
    StepNotAllowed,
    ThreadAmbiguous,
    ThreadUnknown,
    TooLarge,
)
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE: Final = "/api/v1"
_ID_LENGTH: Final = 26
_BEGINNING: Final = re.compile("[a-z2-7]{1,25}")

View = dict[str, Any]


def sign_in(address: str, person: str, passphrase: str) -> View:
    """Sign in at the desk; its answer, with the token."""
    answer: View = DeskClient(address).post(f"{BASE}/session", {"person": person, "passphrase": passphrase})
    return answer


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody signed in at a desk."""

    client: DeskClient

    def sign_out(self) -> None:
        """End the session."""
        self.client.delete(f"{BASE}/session")

    # --- looking -----------------------------------------------------------------------------------

    def whom(self, query: str) -> list[View]:
        """Say who is who, by a part of a name, and whether they can be written to."""
        return list(self._post("/whom", {"q": query})["parties"])

    def party(self, name: str) -> View:
        """Give the party that `found` finds."""
        party: View = self.found(name)["party"]
        return party

    def found(self, name: str) -> View:
        """Find the one person or role called `agency/Full name`; the agency by id or name, in any case.

        Somebody whose key is revoked is found too: the desk refuses them with its own words.
        """
        agency, slash, who = name.rpartition("/")
        wanted, of = _folded(who), _folded(agency)
        fitting = [
            one
            for one in self.whom(" ".join(who.split()))
            if _folded(one["name"]) == wanted
            and (not slash or of in {one["party"]["agency"], _folded(one["agency_name"])})
        ]
        if not fitting:
            raise RecipientUnknown
        if len(fitting) > 1:  # somebody enrolled anew has an old entry too
            fitting = [one for one in fitting if one["state"] == "in force"]
        if len(fitting) != 1:
            raise RecipientAmbiguous
        return fitting[0]

    def inbox(self, *, finished: bool = False, thread: str = "") -> list[View]:
        """Give what waits for this person or for others on their account; or the newest that is over.

        `thread` is how the thread's name begins.
        """
        asked = {"list": "over"} if finished else {"list": "open", "rows": "200"}
        found: View = self.client.get(f"{BASE}/inbox", **asked, thread=thread)
        rows = list(found["rows"])
        while not finished and found.get("after"):
            found = self.client.get(f"{BASE}/inbox", **asked, thread=thread, after=found["after"])
            rows += found["rows"]
        return rows

    def thread(self, name: str) -> str:
        """Give the whole name of the thread that begins with these letters."""
        if len(name) == _ID_LENGTH:
            return name
        begins = name.lower()
        if not _BEGINNING.fullmatch(begins):
            raise ThreadUnknown
        rows = [*self.inbox(thread=begins), *self.inbox(finished=True, thread=begins)]
        fitting = {row["thread"] for row in rows if row["thread"].startswith(begins)}
        if not fitting:
            raise ThreadUnknown
        if len(fitting) > 1:
            raise ThreadAmbiguous
        return str(fitting.pop())

    def leg(self, thread: str, given: int | None) -> int:
        """Give the leg that is meant: the one `given`, or the only one that is this person's to see.

        `LegUnknown` with the legs that there are, where it is none of them or could be several. The lists
        say it; a thread that is in neither any more is looked at itself.
        """
        rows = [*self.inbox(thread=thread), *self.inbox(finished=True, thread=thread)]
        mine = {row["leg"] for row in rows if row["thread"] == thread and row["leg"] is not None}
        if given in mine or (given is None and len(mine) == 1):
            return given if given is not None else int(mine.pop())
        legs = {leg["index"]: leg["party"]["agency"] for leg in self.show(thread)["legs"]}
        if given in legs or (given is None and len(legs) == 1):
            return given if given is not None else int(legs.popitem()[0])
        raise LegUnknown(", ".join(f"leg {number} at {agency}" for number, agency in legs.items()) or "none")

    def show(self, thread: str) -> View:
        """Give a whole thread as this person may see it."""
        return self._view(f"/threads/{thread}")

    def words(self, thread: str, leg: int) -> View:
        """Give the newest version of what a share says."""
        return self._view(f"/threads/{thread}/legs/{leg}/words")

    def understanding(self, thread: str, leg: int) -> View:
        """Give a waiting read-back beside what was sent, with its flags."""
        return self._view(f"/threads/{thread}/legs/{leg}/understanding")

    def catalogue(self) -> View:
        """Give what can be chosen: purposes, lawful bases, gateways, reasons."""
        return self._view("/catalogue")

    def reminders(self) -> list[View]:
        """Give what somebody is being reminded of."""
        return list(self._view("/reminders")["rows"])

    def alarms(self) -> list[View]:
        """Give the alarms that stand; none for anybody but the agency's lead."""
        return list(self._view("/alarms")["rows"])

    def figures(self) -> View:
        """Give how the agency's loops go; `DeskRefused` for anybody but its lead."""
        return self._view("/figures")

    def deliveries(self) -> list[View]:
        """Say how far what was sent has come."""
        return list(self._view("/deliveries")["rows"])

    def line(self) -> View:
        """Say whether the hub answers, and since when."""
        return self._view("/line")

    # --- writing -----------------------------------------------------------------------------------

    # What opens a thread goes out under a key, so that it can be sent again when its answer was lost.

    def share(self, form: View, beside: Path, answers: str | None = None, key: str | None = None) -> View:
        """Send a share; `beside` is the folder of its files, `answers` the request that it answers.

        The answer also says to whom it goes: `to`, as `whom` gives them.
        """
        recipients: list[View] = []

        def party(name: str) -> View:
            recipients.append(self.found(name))
            found: View = recipients[-1]["party"]
            return found

        draft = forms.share(form, party, lambda name: self.attach(beside / name)["handle"])
        answer = self._open("/shares", draft if answers is None else draft | {"answers": answers}, key)
        return answer | {"to": recipients}

    def request(self, form: View, answers: str | None = None, key: str | None = None) -> View:
        """Send a request; `answers` is the refusal after which it asks again."""
        draft = forms.request(form, self.party)
        return self._open("/requests", draft if answers is None else draft | {"answers": answers}, key)

    def decide(self, form: View, key: str | None = None) -> View:
        """Record a decision at one's own agency."""
        return self._open("/decisions", form, key)

    def refuse(self, thread: str, form: View) -> View:
        """Refuse a request."""
        return self._post(f"/threads/{thread}/refuse", form)

    def accept(self, thread: str, leg: int, my_part: str) -> View:
        """Say: I am the right person, and this is my part in it."""
        return self._step(thread, leg, "accept", {"my_part": my_part})

    def decline(self, thread: str, leg: int, reason: str, words: str | None) -> View:
        """Say: not mine to have."""
        return self._step(thread, leg, "decline", {"reason": reason, "words": words})

    def read_back(self, thread: str, leg: int, form: View) -> View:
        """Say what was understood."""
        return self._step(thread, leg, "read-back", forms.read_back(form))

    def hear_back(self, thread: str, leg: int, form: View) -> View:
        """Say whether that is what was meant."""
        return self._step(thread, leg, "hear-back", forms.hear_back(form))

    def amend(self, thread: str, form: View, beside: Path, legs: list[int] | None = None) -> View:
        """Send a new version, to these legs or (None) to everybody who has not declined it."""
        view = self.show(thread)["legs"]
        names = [f"{one['party']['agency']}/{one['name']}" for one in view]
        chosen = legs or [one["index"] for one in view if one["state"] not in {"declined", "withdrawn"}]
        unknown = set(chosen) - {one["index"] for one in view}
        if unknown:
            self.leg(thread, min(unknown))
        if not chosen:
            raise StepNotAllowed
        draft = forms.amendment(form, names, chosen, lambda name: self.attach(beside / name)["handle"])
        return self._step(thread, chosen[0], "amend", draft)

    def withdraw(self, thread: str, leg: int | None, reason: str) -> View:
        """Take a request back, or one leg of a share, or (`leg` None) all of its legs that are open."""
        if leg is None:
            return self._post(f"/threads/{thread}/withdraw", {"reason": reason})
        return self._step(thread, leg, "withdraw", {"reason": reason})

    def note(self, thread: str, leg: int | None, words: str) -> View:
        """Ask or answer something; it changes no state. `leg` None for a request."""
        if leg is None:
            return self._post(f"/threads/{thread}/note", {"words": words})
        return self._step(thread, leg, "note", {"words": words})

    # --- files and evidence ------------------------------------------------------------------------

    def attach(self, path: Path) -> View:
        """Seal a file at the desk; gives its handle. `TooLarge` before a byte of it is sent."""
        try:
            with path.open("rb") as stream:
                size = path.stat().st_size
                if size > limits.ATTACHMENT:
                    raise TooLarge("an attached file")
                view: View = self.client.upload(f"{BASE}/attachments", stream, size)
        except OSError:
            raise FileMissing("an attached file") from None
        return view

    def attachment(self, thread: str, leg: int, number: int) -> Iterator[bytes]:
        """Give an attached file, piece by piece."""
        return self.client.download(f"{BASE}/threads/{thread}/legs/{leg}/attachments/{number}")

    def certificate(self, thread: str, leg: int, *, words: bool) -> bytes:
        """Give the certificate of closure, unverified."""
        path = f"{BASE}/threads/{thread}/legs/{leg}/certificate"
        return self.client.fetch(path, words="yes" if words else "no")

    def _view(self, path: str) -> View:
        view: View = self.client.get(BASE + path)
        return view

    def _post(self, path: str, body: View) -> View:
        view: View = self.client.post(BASE + path, body)
        return view

    def _open(self, path: str, body: View, key: str | None) -> View:
        from keys.record import new_id

        view: View = self.client.post_once(BASE + path, body, key or new_id())
        return view

    def _step(self, thread: str, leg: int, step: str, body: View) -> View:
        return self._post(f"/threads/{thread}/legs/{leg}/{step}", body)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
