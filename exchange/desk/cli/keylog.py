"""`readback keys log …` and `readback keys monitor`: a hub's key log, seen by anybody who has a policy.

Promises: nothing is shown that was not verified from the first entry on; what is wrong ends the command with
its name; `monitor` runs unattended and ends with status 1 and the alarm's name as soon as one is due.
Never: a home, a key or a passphrase is needed, but to export what a desk itself keeps.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from exchange.desk.cli.outside import Outward, hint_for
from exchange.errors import (
    FileRefused,
    HubUnreachable,
    LogForked,
    LogFrozen,
    LogRolledBack,
    RememberedDamaged,
)
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.keylog import KeyLog
    from exchange.desk.log_reader import LogReader
    from keys.statement import Signed

ALARMED = 1  # the exit status of `monitor` with an alarm
STALE = 86_400  # seconds after which a quorum should have vouched for the log anew

Address = Annotated[str, typer.Argument(help="The hub's address, such as https://hub.example.org.")]
PolicyFile = Annotated[Path, typer.Option("--policy", help="The policy to believe it by: a file, or a home.")]
Remembered = Annotated[
    Path | None,
    typer.Option("--remember", help="A file for the newest checkpoint, with which the log is compared."),
]
Every = Annotated[int, typer.Option(help="Seconds between two looks.", min=1)]


_GROUP = typer.Typer(
    cls=Outward,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Look at a hub's key log, verified from its first entry on.",
)


@_GROUP.command()
def show(address: Address, policy: PolicyFile, remember: Remembered = None, in_json: Json = False) -> None:
    """Show every entry, the newest checkpoint, and who vouches for it."""
    from exchange.desk.cli.keylog_page import line_of, say_checkpoint, told

    log, entries = asyncio.run(_read(address, policy))
    _compare(log, remember)
    _keep(log, remember)
    described = told(log, entries)
    if in_json:
        say.as_json(described)
        return
    for entry in described["entries"]:
        say.line(line_of(entry), hang=8)
    say.line()
    say_checkpoint(described)


@_GROUP.command()
def follow(address: Address, policy: PolicyFile, remember: Remembered = None, every: Every = 15) -> None:
    """Show what is there, and then what comes, until you stop it or something is wrong."""
    from exchange.desk.cli.keylog_page import entry_of, line_of

    def tell(log: KeyLog, start: int, entries: tuple[Signed, ...]) -> None:
        for index, signed in enumerate(entries, start):
            say.line(line_of(entry_of(log, index, signed)), hang=8)

    asyncio.run(_watch(address, _log_of(policy), remember, every, tell))


@_GROUP.command()
def audit(address: Address, policy: PolicyFile, remember: Remembered = None, in_json: Json = False) -> None:
    """Fold every entry anew, and compare tiles, proofs and a remembered checkpoint with the result."""
    log, entries, looked = asyncio.run(_audit(address, policy))
    _compare(log, remember)
    _keep(log, remember)
    if in_json:
        say.as_json({"entries": len(entries), "tiles_and_proofs": looked, "root": log.ahead.root})
        return
    say.line(f"{len(entries)} entries, {looked} tiles and proofs: all of them fit the root {log.ahead.root}.")
    if remember is not None:
        say.line(f"The log continues the checkpoint that is remembered in {remember}.")


@_GROUP.command()
def export(
    source: Annotated[str, typer.Argument(help="The hub's address, or the home of a desk that follows it.")],
    out: Annotated[Path, typer.Option(help="The file to write; it must be new.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="The policy to believe it by; a home's own otherwise.")
    ] = None,
) -> None:
    """Write the whole log, verified, to a file: for `readback hub mend`, or to keep."""
    from exchange.wire.keylog import write_export

    if source.startswith(("http://", "https://")):
        if policy is None:
            raise FileRefused("--policy")
        log, entries = asyncio.run(_read(source, policy))
    else:
        log, entries = asyncio.run(_of_home(Path(source)))
    newest = log.newest
    note = newest.note.decode() if newest is not None else ""
    try:
        with out.open("xb") as file:
            file.writelines(write_export(entries, note))
    except OSError:
        raise FileRefused("there is such a file already, or it cannot be written") from None
    say.line(f"{len(entries)} entries and their checkpoint are in {out}.")


def monitor(  # noqa: PLR0913, PLR0917 - each is an option of the command
    address: Address,
    policy: PolicyFile,
    remember: Remembered = None,
    every: Every = 60,
    once: Annotated[
        bool, typer.Option("--once", help="Look once, and end with status 0 if all is well.")
    ] = False,
    in_json: Json = False,
) -> None:
    """Watch the log unattended. The first alarm is named, and ends it with status 1."""
    log = _log_of(policy)
    try:
        asyncio.run(_watch(address, log, remember, every, _silent, once=once, patient=True))
    except (HubUnreachable, FileRefused, RememberedDamaged) as problem:
        raise typer.Exit(say.problem(problem, in_json=in_json, hint=hint_for(problem))) from None
    except Problem as problem:
        named = say.described(problem, hint_for(problem))
        if in_json:
            say.as_json({"alarm": problem.code, **named})
        else:
            say.line(f"ALARM: {problem.code}", bold=True)
            say.line(problem.message, indent=2)
            say.line(f"What to do: {named['hint']}", indent=2, hang=4)
        raise typer.Exit(ALARMED) from None
    if in_json:
        say.as_json({"alarm": None, "size": log.ahead.size})


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    app.add_typer(_GROUP, name="log")
    app.command()(monitor)


# --- reading -------------------------------------------------------------------------------------


def _log_of(policy: Path) -> KeyLog:
    from exchange.desk.keylog import KeyLog
    from keys.ceremony.policy import read_policy, read_policy_file

    return KeyLog(read_policy(policy) if policy.is_dir() else read_policy_file(policy))


async def _read(address: str, policy: Path) -> tuple[KeyLog, tuple[Signed, ...]]:
    from exchange.desk.log_reader import LogReader

    log = _log_of(policy)
    async with LogReader(address) as reader:
        return log, await reader.follow(log)


async def _audit(address: str, policy: Path) -> tuple[KeyLog, tuple[Signed, ...], int]:
    from exchange.desk.log_reader import LogReader

    log = _log_of(policy)
    async with LogReader(address) as reader:
        entries = await reader.follow(log)
        return log, entries, await reader.audit(log.ahead.tree)


async def _of_home(home: Path) -> tuple[KeyLog, tuple[Signed, ...]]:
    """Give what a desk's casebook has of the log, verified again."""
    from exchange.desk.config import DeskConfig
    from exchange.desk.recall import recall_log
    from exchange.store.casebook import Casebook
    from keys.statement import Signed

    log = _log_of(home)
    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        await recall_log(log, casebook)
        rows = await casebook.log_entries()
        return log, tuple(Signed(row.payload, row.signature) for row in rows)
    finally:
        await casebook.close()


async def _watch(  # noqa: PLR0913 - what the two commands that watch differ in
    address: str,
    log: KeyLog,
    remember: Path | None,
    every: float,
    tell: Callable[[KeyLog, int, tuple[Signed, ...]], None],
    *,
    once: bool = False,
    patient: bool = False,
) -> None:
    from exchange.desk.log_reader import LogReader

    compared = False
    async with LogReader(address) as reader:
        while True:
            start = log.ahead.size
            entries = await _look(reader, log, patient=patient and not once)
            if entries is not None and not compared:
                _compare(log, remember)
                compared = True
            _check_fresh(log, founded=patient and entries is not None)
            tell(log, start, entries or ())
            _keep(log, remember)
            if once:
                return
            await asyncio.sleep(every)


async def _look(reader: LogReader, log: KeyLog, *, patient: bool) -> tuple[Signed, ...] | None:
    """Follow once; a hub that is away for a while is nobody's lie: None."""
    try:
        return await reader.follow(log)
    except HubUnreachable:
        if not patient:
            raise
        return None


def _check_fresh(log: KeyLog, *, founded: bool) -> None:
    """Raise `LogFrozen` where nobody vouched for long; also for an empty log, where it has to have founders.

    Every policy names founders, and without a remembered checkpoint a hub could show nothing for ever.
    """
    relied = log.relied
    if (log.ahead.size or founded) and (relied is None or time.time() - (relied.vouched or 0) > STALE):
        raise LogFrozen


def _compare(log: KeyLog, remember: Path | None) -> None:
    """Hold the log against the checkpoint that was remembered, if one was.

    `RememberedDamaged` says nothing of the hub: the file is this machine's own.
    """
    from keys.transparency.policy import open_checkpoint

    if remember is None or not remember.exists():
        return
    try:
        checkpoint = open_checkpoint(remember.read_bytes(), log.policy).checkpoint
    except OSError:
        raise FileRefused("--remember") from None
    except Problem:
        raise RememberedDamaged from None
    if checkpoint.size > log.ahead.size:
        raise LogRolledBack
    if checkpoint.root.hex() != log.ahead.root_at(checkpoint.size):
        raise LogForked


def _keep(log: KeyLog, remember: Path | None) -> None:
    if remember is None or log.newest is None:
        return
    new = remember.with_name(f".{remember.name}.new")
    try:
        new.write_bytes(log.newest.note)
        new.replace(remember)
    except OSError:
        raise FileRefused("--remember") from None


def _silent(log: KeyLog, start: int, entries: tuple[Signed, ...]) -> None:
    """Say nothing while all is well."""
