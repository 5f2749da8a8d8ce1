"""What several commands of `readback keys` take.

Promises: one spelling and one explanation of an option, wherever it stands.
Never: an option takes a secret itself; it names a private file with the secret in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

Home = Annotated[Path, typer.Argument(help="The agency's home folder.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="A private file with the passphrase on its first line; asked for if not given."),
]


def register(app: typer.Typer, *commands: Callable[..., None]) -> None:
    """Add commands to `readback keys`, each under its function's name, dashed."""
    for command in commands:
        app.command()(command)
