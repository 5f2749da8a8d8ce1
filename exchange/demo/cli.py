"""`readback demo`: play the four cases, and stay up.

Promises: status 0 only if every case ended as its story says, by the desks' own word; otherwise 1.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Play in this folder, which must be new, and keep it. Otherwise a temporary one.",
    ),
]


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Play, check, and stop.")] = False,
    folder: Folder = None,
) -> None:
    """Play four cases on this machine: a hub, eight agencies' desks, and a story."""
    from exchange.demo.play import interrupt_on_terminate, play
    from exchange.demo.processes import ProcessEnded
    from exchange.demo.stage import StoryWentWrong
    from exchange.desk.cli.client import DeskRefused

    interrupt_on_terminate()
    place = Path(tempfile.mkdtemp(prefix="readback-demo-")) if folder is None else folder
    if folder is not None:
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError:
            raise typer.BadParameter("The folder must be a new one.") from None
    try:
        went_well = play(place, stay=not once)
    except (ProcessEnded, StoryWentWrong) as problem:
        typer.echo(f"\nThe demonstration stopped. {problem}", err=True)
        raise typer.Exit(1) from None
    except DeskRefused as refused:
        typer.echo("\nThe demonstration stopped: a desk refused a step of the story.", err=True)
        raise refused from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)
    raise typer.Exit(0 if went_well else 1)
