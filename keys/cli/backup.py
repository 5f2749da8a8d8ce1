"""A home's backup: made, restored, and tried out before it is needed.

Promises: each says what it did and what it did not; a drill ends with status 2 on any fault, and leaves
nothing behind, also when it is stopped.
Never: anything is restored over anything.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.errors import DrillFailed
from keys.terminal import ask_passphrase, identity, now, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from keys.ceremony.drill import Finding, Report

File = Annotated[Path, typer.Argument(help="The backup.", show_default=False)]
NewHome = Annotated[Path, typer.Argument(help="The new home folder.", show_default=False)]
Module = Annotated[Path | None, typer.Option(help="The PKCS#11 library, where a token opens keys of it.")]
PinFile = Annotated[Path | None, typer.Option(help="A private file with the PIN of the desk's token.")]
SecretsOf = Annotated[
    list[str] | None,
    typer.Option(
        "--secret-of",
        help="WHO=FILE: open these keys too. WHO: a person's id, root, next-root, records. May be repeated.",
    ),
]


def backup(home: Home, file: File, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Back up a home into one file, under a passphrase of its own. The casebook is not in it."""
    from keys.ceremony.backup import back_up

    secret = ask_passphrase(passphrase_file, "Passphrase of the backup", new=True)
    made = back_up(home, file, passphrase=secret, now=now())
    tell(
        as_json,
        {**identity(made), "file": str(file), "version": made.roster.version},
        f"Backed up {made.agency}, roster version {made.roster.version}, into {file}.",
        "Whoever has this file and its passphrase has the desk's own keys.",
        f"Try it: readback keys drill {file}",
    )


def restore_home(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: File,
    home: NewHome,
    passphrase_file: PassphraseFile = None,
    module: Module = None,
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Restore a home from a backup, into a new folder. Only when the machine is lost."""
    from keys.ceremony.backup import restore

    secret = ask_passphrase(passphrase_file, "Passphrase of the backup")
    made = restore(file, home, passphrase=secret, now=now(), places=_places(module, pin_file))
    tell(
        as_json,
        {**identity(made), "version": made.roster.version},
        f"Restored {made.agency}, roster version {made.roster.version}, into {home}.",
        "Never let two copies of one home run. Others may know a newer roster than this one.",
    )


def drill(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: File,
    passphrase_file: PassphraseFile = None,
    secret_of: SecretsOf = None,
    module: Module = None,
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Try a backup out: restore it aside, check everything in it, and leave nothing behind."""
    from keys.ceremony.drill import drill as drilling

    secrets = {}
    for one in secret_of or ():
        who, equals, path = one.partition("=")
        if not equals:
            raise typer.BadParameter("--secret-of is WHO=FILE")
        secrets[who] = ask_passphrase(Path(path), who)
    secret = ask_passphrase(passphrase_file, "Passphrase of the backup")
    with _tidy():
        report = drilling(
            file, passphrase=secret, now=now(), secrets=secrets, places=_places(module, pin_file)
        )
    tell(as_json, _data(report), *_lines(report))
    if not report.passed:
        raise DrillFailed


def _places(module: Path | None, pin_file: Path | None) -> dict[str, Path | None]:
    return {"module": module, "pin_file": None if pin_file is None else pin_file.absolute()}


@contextmanager
def _tidy() -> Iterator[None]:
    """Let a program that is told to stop clear away what it made first."""

    def stop(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = {name: signal.signal(name, stop) for name in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _data(report: Report) -> dict[str, object]:
    return {
        "agency": report.agency,
        "created": report.created,
        "age_seconds": int(report.age.total_seconds()),
        "version": report.version,
        "expires": report.expires,
        "passed": report.passed,
        "findings": [{"state": one.state, "what": one.what, "why": one.why} for one in report.findings],
    }


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.agency}: backed up {report.created}, {_age(report.age)} ago"
    yield from (_line(finding) for finding in report.findings)
    yield "This backup would bring back all that is in it." if report.passed else "This backup is at fault."


def _line(finding: Finding) -> str:
    return f"  {finding.state:8}{finding.what}{f': {finding.why}' if finding.why else ''}"


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds()) // 3600
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"  # noqa: PLR2004 - two days


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, backup, restore_home, drill)
