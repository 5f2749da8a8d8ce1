"""The sheet: a thread as one person sees it, as plain values in the order in which they are printed.

Promises: danger stands first; then where it stands, then every step with who, when, and how it was checked.
Never: a key, a ranking that is not both sides' to see, or words that the thread's view does not give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from exchange.desk import plain
from exchange.desk.printing.told import rows, statement_rows
from exchange.wire.contents import ShareContents

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.printing.told import Row
    from exchange.desk.service.views import LegView, PersonView, StepView, ThreadView
    from exchange.wire.contents import Fact, Opinion

_VERDICT: Final = {"agreed": "this is what was meant", "corrected": "something was corrected"}
_TOP: Final = frozenset({"share", "request", "decision"})


class Statement(TypedDict):
    """One fact or opinion."""

    head: str
    text: str
    rows: tuple[Row, ...]


class Part(TypedDict):
    """One recipient's leg, or one step."""

    head: str
    lines: tuple[str, ...]
    rows: tuple[Row, ...]
    statements: tuple[Statement, ...]
    unknown: tuple[str, ...]
    checked: str


class Sheet(TypedDict):
    """Everything that is printed."""

    title: str
    by: str
    danger: tuple[str, ...]
    missing: str
    legs: tuple[Part, ...]
    steps: tuple[Part, ...]


def sheet(view: ThreadView, *, agency_of: Callable[[str], str], reader: PersonView, at: str) -> Sheet:
    """Lay out `view`, which `reader` asked for at `at` (a time as `keys.record.format_time` writes it)."""
    opening = next((step for step in view.steps if step.kind in _TOP), None)
    kind = plain.KIND[view.kind] if view.kind else "Thread"
    return Sheet(
        title=f"{kind} from {_who(opening.who, agency_of)}" if opening else kind,
        by=f"Printed by {_who(reader, agency_of)}, {plain.moment(at)}. Name of the thread: "
        f"{plain.key_groups(view.thread)}.",
        danger=_dangers(view, opening),
        missing="A step that belongs here has not arrived yet. This may not be complete."
        if view.waiting
        else "",
        legs=_stands(view, agency_of),
        steps=tuple(_step(step, agency_of) for step in view.steps),
    )


def _who(who: PersonView, agency_of: Callable[[str], str]) -> str:
    return f"{plain.person(who)}, {agency_of(who.agency)}"


def _dangers(view: ThreadView, opening: StepView | None) -> tuple[str, ...]:
    versions = {leg.version for leg in view.legs}
    shares = (step.words for step in view.steps if step.digest in versions)
    words = (one.immediate_risk for one in shares if isinstance(one, ShareContents))
    found = tuple(dict.fromkeys(risk for risk in words if risk))
    urgent = opening is not None and opening.urgency == "immediate" and not view.closed
    return found or (("Sent as immediate.",) if urgent else ())


def _stands(view: ThreadView, agency_of: Callable[[str], str]) -> tuple[Part, ...]:
    if view.request is not None:
        words = plain.STATE.get(view.request, view.request)
        return (_part("Where it stands", rows=(("Now", words),)),)
    return tuple(_leg(leg, agency_of) for leg in view.legs)


def _leg(leg: LegView, agency_of: Callable[[str], str]) -> Part:
    agency = agency_of(leg.party.agency)
    turn = {"sender": "The sender’s", "recipient": "The recipient’s", None: ""}[leg.turn]
    by = f", by {plain.moment(leg.due)}" if turn and leg.due else ""
    every = (
        ("To", f"{leg.name or 'Somebody no longer listed'}, {agency}"),
        ("Now", plain.STATE.get(leg.state, leg.state)),
        ("Whose turn", turn + by),
        ("Accepted by", plain.person(leg.accepted_by) if leg.accepted_by else ""),
        ("Version", str(leg.version_number)),
    )
    head = f"With {leg.name or agency}"
    return _part(head, rows=tuple((term, words) for term, words in every if words))


def _step(step: StepView, agency_of: Callable[[str], str]) -> Part:
    head = plain.DID[step.kind] + (f": {_VERDICT[step.verdict]}" if step.verdict else "")
    lines = [f"{_who(step.who, agency_of)}, {plain.moment(step.when)}"]
    if step.without_effect:
        lines.append(f"This step changed nothing ({step.without_effect.replace('_', ' ')}).")
    lines += _unread(step)
    share = step.words if isinstance(step.words, ShareContents) else None
    told = rows(step.words) if step.words is not None else ()
    return _part(
        head,
        lines=tuple(lines),
        rows=(*_face(step), *told),
        statements=_statements(share) if share is not None else (),
        unknown=share.not_known if share is not None else (),
        checked=f"Signed with key {plain.key_groups(step.key)}. Checked at this desk "
        f"{plain.moment(step.received)}, by a key log of {step.log_size} entries. Name of the step: "
        f"{plain.key_groups(step.digest)}.",
    )


def _unread(step: StepView) -> list[str]:
    if step.words_refused:
        return [f"The words broke a rule and are not shown ({step.words_refused})."]
    return [] if step.words is not None else ["The words are sealed, or not this reader’s to read."]


def _face(step: StepView) -> tuple[Row, ...]:
    basis = step.basis
    every = (
        ("What for", plain.sentence("purposes", step.purpose) if step.purpose else ""),
        ("Lawful basis", plain.sentence("bases", basis.code) if basis else ""),
        ("By what law", plain.sentence("gateways", basis.gateway) if basis and basis.gateway else ""),
        (
            "Why not by consent",
            plain.sentence("no_consent", basis.no_consent) if basis and basis.no_consent else "",
        ),
        ("How urgent", plain.URGENCY[step.urgency] if step.urgency else ""),
    )
    return tuple((term, words) for term, words in every if words)


def _statements(share: ShareContents) -> tuple[Statement, ...]:
    every: tuple[Fact | Opinion, ...] = (*share.facts, *share.opinions)
    return tuple(
        Statement(
            head=("Fact " if one.id.startswith("F") else "Opinion ")
            + one.id
            + (" – taken back by the sender" if one.id in share.retracted else ""),
            text=one.text,
            rows=statement_rows(one),
        )
        for one in every
    )


def _part(  # noqa: PLR0913 - what a part has
    head: str,
    *,
    lines: tuple[str, ...] = (),
    rows: tuple[Row, ...] = (),
    statements: tuple[Statement, ...] = (),
    unknown: tuple[str, ...] = (),
    checked: str = "",
) -> Part:
    return Part(head=head, lines=lines, rows=rows, statements=statements, unknown=unknown, checked=checked)
