"""What several commands share: their options, and who is sitting at the desk.

Never: a secret among the options.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.desk.cli.client import DeskClient
from exchange.desk.cli.practitioner import Practitioner
from exchange.desk.cli.state import folder, recall
from keys.terminal import ask_secret

IN_JSON: Final = "readback.json"
STATE: Final = "readback.state"


def _remember_json(context: typer.Context, wanted: bool) -> bool:
    context.meta[IN_JSON] = wanted
    return wanted


def _remember_state(context: typer.Context, named: Path | None) -> Path | None:
    context.meta[STATE] = folder(named)
    return named


Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.", callback=_remember_json, is_eager=True)]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="FOLDER",
        help="Where to remember who is signed in (also: READBACK_STATE).",
        callback=_remember_state,
        is_eager=True,
    ),
]
Thread = Annotated[str, typer.Argument(metavar="THREAD", help="The thread; its first letters are enough.")]
Leg = Annotated[
    int | None, typer.Option("--leg", help="Which recipient's leg, where more than one is yours; from 0.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write; there must be none yet.")]


def state_of(context: typer.Context) -> Path:
    """Give the state folder that was named, or the usual one."""
    found: Path = context.meta.get(STATE) or folder(None)
    return found


def at_desk(context: typer.Context) -> Practitioner:
    """Give the practitioner who is signed in; `SessionEnded` if nobody is.

    Where the desk asks again who they are, the file named at signing in says it, or a prompt asks.
    """
    session = recall(state_of(context))
    file = None if session.passphrase_file is None else Path(session.passphrase_file)

    def prove() -> str:
        return ask_secret(file, "This goes out in your name. Passphrase")

    return Practitioner(DeskClient(session.desk, session.token, prove))
