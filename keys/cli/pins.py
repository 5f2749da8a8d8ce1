"""Other agencies' roots, as people compared them.

Promises: a pin holds another agency to that root and to no other; who pinned it signed the transcript.
Never: a fingerprint that was not compared is pinned.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, register
from keys.terminal import load, now


def pin(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    agency: Annotated[str, typer.Argument(help="The other agency's id.")],
    compared: Annotated[
        str, typer.Argument(help="Its root's fingerprint, as its administrator read it out.")
    ],
    replacing: Annotated[
        bool, typer.Option("--replacing", help="Instead of the root that was pinned before.")
    ] = False,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Hold another agency to the root you compared. A running desk does so within seconds."""
    from keys.ceremony.holding import hold
    from keys.ceremony.pinning import pin_compared

    moment = now()
    holding = hands(load(home), "pin", by, by_passphrase_file)
    with hold(home, "pin", holding, now=moment, rehearse=rehearse) as held:
        pin_compared(held.path, agency, compared, replacing=replacing)
    tell_held(as_json, held, {"agency": agency, "fingerprint": compared}, f"Pinned {agency}.")


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, pin)
