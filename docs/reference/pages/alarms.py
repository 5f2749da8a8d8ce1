"""The page of alarms: what each means and what to do, made from `exchange/desk/alarms.py`."""

from __future__ import annotations

from typing import Final

from exchange.desk.alarms import MEANINGS
from pages.tables import cell, table

_INTRODUCTION: Final = """\
# Alarms

*Printed from `exchange/desk/alarms.py` by `make docs`.*

An alarm is something that the administrator of a desk must know. `readback desk alarms HOME` shows those
that stand, and ends with status 1 while any does, so that a monitor can watch it. The desk's log names each
one when it is raised. An alarm never changes where a share stands.

Some end by themselves when their cause is gone. The others stand until you say that you have dealt with
them: `readback desk alarms HOME --over NAME`.
"""

_ORDER: Final = ("act now", "today", "look")


def page() -> str:
    """Print the whole page."""
    rows = [
        (
            f"`{name}`",
            one.grave,
            cell(f"{one.says} *It names {one.about}.*" if one.about else one.says),
            cell(one.do),
            "by itself" if one.ends else "when you say so",
        )
        for name, one in sorted(MEANINGS.items(), key=lambda item: _ORDER.index(item[1].grave))
    ]
    return "\n".join(
        [_INTRODUCTION, table(("alarm", "how soon", "what it means", "what to do", "it ends"), rows)]
    )
