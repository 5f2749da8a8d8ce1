"""Facts and opinions, one at a time: each with where it comes from or what it rests on, how sure, and why.

Promises: a number, once given to a statement, stays its own; removing a fact takes it out of what opinions
rest on, and a statement that is gone has no weight.
Never: an opinion rests on anything but facts of this draft and grounds in its writer's own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from exchange.desk import plain
from exchange.desk.web.forms import Wrong
from exchange.desk.web.writing.dates import read_when
from exchange.desk.web.writing.frame import LONG, Entries, Entry
from exchange.share.draft import DraftEmphasis, DraftFact, DraftOpinion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.desk.web.forms import Form
    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.draft import ShareDraft

PROTECTED: Final = {
    "": "Nothing",
    "source": "Who said it",
    "address": "An address",
    "contact": "Contact details",
}
_SHARED: Final = ("text", "confidence", "why_needed", "does_not_mean")


def number_of(name: str) -> int:
    """Give the number in a statement's name."""
    return int(name[1:])


def _of(items: Sequence[DraftFact] | Sequence[DraftOpinion], number: int) -> Any:
    return next((one for one in items if number_of(one.id) == number), None)


def _shown(one: DraftFact | DraftOpinion) -> dict[str, str]:
    values = {name: getattr(one, name) or "" for name in _SHARED}
    return values | {"onward": one.handling.onward, "protected": one.handling.protected or ""}


def _asked(form: Form, what: str) -> dict[str, Any]:
    """Read what facts and opinions have in common."""
    return {
        "text": form.ask("text", f"Write the {what}"),
        "confidence": form.choose("confidence", _confidence(), "Choose how sure it is"),
        "why_needed": form.ask("why_needed", "Say why they need it"),
        "does_not_mean": form["does_not_mean"].strip() or None,
        "handling": {
            "onward": form.choose("onward", plain.ONWARD, "Choose if they may pass it on"),
            "protected": form["protected"] if form["protected"] in plain.PROTECTED else None,
        },
    }


def _confidence() -> tuple[str, ...]:
    return ("very_low", "low", "medium", "high", "very_high")


def _made(form: Form, model: type[Any], said: Mapping[str, Any]) -> Any:
    """Make the statement; None, with what is wrong noted."""
    if form.wrong:
        return None
    try:
        return model.model_validate(said, strict=False)
    except ValidationError as error:
        for one in error.errors(include_input=False):
            place = [part for part in one["loc"] if isinstance(part, str)]
            dates = place[-1] in {"as_of", "until"}
            words = "Write the date as 10 November 2026, November 2026 or 2026" if dates else LONG
            form.wrong.append(Wrong("text" if place[-1] == "id" else place[-1], words))
        return None


def _put(items: Sequence[Any], one: Any) -> tuple[Any, ...]:
    """Put a statement in the place of the one of its name, or at the end."""
    if any(other.id == one.id for other in items):
        return tuple(one if other.id == one.id else other for other in items)
    return (*items, one)


def _weights_without(draft: ShareDraft, name: str) -> DraftEmphasis:
    weights = {one: weight for one, weight in draft.emphasis.weights.items() if one != name}
    key_point = draft.emphasis.key_point
    return DraftEmphasis(weights=weights, key_point=None if key_point == name else key_point)


# --- facts -------------------------------------------------------------------------------------------


def _show_fact(writing: Writing, number: int) -> Values:
    one: DraftFact | None = _of(writing.draft.facts, number)
    if one is None:
        return {}
    source = one.source
    return {
        **_shown(one),
        "source": source.kind if source is not None else "",
        "who": (source.who or "") if source is not None else "",
        "record": (source.record or "") if source is not None else "",
        "as_of": plain.day(one.as_of) if one.as_of else "",
        "until": plain.day(one.until) if one.until else "",
        "verbatim": "yes" if one.verbatim else "",
    }


def _take_fact(writing: Writing, number: int) -> Changes | None:
    form, before = writing.form, _of(writing.draft.facts, number)
    said = _asked(form, "fact")
    kind = form.choose("source", plain.SOURCE, "Choose how it is known")
    who, record = form["who"].strip(), form["record"].strip()
    if kind == "reported":
        who = form.ask("who", "Say who told you")
    if kind == "record":
        record = form.ask("record", "Say which record it is from")
    when = form.ask("as_of", "Say when it was so")
    until = form["until"].strip()
    said |= {
        "id": f"F{number}",
        "source": {
            "kind": kind,
            "who": (who or None) if kind != "record" else None,
            "record": (record or None) if kind == "record" else None,
        },
        "as_of": read_when(when) if when else None,
        "until": read_when(until) if until else None,
        "verbatim": form["verbatim"] == "yes",
        "only_for": before.only_for if before is not None else (),
    }
    one = _made(form, DraftFact, said)
    return None if one is None else {"facts": _put(writing.draft.facts, one)}


def _remove_fact(draft: ShareDraft, number: int) -> Changes:
    name = f"F{number}"
    opinions = tuple(
        one.model_copy(update={"rests_on": tuple(fact for fact in one.rests_on if fact != name)})
        for one in draft.opinions
    )
    facts = tuple(one for one in draft.facts if one.id != name)
    return {"facts": facts, "opinions": opinions, "emphasis": _weights_without(draft, name)}


def places_of(field: str, items: Sequence[DraftFact] | Sequence[DraftOpinion], number: int) -> dict[str, str]:
    """Which field of the page each place of a statement is."""
    ids = [one.id for one in items]
    at = next((at for at, name in enumerate(ids) if number_of(name) == number), len(ids))
    names = (*_SHARED, "as_of", "until", "whose", "capacity", "rests_on", "grounds")
    places = {f"{field}[{at}].{name}": name for name in names}
    return places | {
        f"{field}[{at}].source": "source",
        f"{field}[{at}].source.who": "who",
        f"{field}[{at}].source.record": "record",
    }


def _said_of(one: DraftFact | DraftOpinion) -> str:
    """Say in words what a statement has besides its text."""
    said = [
        f"How sure: {plain.sentence('confidence', one.confidence)}",
        f"Needed because: {one.why_needed}",
        f"It does not mean: {one.does_not_mean}" if one.does_not_mean else "",
        plain.ONWARD[one.handling.onward],
        plain.PROTECTED[one.handling.protected] if one.handling.protected else "",
    ]
    return "\n".join(line for line in said if line)


def _known(one: DraftFact) -> str:
    source = one.source
    where = (
        ""
        if source is None
        else f"{plain.SOURCE[source.kind]}: {source.who or source.record or 'the writer'}"
    )
    when = f"{plain.day(one.as_of)}" if one.as_of else ""
    until = f" to {plain.day(one.until)}" if one.until else ""
    verbatim = "The child’s own words" if one.verbatim else ""
    said = (where, f"True on: {when}{until}" if when else "", verbatim, _said_of(one))
    return "\n".join(line for line in said if line)


def _held(one: DraftOpinion) -> str:
    rests = ", ".join((*one.rests_on, *([one.grounds] if one.grounds else [])))
    return f"{one.whose}, {one.capacity}\nIt rests on: {rests}\n{_said_of(one)}"


FACTS = Entries(
    name="facts",
    title="What are the facts?",
    short="Facts",
    template="writing/fact.html",
    show=_show_fact,
    take=_take_fact,
    places=lambda draft, number: places_of("facts", draft.facts, number),
    told=lambda writing: [f"{one.id}: {one.text}\n{_known(one)}" for one in writing.draft.facts] or ["None"],
    more=lambda *_: {"protected": [(value, label, "") for value, label in PROTECTED.items()]},
    one="fact",
    hint="One fact at a time. A fact is what somebody saw, heard or wrote down, not what it means.",
    entries=lambda writing: [Entry(number_of(one.id), one.text, one.id) for one in writing.draft.facts],
    remove=_remove_fact,
)


# --- opinions ----------------------------------------------------------------------------------------


def _show_opinion(writing: Writing, number: int) -> Values:
    one: DraftOpinion | None = _of(writing.draft.opinions, number)
    if one is None:
        return {}
    rests = {f"rests-{name}": "yes" for name in one.rests_on}
    mine = {"whose": one.whose, "capacity": one.capacity, "grounds": one.grounds or ""}
    return {**_shown(one), **mine, **rests}


def _take_opinion(writing: Writing, number: int) -> Changes | None:
    form, before = writing.form, _of(writing.draft.opinions, number)
    said = _asked(form, "opinion")
    said |= {
        "id": f"O{number}",
        "whose": form.ask("whose", "Say whose opinion it is"),
        "capacity": form.ask("capacity", "Say in what post or part they hold it"),
        "rests_on": tuple(one.id for one in writing.draft.facts if form[f"rests-{one.id}"] == "yes"),
        "grounds": form["grounds"].strip() or None,
        "only_for": before.only_for if before is not None else (),
    }
    if not said["rests_on"] and not said["grounds"]:
        form.wrong.append(Wrong("rests_on", "Choose the facts that it rests on, or write its other grounds"))
    one = _made(form, DraftOpinion, said)
    return None if one is None else {"opinions": _put(writing.draft.opinions, one)}


def _remove_opinion(draft: ShareDraft, number: int) -> Changes:
    name = f"O{number}"
    opinions = tuple(one for one in draft.opinions if one.id != name)
    return {"opinions": opinions, "emphasis": _weights_without(draft, name)}


def _more_opinion(writing: Writing, _: int) -> Mapping[str, Any]:
    me = writing.visit.desk.who_is(writing.visit.session)
    return {
        "protected": [(value, label, "") for value, label in PROTECTED.items()],
        "facts": [(f"rests-{one.id}", f"{one.id}: {one.text}") for one in writing.draft.facts],
        "mine": (me.name, me.post),
    }


OPINIONS = Entries(
    name="opinions",
    title="What opinions do you share?",
    short="Opinions",
    template="writing/opinion.html",
    show=_show_opinion,
    take=_take_opinion,
    places=lambda draft, number: places_of("opinions", draft.opinions, number),
    told=lambda writing: (
        [f"{one.id}: {one.text}\n{_held(one)}" for one in writing.draft.opinions] or ["None"]
    ),
    more=_more_opinion,
    one="opinion",
    hint="One opinion at a time: what somebody makes of the facts, whose it is, and what it rests on.",
    entries=lambda writing: [Entry(number_of(one.id), one.text, one.id) for one in writing.draft.opinions],
    remove=_remove_opinion,
)
