"""The curtain: where everything is when the story is told, and how to sign in as each who took part.

Promises: what it prints can be copied as it stands; each person's passphrase is beside their name, since the
demonstration's are drawn for this once and are worth nothing elsewhere.
Never: it waits, or starts anything.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from exchange.desk.cli.say import line
from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from exchange.demo.cast import Agency
    from exchange.demo.stage import Stage

_OWED: Final = "little-oaks"  # its read-back is still owed when the story ends


def curtain(stage: Stage) -> None:
    """Say how to look around."""
    line()
    line("It stays up until you press Ctrl-C. Look around, in a browser:", bold=True)
    line("Open an agency's address, and sign in with a name and the passphrase before it.")
    for agency in stage.agencies:
        line()
        line(f"{stage.address(agency.plan.id)}{HOME}  {agency.plan.name}", indent=2)
        for person in agency.plan.people:
            secret = agency.passphrases[person.name].read_text("utf-8")
            line(f"{secret}  {person.name}, {person.post}", indent=4, hang=32)
    line()
    line(
        "These passphrases are drawn for this once, and their stretching was made cheap: for a "
        f"demonstration only. They lie in {stage.folder / 'passphrases'}, too."
    )
    _terminal(stage, next(one for one in stage.agencies if one.plan.id == _OWED))
    sys.stdout.flush()


def _terminal(stage: Stage, owing: Agency) -> None:
    name = owing.plan.lead
    line()
    line("From a terminal, for instance as the nursery manager, whose read-back is still owed:")
    sys.stdout.write(
        f"  {_command()} desk sign-in {stage.address(owing.plan.id)} --person '{name}' \\\n"
        f"    --passphrase-file {owing.passphrases[name]}\n"
        f"  {_command()} inbox\n"
    )
    line(f"The certificates lie in {stage.folder / 'certificates'}. To verify one, offline:")
    first = min((stage.folder / "certificates").iterdir())
    sys.stdout.write(f"  {_command()} verify {first} --policy {owing.home / 'policy.json'}\n")


def _command() -> str:
    """Say how to call this program again: as it was called, unless its name alone finds it."""
    called = sys.argv[0]
    return called if Path(called).name == "readback" and shutil.which("readback") is None else "readback"
