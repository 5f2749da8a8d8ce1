"""The page `docs/reference/lifecycle.md`, printed from the tables of `lifecycle`.

Promises: the page says what the code does, since it is made from it; a test compares the two.
Never: it is edited by hand. Write it again with `python -m exchange.share.lifecycle_page`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.lifecycle import FINISHED, REQUEST, SHARE, RequestRow, RequestState, Row, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

PATH = "docs/reference/lifecycle.md"

_INTRODUCTION = """\
# Lifecycle

*Printed from the tables in `exchange/share/lifecycle.py` by `python -m exchange.share.lifecycle_page`.*

A share has one *leg* for each recipient. A leg moves by signed steps alone: silence, a timeout, an opened
message or an administrator has no row here. The only way to *closed* is the sender's agreed hear-back, on the
very read-back that waits, of the very version that stands. A share is closed when no leg is open and at least
one is closed.
"""

_BETWEEN = """\
What the table cannot say:

- The *sender* is the author of the share. The *recipient* is the named person, or anybody in the named role,
  but never the author: whoever confirms is not the one who restated. A note may come from anybody at either
  agency.
- A read-back and an amendment name the version that stands; a hear-back names the read-back that waits. One
  that names a superseded one changes nothing.
- The status is a fold over the *set* of steps, causes before effects and ties by the smallest digest, so that
  order of arrival, repetition and delay cannot matter. What an agreed hear-back was built on comes before
  what it was not built on: nobody but the sender, by an amendment, can undo a closing afterwards.
- A step that changes nothing is listed with its reason. Two different slips at one place by one hand are a
  fork: evidence, shown to both, never resolved silently.
"""

_REQUESTS = """\
A request is answered by a share in a thread of its own that cites it. A refused one may be asked again with
new grounds, by a request that cites the refusal.
"""


def page() -> str:
    """Print the whole page."""
    parts = [
        _INTRODUCTION,
        "## A leg of a share\n",
        _table(SHARE, State),
        _BETWEEN,
        _diagram(SHARE, FINISHED),
        "## A request\n",
        _REQUESTS,
        _table(REQUEST, RequestState),
        _diagram(REQUEST, frozenset(RequestState) - {RequestState.REQUESTED}),
    ]
    return "\n".join(parts)


def _states(row: Row | RequestRow, every: type[State | RequestState]) -> str:
    if not row.states:
        return "(none)"
    if len(row.states) == len(every):
        return "any"
    return ", ".join(state.name for state in row.states)


def _step(row: Row | RequestRow) -> str:
    verdict = row.verdict if isinstance(row, Row) else None
    return f"{row.kind} {verdict}" if verdict else row.kind


def _table(rows: Sequence[Row | RequestRow], every: type[State | RequestState]) -> str:
    lines = ["| state | step | by | next | in words |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        after = row.next.name if row.next else "unchanged"
        lines.append(f"| {_states(row, every)} | {_step(row)} | {row.by} | {after} | {row.meaning} |")
    return "\n".join(lines) + "\n"


def _diagram(rows: Iterable[Row | RequestRow], ends: AbstractSet[State | RequestState]) -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    for row in rows:
        if row.kind == "note":  # from every state to itself: it would hide the rest
            continue
        if not row.states and row.next:
            lines.append(f"    [*] --> {row.next.name}: {_step(row)}")
        lines += [f"    {state.name} --> {(row.next or state).name}: {_step(row)}" for state in row.states]
    lines += sorted(f"    {state.name} --> [*]" for state in ends)
    return "\n".join([*lines, "```"]) + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 -- printing is what it is for
