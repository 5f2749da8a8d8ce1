"""The inbox and a whole thread, as they are read on the terminal.

Promises: pure functions from the desk's answers to lines of at most 80 columns, in plain English; whatever is
amiss (a fork, a step without effect, steps that are missing) is shown.
Never: a sign that means something by its colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exchange.desk.cli.say import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

View = dict[str, Any]

SHORT: Final = 8  # letters of a thread's name that are shown
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

_HEADS: Final = {  # of what somebody wrote, in the order in which it is shown
    "purpose": "",
    "asked": "asks: ",
    "authority": "by what power: ",
    "new_grounds": "new grounds: ",
    "outcome": "",
    "reasons": "because: ",
    "advised_by": "advised by: ",
    "advice": "advice: ",
    "my_part": "",
    "key_point": "the key point: ",
    "will_do": "will do: ",
    "not_known": "not known: ",
    "change": "what changed: ",
    "reason": "",
    "words": "",
    "would_change": "what would change the answer: ",
}


def moment(text: str | None) -> str:
    """Write a time as people do, in London: `22 Nov 2026, 17:00 GMT`."""
    if text is None:
        return "no time set"
    from datetime import datetime
    from zoneinfo import ZoneInfo

    found = datetime.fromisoformat(text).astimezone(ZoneInfo("Europe/London"))
    return f"{found.day} {found:%b %Y, %H:%M %Z}"


def state(leg_state: str) -> str:
    """Say where a leg or a request stands, in words."""
    return _STATE.get(leg_state, leg_state)


def short(thread: str) -> str:
    """Give the first letters of a thread's name."""
    return thread[:SHORT]


def inbox(rows: list[View], *, finished: bool = False) -> Iterator[str]:
    """Print the inbox: what waits for you first; or what is over."""
    waiting = [row for row in rows if row["yours"]]
    if finished:
        yield "Nothing is over." if not rows else f"{len(rows)} {'is' if len(rows) == 1 else 'are'} over."
    else:
        count = "Nothing waits" if not waiting else f"{len(waiting)} wait{'s' * (len(waiting) == 1)}"
        yield f"{count} for you; {len(rows) - len(waiting)} with others."
    several = {row["thread"] for row in rows if row["leg"]}  # a leg beyond the first
    for row in [*waiting, *(row for row in rows if not row["yours"])]:
        yield ""
        leg = f" leg {row['leg']}" if row["leg"] is not None and row["thread"] in several else ""
        mark = "*" if row["yours"] else " "
        due = f"  due {moment(row['due'])}" if row["due"] else ""
        late = "  OVERDUE" if row["overdue"] else ""
        yield f"{mark} {short(row['thread'])}{leg}  {row['kind']}: {state(row['state'])}{due}{late}"
        way = "from" if row["side"] == "recipient" else "to"
        urgency = f", urgency: {row['urgency']}" if row["urgency"] else ""
        yield from wrapped(f"{way} {row['counterpart']}{urgency}", indent=2, hang=4)
        yield from wrapped(row["why"], indent=2, hang=4)


def steps(view: View) -> Iterator[str]:
    """Print a thread: where each leg stands, and every step."""
    kind = view["kind"] or "thread"
    ended = " CLOSED: every leg that counts was understood." if view["closed"] else ""
    yield f"{kind.capitalize()} {view['thread']}.{ended}"
    if view["request"]:
        yield f"  {state(view['request'])}"
    alone = [leg["index"] for leg in view["legs"]] == [0]
    whose = {leg["index"]: leg["name"] for leg in view["legs"]}
    for leg in view["legs"]:
        due = f"; due {moment(leg['due'])}" if leg["due"] and leg["turn"] else ""
        number = "" if alone else f"leg {leg['index']}  "
        stands = f"{state(leg['state'])}, version {leg['version_number']}{due}"
        text = f"{number}{leg['name']}: {stands}"
        yield from wrapped(text, indent=2, hang=4)
        ranking = leg["sender_emphasis"]
        if ranking:
            weights = ", ".join(f"{name} {weight}" for name, weight in ranking["weights"].items())
            yield from wrapped(f"the sender's ranking: key point {ranking['key_point']}; {weights}", indent=4)
        if leg["emphasis_refused"]:
            yield f"    !! the sender's ranking is not the one that was promised: {leg['emphasis_refused']}"
    for step in view["steps"]:
        yield ""
        who = f"{step['who']['name'] or 'somebody'} ({step['who']['agency']})"
        leg = "" if step["leg"] is None or alone else f" on leg {step['leg']}"
        leg += f" ({whose[step['leg']]})" if leg and whose.get(step["leg"]) else ""
        verdict = f": {step['verdict']}" if step["verdict"] else ""
        yield from wrapped(f"{moment(step['when'])}  {who} {_DID[step['kind']]}{leg}{verdict}", hang=4)
        if step["without_effect"]:
            yield f"    without effect: {step['without_effect']}"
        yield from words_of(step)
    for fork in view["forks"]:
        yield ""
        yield from wrapped(
            f"!! {fork['who']['name'] or 'Somebody'} signed two different steps at one place. "
            "Both are kept as evidence; tell your administrator.",
            hang=3,
        )
    if view["waiting"]:
        yield f"{view['waiting']} steps are known to be on their way."


def corrections(view: View, leg: int) -> Iterator[str]:
    """Print what the sender corrected, where a leg waits to be restated after a hear-back."""
    stands = next((one["state"] for one in view["legs"] if one["index"] == leg), None)
    heard = [
        step
        for step in view["steps"]
        if step["kind"] == "hear_back" and step["leg"] == leg and not step["without_effect"]
    ]
    if stands != "corrected" or not heard:
        return
    last = heard[-1]
    who = last["who"]["name"] or "The sender"
    text = f"!! CORRECTED by {who}, {moment(last['when'])}. Restate it, so that this is in:"
    yield from wrapped(text, hang=3)
    yield from words_of(last)


def did(kind: str) -> str:
    """Say what a step of that kind did, in a word."""
    return _DID[kind]


def words_of(step: View) -> Iterator[str]:
    """Print what a step says, but for a share's words; or why it is not shown."""
    said = step["words"]
    if step["words_refused"]:
        yield f"    the words break a rule and are not shown: {step['words_refused']}"
    if said is None:
        return
    for one in said.get("restatements", ()):
        taken = f"{one['statement']} as {one['taken_as']}, {one['weight']}: {one['meaning']}"
        yield from wrapped(taken, indent=4, hang=8)
    for one in said.get("heard", ()):
        answer = "understood" if one["understood"] else f"not what was meant: {one['correction']}"
        yield from wrapped(f"{one['statement']} {answer}", indent=4, hang=8)
    for name, head in _HEADS.items():
        found = said.get(name)
        for text in found if isinstance(found, list) else [found]:
            if isinstance(text, str) and text:
                yield from wrapped(head + text, indent=4, hang=6)
