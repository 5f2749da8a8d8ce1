"""Signing in at a desk that may still be starting.

Promises: where nobody listens yet at the desk's address, it is asked again for a while, and that is said.
Never: it waits for a desk that listens and does not answer, or sends a passphrase twice: what is asked again
was refused before anything was sent.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import typer

from exchange.desk.cli.client import NotListening
from exchange.desk.cli.practitioner import sign_in as sign_in_once

if TYPE_CHECKING:
    from exchange.desk.cli.practitioner import View

SECONDS: Final = 10.0
PAUSE: Final = 0.25


def sign_in(address: str, person: str, passphrase: str) -> View:
    """Sign in at the desk, which has `SECONDS` to begin to listen; its answer, with the token."""
    deadline = time.monotonic() + SECONDS
    said = False
    while True:
        try:
            return sign_in_once(address, person, passphrase)
        except NotListening:
            if time.monotonic() > deadline:
                raise
        if not said:
            typer.echo("Waiting for the desk …", err=True)
            said = True
        time.sleep(PAUSE)
