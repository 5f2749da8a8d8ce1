"""How the story is told: short paragraphs, at most 80 columns, readable without colour.

Promises: what people wrote stands in quotation marks, what the exchange found behind an exclamation mark.
Never: it decides whether the story went well; the desks are asked for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.desk.cli.say import WIDTH, line

if TYPE_CHECKING:
    from exchange.demo.stage import Player

View = dict[str, Any]


def title(text: str) -> None:
    """Begin a case."""
    line()
    line(text, bold=True)
    line("-" * min(len(text), WIDTH))


def tells(text: str) -> None:
    """Tell what happens."""
    line(text, indent=2, hang=2)


def says(who: Player, text: str) -> None:
    """Quote somebody."""
    line(f"{who}: “{text}”", indent=4, hang=6)


def meant(view: View) -> None:
    """Tell what the sender meant: the key point, and what weighs most. `view` is their own leg."""
    weights, key = view["sender_emphasis"]["weights"], view["sender_emphasis"]["key_point"]
    heavy = [name for name, weight in weights.items() if weight == "critical" and name != key]
    also = f", then {' and '.join(heavy)}" if heavy else ""
    tells(f"Sealed with it until the hear-back: the key point is {key}{also}.")


def statement(share: View, name: str) -> None:
    """Quote one statement as it was sent."""
    found = next(one for one in [*share["facts"], *share["opinions"]] if one["id"] == name)
    kind = "fact" if name.startswith("F") else "opinion"
    line(f"{name} ({kind}) “{found['text']}”", indent=4, hang=8)


def compared(view: View) -> None:
    """Tell where a read-back differs, with the words that show it; or that nothing was flagged."""
    flagged = [row for row in view["rows"] if row["flags"]]
    for row in flagged:
        back = row["restatement"]
        line(f"{row['statement']['id']} came back as “{back['meaning'] if back else ''}”", indent=4, hang=8)
        for flag in row["flags"]:
            line(f"! {flag['explanation']}", indent=8, hang=10)
    for flag in view["flags"]:
        if flag["statement"] is None:
            line(f"! {flag['explanation']}", indent=4, hang=6)
    if not view["flags"]:
        line("Nothing is flagged. The sender still decides.", indent=4)
    line(f"They will: “{view['will_do']}”", indent=4, hang=6)


def corrected(form: View, who: Player) -> None:
    """Quote the corrections of a hear-back."""
    for one in form["heard"]:
        if not one["understood"] or one["understood"] == "no":
            line(f"{who} on {one['statement']}: “{one['correction']}”", indent=4, hang=6)


def closed(whose: str = "") -> None:
    """Say that a leg closed, on both sides."""
    line(f"CLOSED{whose}, at both desks: restated, and heard.", indent=2, bold=True)
