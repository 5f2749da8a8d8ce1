"""Other agencies' roots, as people compared them.

Promises: a pin holds another agency to that root and to no other.
Never: a fingerprint that was not compared is pinned.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.options import AsJson, Home, register
from keys.terminal import tell


def pin(
    home: Home,
    agency: Annotated[str, typer.Argument(help="The other agency's id.")],
    compared: Annotated[
        str, typer.Argument(help="Its root's fingerprint, as its administrator read it out.")
    ],
    as_json: AsJson = False,
) -> None:
    """Hold another agency to the root you compared. A running desk does so within seconds."""
    from keys.ceremony.home import pin as pinning

    pinning(home, agency, compared)
    tell(as_json, {"agency": agency, "fingerprint": compared}, f"Pinned {agency}.")


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, pin)
