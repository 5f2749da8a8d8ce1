"""`readback hub …`: set up a hub, admit agencies, run it.

Never: a command asks for, or makes, a key. The hub has none.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from exchange.hub.config import PORT, HubConfig, write_settings
from keys.errors import Problem

app = typer.Typer(help="Run a hub: it carries sealed envelopes and can open none.", no_args_is_help=True)

Home = Annotated[Path, typer.Argument(help="The hub's folder.")]


@app.command()
def init(
    home: Home,
    address: Annotated[str, typer.Option(help="The hub's address as desks write it.")] = "",
    host: Annotated[str, typer.Option(help="Where this process listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = PORT,
) -> None:
    """Write a first HOME/hub.toml."""
    try:
        write_settings(home, address=address or f"http://{host}:{port}", host=host, port=port)
    except FileExistsError:
        _refuse(f"There is a hub in {home} already. Nothing was changed.")
    except Problem as problem:
        _refuse(f"{problem.message} {problem.hint}")
    typer.echo(f"A hub is set up in {home}. Admit agencies: readback hub admit {home} AGENCY FINGERPRINT")


@app.command()
def admit(
    home: Home,
    agency: Annotated[str, typer.Argument(help="The agency's id.")],
    fingerprint: Annotated[str, typer.Argument(help="Its root's fingerprint, as compared aloud.")],
) -> None:
    """Let an agency register, under the root of this fingerprint and no other."""
    from exchange.hub.service import admit as admit_agency

    try:
        asyncio.run(admit_agency(HubConfig.read(home), agency, fingerprint))
    except Problem as problem:
        _refuse(f"{problem.message} {problem.hint}")
    typer.echo(f"{agency} may register.")


@app.command()
def serve(
    home: Home,
    port: Annotated[int | None, typer.Option(help="Listen here instead.")] = None,
) -> None:
    """Run the hub until it is told to stop."""
    from dataclasses import replace

    from exchange.hub.app import serve as run

    try:
        config = HubConfig.read(home)
        asyncio.run(run(config if port is None else replace(config, port=port)))
    except Problem as problem:
        _refuse(f"{problem.message} {problem.hint}")


def _refuse(words: str) -> None:
    typer.echo(words, err=True)
    raise typer.Exit(1)
