"""To whom: an agency, then a person or a role of it, and how to be sure that it is the right one.

Promises: each is shown with role or post, with the state of its key by the key log, and with the
fingerprint to compare aloud; whoever nothing can be sealed to now is shown, with why, and cannot be chosen;
whoever bears the name of somebody who must never be told is pointed out.
Never: a name stands in an address, or a list is longer than one can look through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import ValidationError

from exchange.desk.web.writing.frame import Entries, Entry
from exchange.desk.whom import IN_FORCE
from exchange.share.gentle import bears_name
from exchange.wire import limits
from exchange.wire.slip import Party

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.desk.service.views import FoundParty
    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.draft import ShareDraft

NO_KEY: Final = {
    "key revoked": "Their key was revoked. You cannot write to them now.",
    "key expired": "Their key has run out. You cannot write to them now.",
    "suspended": "They are suspended. You cannot write to them now.",
    "nobody on duty": "Nobody is in this role now. You cannot write to it.",
}


class Chosen(NamedTuple):
    """One recipient as the pages show them."""

    number: int
    party: Party
    found: FoundParty | None  # None where no roster names them any more
    conflict: bool  # bears the name of somebody who must never be told


def chosen(writing: Writing) -> list[Chosen]:
    """Describe those who were chosen so far."""
    found = []
    for number, party in enumerate(writing.draft.recipients, 1):
        one = writing.visit.desk.describe(party)
        conflict = one is not None and any(bears_name(one.name, name) for name in writing.draft.never_tell)
        found.append(Chosen(number, party, one, conflict))
    return found


def name_of(one: Chosen) -> str:
    """Name a recipient for a list of answers."""
    if one.found is None:
        return "Somebody whom their agency no longer lists"
    post = f", {one.found.post}" if one.found.post else ""
    return f"{one.found.name}{post}, {one.found.agency_name}"


def _agency(writing: Writing) -> str:
    given = writing.form["agency"] if writing.visit.posted else writing.visit.request.query.get("agency", "")
    return given if given in {one.agency for one in writing.visit.desk.agencies()} else ""


def _found(writing: Writing) -> Sequence[FoundParty]:
    agency = _agency(writing)
    return writing.visit.desk.whom(writing.form["q"][: limits.NAME], agency) if agency else ()


def key_of(party: Party) -> str:
    """Write a party as the value of a field."""
    return f"{party.agency}/{'role' if party.role else 'person'}/{party.role or party.person}"


def _party(key: str, agency: str) -> Party | None:
    """Read the value of a field; None for what is no party of this agency."""
    named, _, rest = key.partition("/")
    kind, _, name = rest.partition("/")
    if named != agency or kind not in {"person", "role"}:
        return None
    try:
        return Party.model_validate({"agency": named, kind: name})
    except ValidationError:
        return None


def _show(writing: Writing, number: int) -> Values:
    people = writing.draft.recipients
    return {"party": key_of(people[number - 1])} if 0 < number <= len(people) else {}


def _take(writing: Writing, number: int) -> Changes | None:
    form = writing.form
    if form["do"] == "find":
        return None  # the page comes again, with those who were found
    if not _agency(writing):
        form.ask("agency", "Choose their agency")
        return None
    one = _party(form["party"], _agency(writing))
    described = None if one is None else writing.visit.desk.describe(one)
    if one is None or described is None:
        form.choose("party", (), "Choose who it is for")
        return None
    if described.state != IN_FORCE:
        form.choose("party", (), NO_KEY[described.state])
        return None
    others = [party for at, party in enumerate(writing.draft.recipients, 1) if at != number]
    if one in others:
        form.choose("party", (), "You have chosen them already")
        return None
    people = list(writing.draft.recipients)
    people[number - 1 : number] = [one]
    return {"recipients": tuple(people)}


def _remove(draft: ShareDraft, number: int) -> Changes:
    """Take a recipient out; what was for them alone is for nobody else, and so is theirs no more."""
    kept = [at for at in range(len(draft.recipients)) if at != number - 1]

    def moved(items: Sequence[Any]) -> tuple[Any, ...]:
        left = []
        for item in items:
            only = tuple(kept.index(at) for at in item.only_for if at in kept)
            whole = only == tuple(range(len(kept)))
            left.append(item.model_copy(update={"only_for": () if whole else only}))
        return tuple(left)

    return {
        "recipients": tuple(draft.recipients[at] for at in kept),
        "facts": moved(draft.facts),
        "opinions": moved(draft.opinions),
        "attachments": moved(draft.attachments),
    }


def _more(writing: Writing, number: int) -> Mapping[str, Any]:
    found = _found(writing)
    return {
        "chosen": chosen(writing),
        "agencies": writing.visit.desk.agencies(),
        "at": _agency(writing),
        "found": found,
        "options": [(key_of(one.party), _label(one), _state(one)) for one in found],
        "changing": 0 < number <= len(writing.draft.recipients),
    }


def _label(one: FoundParty) -> str:
    return f"{one.name}, {one.post}" if one.post else f"{one.name} (a role)" if one.party.role else one.name


def _state(one: FoundParty) -> str:
    return "Key checked in the key log." if one.state == IN_FORCE else NO_KEY[one.state]


TO = Entries(
    name="to",
    title="Who is it for?",
    short="To whom",
    template="writing/recipient.html",
    show=_show,
    take=_take,
    places=lambda _, number: {f"recipients[{number - 1}]": "party"},
    told=lambda writing: [name_of(one) for one in chosen(writing)],
    more=_more,
    one="recipient",
    hint="Share with those who have a part in keeping the child safe, and with nobody else.",
    needed="Choose who it is for",
    entries=lambda writing: [Entry(one.number, name_of(one)) for one in chosen(writing)],
    remove=_remove,
    list_template="writing/recipients.html",
)
