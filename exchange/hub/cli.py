"""`readback hub …`: set up a hub, admit agencies, run it.

Promises: a refusal is a `Problem`, which the command above says in the form that all commands use; what is
done with the hub's own key is rehearsed on request, prints a record, and is signed by that key.
Never: a command makes a key that opens anything. The hub's one key signs its log.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from exchange.errors import FileRefused
from exchange.hub.config import FILE, PORT, HubConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exchange.hub.ceremonies import HubTranscript

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run a hub: it carries sealed envelopes and can open none.",
)

Home = Annotated[Path, typer.Argument(help="The hub's folder.")]
Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="Only rehearse: everything is done elsewhere, and thrown away.")
]
_SAID = {"found": "founding of a hub", "secret": "change of what opens a hub's key"}
_REHEARSAL = "REHEARSAL. Nothing was changed; this is what would have been done:"


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
    rehearse: Rehearse = False,
) -> None:
    """Write a first HOME/hub.toml, and draw the key that signs the key log."""
    from exchange.hub.ceremonies import read_all
    from exchange.hub.service import found

    settings: dict[str, str | int] = {
        "address": address or f"http://{host}:{port}",
        "host": host,
        "port": port,
    }
    settings |= {"origin": origin} if origin else {}
    settings |= {"witnesses_wanted": witnesses} if witnesses else {}
    with TemporaryDirectory() as elsewhere:
        place = Path(elsewhere) / "hub" if rehearse else home
        try:
            log = found(place, **settings)
        except FileExistsError:
            raise FileRefused(f"there is a {FILE} already") from None
        (transcript,) = read_all(place, log)
    if rehearse:
        typer.echo(_REHEARSAL)
    typer.echo(f"A hub is set up in {home}. Admit agencies: readback hub admit {home} AGENCY FINGERPRINT")
    typer.echo(f"Its key log, for everybody's policy:\n{log.vkey}")
    typer.echo("\n".join(_record(transcript, rehearsal=rehearse)))


def _record(transcript: HubTranscript, *, rehearsal: bool = False) -> Iterator[str]:
    """Print the record of a ceremony, to be signed and kept; its digits are those of the log's line."""
    from exchange.hub.ceremonies import FOLDER, name_of
    from keys.suite import fingerprint

    digits = fingerprint(transcript.log.encode()).split()
    yield f"--- {'Rehearsal' if rehearsal else 'Record'} of the {_SAID[transcript.ceremony]} ---"
    yield f"  at      {transcript.at}"
    yield f"  log     {transcript.log.partition('+')[0]}"
    yield f"  digits  {' '.join(digits[:6])}"
    yield f"          {' '.join(digits[6:])}"
    yield f"  opened  by a {'token' if transcript.opened_by == 'pkcs11' else 'file credential'}"
    if not rehearsal:
        yield f"  kept    {FOLDER}/{name_of(transcript.number)}, signed by the log's own key"
    yield "---"


@app.command()
def secret(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    to: Annotated[
        Literal["credential", "pkcs11"], typer.Option(help="What shall open the log's key from now on.")
    ],
    module: Annotated[Path | None, typer.Option(help="The token's PKCS#11 library.")] = None,
    token: Annotated[str | None, typer.Option(help="The token's label.")] = None,
    pin_file: Annotated[
        Path | None, typer.Option(help="A private file with its PIN, which the hub reads when it starts.")
    ] = None,
    rehearse: Rehearse = False,
) -> None:
    """Change what opens the log's key: a new file credential, or a PKCS#11 token. The key stays the same."""
    from exchange.hub.service import change_opener

    if to == "credential":
        kept = change_opener(home, rehearse=rehearse)
    elif module is None or token is None or pin_file is None:
        raise typer.BadParameter("--to pkcs11 needs --module, --token and --pin-file")
    else:
        kept = change_opener(home, module=module, label=token, pin_file=pin_file, rehearse=rehearse)
    if rehearse:
        typer.echo(_REHEARSAL)
    typer.echo("\n".join(_record(kept, rehearsal=rehearse)))


@app.command()
def ceremonies(home: Home) -> None:
    """List what was done with the hub's own key, from its signed transcripts. They are checked first."""
    from exchange.hub.ceremonies import read_all
    from exchange.hub.keylog.key import read

    config = HubConfig.read(home)
    for transcript in read_all(home, read(home, config.origin).verifier):
        typer.echo("\n".join(_record(transcript)))


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
