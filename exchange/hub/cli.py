"""`readback hub …`: set up a hub, admit agencies, run it.

Promises: a refusal is a `Problem`, which the command above says in the form that all commands use.
Never: a command makes a key that opens anything. The hub's one key signs its log.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.errors import FileRefused
from exchange.hub.config import FILE, PORT, HubConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.transparency.note import VerifierKey

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run a hub: it carries sealed envelopes and can open none.",
)

Home = Annotated[Path, typer.Argument(help="The hub's folder.")]


@app.command()
def init(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    address: Annotated[
        str, typer.Option(help="Its address as desks write it, if that is not host and port.")
    ] = "",
    host: Annotated[str, typer.Option(help="Where this process listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = PORT,
    origin: Annotated[
        str, typer.Option(help="The key log's name, if that is not the address without https://.")
    ] = "",
    witnesses: Annotated[
        int, typer.Option(help="Cosignatures for which a checkpoint waits, ten seconds at most.")
    ] = 0,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Only rehearse: everything is done elsewhere, and thrown away.")
    ] = False,
) -> None:
    """Write a first HOME/hub.toml, and draw the key that signs the key log."""
    from exchange.hub.service import found

    settings: dict[str, str | int] = {
        "address": address or f"http://{host}:{port}",
        "host": host,
        "port": port,
    }
    settings |= {"origin": origin} if origin else {}
    settings |= {"witnesses_wanted": witnesses} if witnesses else {}
    with TemporaryDirectory() as elsewhere:
        try:
            log = found(Path(elsewhere) / "hub" if rehearse else home, **settings)
        except FileExistsError:
            raise FileRefused(f"there is a {FILE} already") from None
    if rehearse:
        typer.echo("REHEARSAL. Nothing was changed; this is what would have been done:")
    typer.echo(f"A hub is set up in {home}. Admit agencies: readback hub admit {home} AGENCY FINGERPRINT")
    typer.echo(f"Its key log, for everybody's policy:\n{log.vkey}")
    typer.echo("\n".join(_record(log, rehearsal=rehearse)))


def _record(log: VerifierKey, *, rehearsal: bool) -> tuple[str, ...]:
    """Print the record of a founding, to be signed and kept; its digits are those of the log's line."""
    from datetime import UTC, datetime

    from keys.record import format_time
    from keys.suite import fingerprint

    digits = fingerprint(log.vkey.encode()).split()
    return (
        f"--- {'Rehearsal' if rehearsal else 'Record'} of the founding of a hub ---",
        f"  at      {format_time(datetime.now(UTC))}",
        f"  log     {log.name}",
        f"  digits  {' '.join(digits[:6])}",
        f"          {' '.join(digits[6:])}",
        "---",
    )


@app.command("log")
def show_log(home: Home) -> None:
    """Print the key log's verifier key, for everybody's policy."""
    from exchange.hub.keylog.key import read

    config = HubConfig.read(home)
    typer.echo(read(config.home, config.origin).verifier.vkey)


@app.command()
def mend(
    home: Home,
    export: Annotated[Path, typer.Option("--from", help="What `readback keys log export` wrote at a desk.")],
) -> None:
    """Put back what the key log has lost, from any desk's export. Stop the hub first."""
    from exchange.hub.service import mend as mend_log

    done = asyncio.run(mend_log(HubConfig.read(home), export))
    typer.echo(f"Entries put back: {done.added}. The key log has {done.size} now, as its desks know it.")
    if done.left_out:
        typer.echo(f"Not taken again: {done.left_out}. Their agencies' desks will bring them.")


@app.command()
def admit(
    home: Home,
    agency: Annotated[str, typer.Argument(help="The agency's id.")],
    fingerprint: Annotated[str, typer.Argument(help="Its root's fingerprint, as compared aloud.")],
) -> None:
    """Let an agency register, under the root you compared. Also while the hub runs."""
    from exchange.hub.service import admit as admit_agency

    asyncio.run(admit_agency(HubConfig.read(home), agency, fingerprint))
    typer.echo(f"{agency} may register.")


@app.command()
def serve(
    home: Home,
    port: Annotated[int | None, typer.Option(help="Listen here instead.")] = None,
) -> None:
    """Run the hub until it is told to stop."""
    from dataclasses import replace

    from exchange.hub.app import serve as run

    config = HubConfig.read(home)
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(run(config if port is None else replace(config, port=port)))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give uvloop's loop where it is installed: a tenth less CPU, and nothing else."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = new_event_loop
    return made
