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
_KEY_POINT = "other_key_point"  # told once, and shorter than the flag does


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
    tells(f"How the sender ranked it stays sealed until the hear-back: the key point is {key}{also}.")


def statement(share: View, name: str) -> None:
    """Quote one statement as it was sent."""
    found = next(one for one in [*share["facts"], *share["opinions"]] if one["id"] == name)
    kind = "fact" if name.startswith("F") else "opinion"
    line(f"{name} ({kind}) “{found['text']}”", indent=4, hang=8)


def compared(who: Player, view: View) -> None:
    """Tell what the sender is shown: where it differs, with the words that show it, or that nothing does."""
    line(f"Shown to {who}, beside what was sent:", indent=4)
    for row in view["rows"]:
        flags = [flag for flag in row["flags"] if flag["kind"] != _KEY_POINT]
        name, back = row["statement"]["id"], row["restatement"]
        if flags and back and not any(_shows(flag) for flag in flags):
            line(f"{name} came back as “{back['meaning']}”", indent=6, hang=10)
        for flag in flags:
            line(f"! {name}  {flag['explanation']}", indent=6, hang=8)
    for flag in view["flags"]:
        if flag["statement"] is None:
            line(f"! {flag['explanation']}", indent=6, hang=8)
    if view["key_point"] != view["their_key_point"]:
        line(f"! Your key point is {view['key_point']}; theirs is {view['their_key_point']}.", indent=6)
    if not view["flags"]:
        line("Nothing is flagged. It is still for the sender to decide.", indent=6)
    line(f"They will: “{view['will_do']}”", indent=6, hang=8)


def _shows(flag: View) -> bool:
    """Say whether a flag repeats the words that came back."""
    return bool(flag["restated"]) and flag["restated"] in flag["explanation"]


def corrected(form: View, who: Player) -> None:
    """Quote the corrections of a hear-back."""
    for one in form["heard"]:
        if not one["understood"] or one["understood"] == "no":
            line(f"{who} on {one['statement']}: “{one['correction']}”", indent=4, hang=6)


def closed(whose: str = "") -> None:
    """Say that a leg closed, on both sides."""
    line(f"CLOSED{whose}, at both desks: restated, and heard.", indent=2, bold=True)
