"""Files to fill in: each statement as a comment, and beside it empty boxes.

Promises: what comes out is TOML that reads back; every box that a person must judge is empty, and the words
of others stand in comments alone, with control characters shown, so that they cannot become a setting.
Never: a verdict, a weight, or "fact or opinion" is written for somebody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exchange.desk.cli.say import WIDTH, wrapped
from exchange.desk.cli.share_page import statement_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

View = dict[str, Any]
_MARK: Final = "# "


def read_back(view: View) -> str:
    """Write a read-back to fill in, for the words that are read."""
    share = view["words"]
    lines = [
        *_comment("Your read-back. Say what each statement means, in your own words."),
        *_comment(
            "You cannot see yet how much weight the sender gives to each statement: say how much you give "
            "it. The sender then sees the two side by side. Fill in every pair of quotation marks."
        ),
        "",
        *_comment("The newest version that you have read; leave it as it is."),
        f'version = "{view["version"]}"',
        "",
        *_comment("Which one statement matters most? Its id, such as F1."),
        'key_point = ""',
        "",
        *_comment("What will you do?"),
        'will_do = ""',
        "",
        *_comment("What do you still not know? It may stay empty."),
        'not_known = ""',
    ]
    for statement in [*share["facts"], *share["opinions"]]:
        lines += ["", "", *_quoted(statement_lines(statement)), "[[restatements]]"]
        lines += [f'statement = "{statement["id"]}"', 'meaning = ""']
        lines += ['taken_as = ""  # fact, or opinion', 'weight = ""  # critical, significant, or context']
    return "\n".join(lines) + "\n"


def hear_back(view: View) -> str:
    """Write a hear-back to fill in: what was sent, what came back, what was flagged, and empty boxes."""
    lines = [
        *_comment("Your hear-back: did they understand what you meant?"),
        *_comment("The flags help you to look; they decide nothing. Fill in every pair of quotation marks."),
        "",
        *_comment("The read-back that this answers; leave it as it is."),
        f'read_back = "{view["read_back"]}"',
        "",
        *_comment("Type agreed, or corrected. Agreed closes it."),
        'verdict = ""',
        "",
        *_comment("A word to them, if you like."),
        'words = ""',
    ]
    for row in view["rows"]:
        lines += ["", "", *_quoted(side_by_side(row)), "[[heard]]", f'statement = "{row["statement"]["id"]}"']
        lines += ['understood = ""  # yes, or no', 'correction = ""  # where no: what you meant']
    return "\n".join(lines) + "\n"


def side_by_side(row: View) -> Iterator[str]:
    """One statement as it was sent, as it came back, and where they differ."""
    statement, back = row["statement"], row["restatement"]
    yield from wrapped(f"{statement['id']}  you sent: {statement['text']}", hang=4)
    if statement["does_not_mean"]:
        yield from wrapped(f"careful: {statement['does_not_mean']}", indent=4, hang=6)
    if back is None:
        yield "    they wrote: (nothing)"
    else:
        yield from wrapped(f"they wrote: {back['meaning']}", indent=4, hang=6)
        yield f"    they take it as {back['taken_as']}, weight {back['weight']}; you: {row['weight']}"
    for flag in row["flags"]:
        yield from wrapped(f"! {flag['explanation']}", indent=4, hang=6)


def _comment(text: str) -> list[str]:
    return [_MARK + part for part in wrapped(text)]


def _quoted(lines: Iterable[str]) -> list[str]:
    return [(_MARK + part)[: WIDTH + len(_MARK)].rstrip() for part in lines]
