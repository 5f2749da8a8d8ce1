"""A share as it is read on the terminal: fact and opinion, each with all that belongs to it.

Promises: pure functions from the desk's answers to lines of at most 80 columns; source, confidence in
numbers, and what a statement does *not* mean always stand with it.
Never: the sender's weights, which the desk does not give before a hear-back reveals them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exchange.desk.cli.say import WIDTH, wrapped
from exchange.share.catalogue import Catalogue, Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

View = dict[str, Any]

RULE: Final = "-" * WIDTH
_SOURCE: Final = {"observed": "Observed", "reported": "Reported", "record": "From a record"}
_ONWARD: Final = {
    "ask_first": "ask the sender before passing it on",
    "within_agency": "may be passed on within your agency",
    "never": "NEVER PASS IT ON",
}


_LAW: Final[tuple[tuple[str, Section, str], ...]] = (
    ("Lawful basis", "bases", "code"),
    ("By what law", "gateways", "gateway"),
    ("Why not by consent", "no_consent", "no_consent"),
)


def words(view: View, step: View | None = None) -> Iterator[str]:
    """Print a share as its recipient (or author) reads it; `step` is the one that sent this version."""
    share = view["words"]
    yield RULE
    if share["immediate_risk"]:
        yield from wrapped(f"!! IMMEDIATE RISK: {share['immediate_risk']}", hang=3)
    yield f"Version {view['version_number']}"
    yield from () if step is None else grounds(step)
    yield from wrapped(f"In the sender's words: {share['purpose']}", hang=2)
    if share["change"]:
        yield from wrapped(f"What changed: {share['change']}", hang=2)
    for statement in share["retracted"]:
        yield f"Retracted: {statement}"
    yield from _people(share)
    for statement in [*share["facts"], *share["opinions"]]:
        yield ""
        yield from statement_lines(statement)
    yield ""
    for unknown in share["not_known"]:
        yield from wrapped(f"Not known: {unknown}", hang=2)
    yield from wrapped(f"How much, and why no more: {share['need']}", hang=2)
    for attached in view["attachments"]:
        here = "" if attached["here"] else " (still on its way)"
        text = f"Attachment {attached['index']}: {attached['name']}, {attached['size']} bytes{here}. "
        yield from wrapped(text + attached["why_needed"], hang=2)
    yield RULE


def _people(share: View) -> Iterator[str]:
    """Print each subject, and beneath it whether they were told or must never be; then who else must not be.

    The answers stand in the order of the subjects. A name that is to be told nothing belongs to a subject
    only if it is that subject's, letter for letter but for case and spaces.
    """
    never = {_plain(name): name for name in share["never_tell"]}
    told = share["subject_informed"]
    for index, subject in enumerate(share["subjects"]):
        yield from wrapped(f"About: {_subject(subject)}", hang=2)
        name = subject["name"] or "this person"
        if never.pop(_plain(subject["name"] or ""), None) is not None:
            yield from wrapped(f"!! NEVER TELL {name} any of this.", indent=2, hang=5)
        if index < len(told):
            yield from wrapped(f"Was {name} told? {_informed(told[index])}", indent=2, hang=4)
    for other in never.values():
        yield from wrapped(f"!! NEVER TELL {other} any of this.", hang=3)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def statement_lines(statement: View, *, indent: int = 0) -> Iterator[str]:
    """Print one fact or opinion with all that belongs to it."""
    fact = statement["id"].startswith("F")
    kind = "FACT" if fact else "OPINION"
    yield from wrapped(f"{statement['id']}  {kind}  {statement['text']}", indent=indent, hang=indent + 4)
    yield from wrapped(_where_from(statement) if fact else _whose(statement), indent=indent + 4)
    yield from wrapped(f"Confidence: {confidence(statement['confidence'])}.", indent=indent + 4)
    if statement["does_not_mean"]:
        yield from wrapped(f"Careful: {statement['does_not_mean']}", indent=indent + 4, hang=indent + 6)
    yield from wrapped(f"Why you need it: {statement['why_needed']}", indent=indent + 4, hang=indent + 6)
    handling = statement["handling"]
    if handling["onward"] != "ask_first" or handling["protected"]:
        guarded = f" Protected: {handling['protected']}." if handling["protected"] else ""
        yield from wrapped(f"Handling: {_ONWARD[handling['onward']]}.{guarded}", indent=indent + 4)


def confidence(code: str) -> str:
    """Print a confidence with its numbers, as the catalogue prints it."""
    return sentence("confidence", code)


def sentence(section: Section, code: str) -> str:
    """Give the catalogue's plain words for a code; the code itself where this program has none."""
    return next((one.text for one in Catalogue.load().sections[section] if one.code == code), code)


def grounds(step: View) -> Iterator[str]:
    """Print what for, under which law, and how urgently, a step was sent, in the catalogue's plain words."""
    if step["purpose"]:
        yield from wrapped(f"Purpose: {sentence('purposes', step['purpose'])}", hang=2)
    for head, section, name in _LAW:
        code = (step["basis"] or {}).get(name)
        if code:
            yield from wrapped(f"{head}: {sentence(section, code)}", hang=2)
    if step["urgency"]:
        yield f"Urgency: {step['urgency'].replace('_', ' ')}"


def _subject(subject: View) -> str:
    parts = [subject["name"], subject["relation"], subject["category"], subject["identifier"]]
    born = f"born {subject['born']}" if subject["born"] else None
    return ", ".join(part for part in [*parts, born] if part)


def _informed(informed: View) -> str:
    heads = {"yes": "Yes", "planned": "Not yet, planned", "no": "No"}
    head = ", ".join(part for part in (heads[informed["state"]], informed["when"], informed["by"]) if part)
    reason = sentence("not_informed", informed["reason"]) if informed["reason"] else None
    return " ".join(part for part in (f"{head}.", reason, informed["explanation"]) if part)


def _where_from(fact: View) -> str:
    source: Mapping[str, Any] = fact["source"] or {}
    origin = source.get("who") or source.get("record") or ""
    until = f" to {fact['until']}" if fact["until"] else ""
    return f"{_SOURCE.get(source.get('kind', ''), 'Source not said')}: {origin} ({fact['as_of']}{until})."


def _whose(opinion: View) -> str:
    rests = ", ".join([*opinion["rests_on"], *([opinion["grounds"]] if opinion["grounds"] else [])])
    return f"{opinion['whose']}, {opinion['capacity']}. Rests on: {rests}"
