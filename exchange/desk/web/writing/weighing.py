"""What is not known, who gets which statement, how much each weighs, and why no more is shared.

Promises: everybody gets everything unless the writer says otherwise; every statement has a weight, and one
is the key point; nothing is weighed before its writer weighs it.
Never: who gets what is asked where there is one recipient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.desk import plain
from exchange.desk.web.forms import Wrong
from exchange.desk.web.writing.frame import Question
from exchange.desk.web.writing.people import lines
from exchange.desk.web.writing.recipients import chosen, name_of
from exchange.share.draft import DraftEmphasis
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.draft import DraftAttachment, DraftFact, DraftOpinion, ShareDraft

_UNKNOWNS = 50
WEIGHTS = ("critical", "significant", "context")


def _take_unknown(writing: Writing, _: int) -> Changes | None:
    form = writing.form
    said = lines(form["not_known"])
    if any(len(one) > limits.SENTENCE for one in said) or len(said) > _UNKNOWNS:
        form.wrong.append(
            Wrong(
                "not_known",
                f"Use at most {_UNKNOWNS} lines, each with fewer than {limits.SENTENCE} characters",
            )
        )
    return None if form.wrong else {"not_known": said}


NOT_KNOWN = Question(
    name="not-known",
    title="What is not known?",
    short="Not known",
    template="writing/not_known.html",
    show=lambda writing, _: {"not_known": "\n".join(writing.draft.not_known)},
    take=_take_unknown,
    places=lambda draft, _: {f"not_known[{at}]": "not_known" for at in range(len(draft.not_known))},
    told=lambda writing: writing.draft.not_known or ["Nothing is named"],
)


def statements(draft: ShareDraft) -> tuple[DraftFact | DraftOpinion, ...]:
    """Give facts and opinions in their order."""
    return (*draft.facts, *draft.opinions)


def several(draft: ShareDraft) -> bool:
    """Say whether it goes to more than one."""
    return len(draft.recipients) > 1


def gets(item: DraftFact | DraftOpinion | DraftAttachment, at: int) -> bool:
    """Say whether a recipient gets an item."""
    return not item.only_for or at in item.only_for


def read_audience(writing: Writing, name: str) -> tuple[int, ...] | None:
    """Read the boxes of one item: the places of those who get it, nobody for everybody; None for no box."""
    every = range(len(writing.draft.recipients))
    ticked = tuple(at for at in every if writing.form[f"{name}-{at}"] == "yes")
    if not ticked:
        return None
    return () if len(ticked) == len(every) else ticked


def _show_gets(writing: Writing, _: int) -> Values:
    people = range(len(writing.draft.recipients))
    return {
        f"{one.id}-{at}": "yes" if gets(one, at) else "" for one in statements(writing.draft) for at in people
    }


def _take_gets(writing: Writing, _: int) -> Changes | None:
    form, draft = writing.form, writing.draft
    audience = {one.id: read_audience(writing, one.id) for one in statements(draft)}
    for name, found in audience.items():
        if found is None:
            form.wrong.append(Wrong(f"{name}-0", f"{name}: choose who gets it, or remove it"))
    if form.wrong:
        return None
    facts = tuple(one.model_copy(update={"only_for": audience[one.id]}) for one in draft.facts)
    opinions = tuple(one.model_copy(update={"only_for": audience[one.id]}) for one in draft.opinions)
    return {"facts": facts, "opinions": opinions}


def _gets_places(draft: ShareDraft, _: int) -> Mapping[str, str]:
    first = f"{statements(draft)[0].id}-0" if statements(draft) else ""
    places = {f"recipients[{at}]": first for at in range(len(draft.recipients))}
    return places | {f"opinions[{at}].rests_on": f"{one.id}-0" for at, one in enumerate(draft.opinions)}


def _told_gets(writing: Writing) -> list[str]:
    people = [name_of(one) for one in chosen(writing)]
    return [
        f"{one.id}: {'everybody' if not one.only_for else '; '.join(people[at] for at in one.only_for)}"
        for one in statements(writing.draft)
    ]


GETS = Question(
    name="gets",
    title="Who gets which part?",
    short="Who gets what",
    template="writing/gets.html",
    show=_show_gets,
    take=_take_gets,
    places=_gets_places,
    told=_told_gets,
    asked=several,
    more=lambda writing, _: {
        "people": [name_of(one) for one in chosen(writing)],
        "statements": statements(writing.draft),
    },
)


def _show_weights(writing: Writing, _: int) -> Values:
    emphasis = writing.draft.emphasis
    weights = {f"w-{one.id}": emphasis.weights.get(one.id, "") for one in statements(writing.draft)}
    return weights | {"key_point": emphasis.key_point or ""}


def _take_weights(writing: Writing, _: int) -> Changes | None:
    form, names = writing.form, [one.id for one in statements(writing.draft)]
    weights: dict[str, Any] = {
        name: form.choose(f"w-{name}", WEIGHTS, f"{name}: choose how much it matters") for name in names
    }
    key_point = form.choose("key_point", names, "Choose the one thing that matters most")
    if form.wrong:
        return None
    return {"emphasis": DraftEmphasis.model_validate({"weights": weights, "key_point": key_point})}


def _told_weights(writing: Writing) -> list[str]:
    emphasis = writing.draft.emphasis
    said = [
        f"{one.id}: {plain.WEIGHT[emphasis.weights[one.id]]}"
        for one in statements(writing.draft)
        if one.id in emphasis.weights
    ]
    return [*said, f"The one thing that matters most: {emphasis.key_point}"] if emphasis.key_point else said


WEIGHT = Question(
    name="weight",
    title="What matters most?",
    short="What matters most",
    template="writing/weight.html",
    show=_show_weights,
    take=_take_weights,
    places=lambda *_: {"emphasis.key_point": "key_point"},
    told=_told_weights,
    more=lambda writing, _: {"statements": statements(writing.draft)},
)


def _take_need(writing: Writing, _: int) -> Changes | None:
    said = writing.form.ask("need", "Say how much you share, and why no more")
    return None if writing.form.wrong else {"need": said}


NEED = Question(
    name="need",
    title="How much do you share, and why no more?",
    short="How much, and why no more",
    template="writing/need.html",
    show=lambda writing, _: {"need": writing.draft.need or ""},
    take=_take_need,
    places=lambda *_: {"need": "need"},
    told=lambda writing: [writing.draft.need or ""],
)
