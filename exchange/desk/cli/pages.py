"""What a practitioner reads on the terminal: the inbox, a share's words, a thread, two texts side by side.

Promises: pure functions from the desk's answers to lines of at most 80 columns, in plain English; fact and
opinion, source, confidence in numbers and what a statement does *not* mean always stand with it.
Never: the sender's weights before the hear-back reveals them (the desk does not give them), or a sign that
means something by its colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exchange.desk.cli.say import WIDTH, wrapped
from exchange.share.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

View = dict[str, Any]

SHORT: Final = 8  # letters of a thread's name that are shown
RULE: Final = "-" * WIDTH
_STATE: Final = {
    "sent": "sent, not accepted yet",
    "accepted": "accepted, not read back yet",
    "read_back": "read back, waiting to be heard",
    "corrected": "corrected, to be read back again",
    "closed": "CLOSED: understood",
    "declined": "declined: not theirs to have",
    "withdrawn": "withdrawn",
    "requested": "asked, not answered yet",
    "answered": "answered by a share",
    "refused": "refused",
}
_SOURCE: Final = {"observed": "Observed", "reported": "Reported", "record": "From a record"}
_ONWARD: Final = {
    "ask_first": "ask the sender before passing it on",
    "within_agency": "may be passed on within your agency",
    "never": "NEVER PASS IT ON",
}
_DID: Final = {
    "share": "shared",
    "request": "asked",
    "decision": "decided",
    "accept": "accepted",
    "decline": "declined",
    "read_back": "read back",
    "hear_back": "heard",
    "amend": "amended",
    "withdraw": "withdrew",
    "refuse": "refused",
    "note": "noted",
}


def moment(text: str | None) -> str:
    """Write a time as people do, in London: `22 Nov 2026, 17:00`."""
    if text is None:
        return "no time set"
    from datetime import datetime
    from zoneinfo import ZoneInfo

    found = datetime.fromisoformat(text).astimezone(ZoneInfo("Europe/London"))
    return f"{found.day} {found:%b %Y, %H:%M}"


def state(leg_state: str) -> str:
    """Say where a leg or a request stands, in words."""
    return _STATE.get(leg_state, leg_state)


def short(thread: str) -> str:
    """Give the first letters of a thread's name."""
    return thread[:SHORT]


def inbox(rows: list[View]) -> Iterator[str]:
    """Print the inbox: what waits for you first."""
    waiting = [row for row in rows if row["yours"]]
    count = "Nothing waits" if not waiting else f"{len(waiting)} wait{'s' * (len(waiting) == 1)}"
    yield f"{count} for you; {len(rows) - len(waiting)} with others."
    for row in [*waiting, *(row for row in rows if not row["yours"])]:
        yield ""
        leg = "" if row["leg"] is None else f" leg {row['leg']}"
        mark = "*" if row["yours"] else " "
        due = f"  due {moment(row['due'])}" if row["due"] else ""
        late = "  OVERDUE" if row["overdue"] else ""
        yield f"{mark} {short(row['thread'])}{leg}  {row['kind']}: {state(row['state'])}{due}{late}"
        way = "from" if row["side"] == "recipient" else "to"
        urgency = f" ({row['urgency']})" if row["urgency"] else ""
        yield from wrapped(f"{way} {row['counterpart']}{urgency}", indent=2, hang=4)
        yield from wrapped(row["why"], indent=2, hang=4)


def words(view: View) -> Iterator[str]:
    """Print a share as its recipient (or author) reads it."""
    share = view["words"]
    yield RULE
    if share["immediate_risk"]:
        yield from wrapped(f"!! IMMEDIATE RISK: {share['immediate_risk']}", hang=3)
    yield from wrapped(f"Version {view['version_number']}. Purpose: {share['purpose']}", hang=2)
    if share["change"]:
        yield from wrapped(f"What changed: {share['change']}", hang=2)
    for statement in share["retracted"]:
        yield f"Retracted: {statement}"
    for subject in share["subjects"]:
        yield from wrapped(f"About: {_subject(subject)}", hang=2)
    for name in share["never_tell"]:
        yield from wrapped(f"Never tell: {name}", hang=2)
    for informed in share["subject_informed"]:
        yield from wrapped(f"Told? {_informed(informed)}", hang=2)
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
    for entry in Catalogue.load().sections["confidence"]:
        if entry.code == code:
            return entry.text
    return code


def steps(view: View) -> Iterator[str]:
    """Print a thread: where each leg stands, and every step."""
    kind = view["kind"] or "thread"
    ended = " CLOSED: every leg that counts was understood." if view["closed"] else ""
    yield f"{kind.capitalize()} {view['thread']}.{ended}"
    if view["request"]:
        yield f"  {state(view['request'])}"
    for leg in view["legs"]:
        due = f"; due {moment(leg['due'])}" if leg["due"] and leg["turn"] else ""
        text = (
            f"leg {leg['index']}  {leg['name']}: {state(leg['state'])}, version {leg['version_number']}{due}"
        )
        yield from wrapped(text, indent=2, hang=4)
    for step in view["steps"]:
        yield ""
        who = f"{step['who']['name'] or 'somebody'} ({step['who']['agency']})"
        leg = "" if step["leg"] is None else f" on leg {step['leg']}"
        verdict = f": {step['verdict']}" if step["verdict"] else ""
        yield from wrapped(f"{moment(step['when'])}  {who} {_DID[step['kind']]}{leg}{verdict}", hang=4)
        if step["without_effect"]:
            yield f"    without effect: {step['without_effect']}"
        yield from _said(step)
    for fork in view["forks"]:
        yield ""
        yield from wrapped(
            f"!! {fork['who']['name'] or 'Somebody'} signed two different steps at one place. "
            "Both are kept as evidence; tell your administrator.",
            hang=3,
        )
    if view["waiting"]:
        yield f"{view['waiting']} steps are known to be on their way."


def _said(step: View) -> Iterator[str]:
    said = step["words"] or {}
    texts = (
        said.get("my_part"),
        said.get("will_do") and f"will do: {said['will_do']}",
        said.get("change"),
        said.get("reason"),
        said.get("words"),
        said.get("would_change") and f"what would change the answer: {said['would_change']}",
        said.get("purpose"),
    )
    for text in texts:
        if isinstance(text, str) and text:
            yield from wrapped(text, indent=4)


def _subject(subject: View) -> str:
    parts = [subject["name"], subject["relation"], subject["category"], subject["identifier"]]
    born = f"born {subject['born']}" if subject["born"] else None
    return ", ".join(part for part in [*parts, born] if part)


def _informed(informed: View) -> str:
    heads = {"yes": "Yes", "planned": "Not yet, planned", "no": "No"}
    parts = [heads[informed["state"]], informed["when"], informed["by"], informed["reason"]]
    head = ", ".join(part for part in parts if part)
    return f"{head}. {informed['explanation']}" if informed["explanation"] else f"{head}."


def _where_from(fact: View) -> str:
    source: Mapping[str, Any] = fact["source"] or {}
    origin = source.get("who") or source.get("record") or ""
    until = f" to {fact['until']}" if fact["until"] else ""
    return f"{_SOURCE.get(source.get('kind', ''), 'Source not said')}: {origin} ({fact['as_of']}{until})."


def _whose(opinion: View) -> str:
    rests = ", ".join([*opinion["rests_on"], *([opinion["grounds"]] if opinion["grounds"] else [])])
    return f"{opinion['whose']}, {opinion['capacity']}. Rests on: {rests}"
