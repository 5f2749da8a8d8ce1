"""A home's backup: made, restored, and tried out before it is needed.

Promises: each says what it did and what it did not, with a transcript in the home that it is about; the desk
itself signs it where no administrator does, so that a program can do each. A drill ends with status 2 on any
fault, and leaves nothing behind, also when it is stopped.
Never: anything is restored over anything; a backup is made whose transcript is not in it.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.errors import BackupExists, DrillFailed
from keys.terminal import ask_passphrase, identity, load, now, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from keys.ceremony.drill import Finding, Report
    from keys.ceremony.hands import Hand
    from keys.ceremony.holding import Held
    from keys.ceremony.home import AgencyHome
    from keys.ceremony.kinds import Deed

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


def backup(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    file: File,
    passphrase_file: PassphraseFile = None,
    nightly: Annotated[
        bool, typer.Option("--nightly", help="For a program, each night: no transcript is kept of it.")
    ] = False,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Back up a home into one file, under a passphrase of its own. The casebook is not in it."""
    from keys.ceremony.backup import back_up
    from keys.ceremony.holding import hold
    from keys.ceremony.transcript import Act

    if nightly and (by or rehearse):
        raise typer.BadParameter("--nightly stands alone: nobody holds it, and it is not rehearsed")
    loaded, moment = load(home), now()
    holding = hands(loaded, "backup", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "Passphrase of the backup", new=True)
    if file.exists() or file.is_symlink():
        raise BackupExists
    version = loaded.roster.version
    data = {**identity(loaded), "file": str(file), "version": version}
    said = (
        f"Backed up {loaded.agency}, roster version {version}, into {file}.",
        "Whoever has this file and its passphrase has the desk's own keys.",
    )
    if nightly:
        back_up(home, file, passphrase=secret, now=moment)
        tell(as_json, data, *said)
        return
    with hold(home, "backup", holding, now=moment, rehearse=rehearse) as held:
        held.told.append(Act(act="home_backed_up", number=version))
    with TemporaryDirectory() as aside:  # the transcript stands already, so that it is in the backup too
        back_up(home, Path(aside) / "backup" if rehearse else file, passphrase=secret, now=moment)
    tell_held(as_json, held, data, "\n".join(said), "Try it:", f"readback keys drill {file} --home {home}")


def restore_home(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: File,
    home: NewHome,
    passphrase_file: PassphraseFile = None,
    module: Module = None,
    pin_file: PinFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Only rehearse: it is done aside, and nothing is left of it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a home from a backup, into a new folder. Only when the machine is lost."""
    from keys.ceremony.backup import read_file, restore
    from keys.ceremony.holding import hold
    from keys.ceremony.transcript import Act

    moment = now()
    kept: list[Held] = []
    secret = ask_passphrase(passphrase_file, "Passphrase of the backup")

    def holding(path: Path) -> None:
        loaded = load(path)
        people = hands(loaded, "restore-home", by, by_passphrase_file)
        version, digits = loaded.roster.version, _digits(read_file(file))
        with hold(path, "restore-home", people, now=moment, rehearse=rehearse) as held:
            held.told.append(Act(act="home_restored", number=version, fingerprint=digits))
        kept.append(held)

    places = _places(module, pin_file)
    made = restore(file, home, passphrase=secret, now=moment, places=places, hold=holding, rehearse=rehearse)
    tell_held(
        as_json,
        kept[-1],
        {**identity(made), "home": str(home), "version": made.roster.version},
        f"Restored {made.agency}, roster version {made.roster.version}, into {home}.",
        "Never let two copies of one home run. Others may know a newer roster than this one.",
    )


def drill(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: File,
    passphrase_file: PassphraseFile = None,
    secret_of: SecretsOf = None,
    module: Module = None,
    pin_file: PinFile = None,
    home: Annotated[
        Path | None, typer.Option(help="The home that it is of: the drill's transcript is kept there.")
    ] = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Try a backup out: restore it aside, check everything in it, and leave nothing behind."""
    from keys.ceremony.drill import drill as drilling

    loaded, moment = None if home is None else load(home), now()
    if loaded is None and (by or rehearse):
        raise typer.BadParameter("--by and --rehearse need --home, where the transcript is kept")
    holding = [] if loaded is None else hands(loaded, "drill", by, by_passphrase_file)

    secrets = {}
    for one in secret_of or ():
        who, equals, path = one.partition("=")
        if not equals:
            raise typer.BadParameter("--secret-of is WHO=FILE")
        secrets[who] = ask_passphrase(Path(path), who)
    secret = ask_passphrase(passphrase_file, "Passphrase of the backup")
    with _tidy():
        report = drilling(
            file, passphrase=secret, now=moment, secrets=secrets, places=_places(module, pin_file)
        )
    if loaded is None:
        tell(as_json, _data(report), *_lines(report))
    else:
        held = _hold_drill(loaded, holding, file, report, rehearse=rehearse)
        tell_held(as_json, held, _data(report), "\n".join(_lines(report)))
    if not report.passed:
        raise DrillFailed


def _hold_drill(home: AgencyHome, holding: list[Hand], file: Path, report: Report, *, rehearse: bool) -> Held:
    from keys.ceremony.backup import read_file
    from keys.ceremony.holding import hold
    from keys.ceremony.transcript import Act

    if report.agency != home.agency:
        raise typer.BadParameter("--home is another agency's than the backup")
    said: Deed = "backup_tried" if report.passed else "backup_at_fault"
    with hold(home.path, "drill", holding, now=now(), rehearse=rehearse) as held:
        held.told.append(Act(act=said, number=report.version, fingerprint=_digits(read_file(file))))
    return held


def _digits(data: bytes) -> str:
    from keys.suite import fingerprint

    return fingerprint(data).replace(" ", "")


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
