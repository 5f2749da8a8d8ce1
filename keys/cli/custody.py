"""Custody of the records key: give it to several people, pass it on, rehearse having it back.

Promises: everybody who holds a part opens it with their own passphrase, and nobody's is asked twice; what was
done is printed as a record, with ids and what to do next.
Never: a part, or the key, is printed or written where it stands open.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, register
from keys.terminal import ask_passphrase, find_person, load, now, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.ceremony.home import AgencyHome
    from keys.ceremony.parts import InCustody
    from keys.keyring import Keyring
    from keys.keystore import Passphrase

Present = Annotated[
    list[str] | None,
    typer.Option("--with", help="A custodian who is here and unlocks: id or exact name; once for each."),
]
PassphraseFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--passphrase-file",
        help="A private file with a passphrase on its first line; once for each, in the order asked.",
    ),
]


def custodians(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    name: Annotated[
        list[str] | None, typer.Option(help="A custodian from now on: id or exact name; once for each.")
    ] = None,
    need: Annotated[int, typer.Option(help="How many of them are needed together.")] = 2,
    present: Present = None,
    fresh: Annotated[
        bool, typer.Option("--new-key", help="Also draw a new records key, for what is sealed from now on.")
    ] = False,
    passphrase_file: PassphraseFiles = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearsing: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Show who holds the records key in parts, or give it to others (--name, --need, --with).

    Enough of the old custodians must be here to have the key back, and enough of the new ones to show that
    they have it. The first time, the passphrase of the founding opens it, and its file is destroyed.
    """
    from keys.ceremony import custody
    from keys.ceremony.holding import hold
    from keys.ceremony.home import offline_keystore

    loaded = load(home)
    if not name:
        _show(loaded, as_json)
        return
    people = [find_person(loaded, who).id for who in name]
    holding, moment = hands(loaded, "custodians", by, by_passphrase_file), now()
    files = list(passphrase_file or ())
    founding = None
    if loaded.roster.custodians is None or offline_keystore(home, custody.RECORDS).exists():
        founding = _ask(files, "Passphrase of the founding, for the records key")
    unlocked = _unlock(loaded, present or (), files)
    with hold(home, "custodians", holding, now=moment, rehearse=rehearsing) as held:
        done = custody.entrust(
            held.path,
            people=people,
            need=need,
            present=unlocked,
            now=moment,
            passphrase=founding,
            fresh=fresh,
        )
    tell_held(
        as_json,
        held,
        {
            "keys": list(done.keys),
            "need": need,
            "people": people,
            "destroyed": done.destroyed and not rehearsing,
            "administrators_alone": bool(_warning(done.home, people, need)),
        },
        "\n".join(
            (
                f"In custody: {need} of {len(people)} custodians are needed together.",
                *(f"  records key {key}" for key in done.keys),
                *(f"  custodian {_named(done.home, who)}" for who in people),
                *_destroyed(home, done.destroyed, rehearsing),
                *_warning(done.home, people, need),
            )
        ),
        "Tell each of them. Rehearse having it back within a month, and every year:",
        f"readback keys rehearse-records {home} --with NAME --with NAME",
        "Back up the home folder now: the parts are in it.",
    )


def rehearse_records(
    home: Home, present: Present = None, passphrase_file: PassphraseFiles = None, as_json: AsJson = False
) -> None:
    """Rehearse having the records key back: custodians unlock, it is rebuilt, compared, and thrown away."""
    from keys.ceremony import custody

    loaded = load(home)
    unlocked = _unlock(loaded, present or (), list(passphrase_file or ()))
    keys = custody.rehearse(loaded, unlocked)
    tell(
        as_json,
        {"rehearsal": True, "keys": list(keys), "people": list(unlocked)},
        "REHEARSAL: the records key came back, is the one in the roster, and was thrown away.",
        *(f"  records key {key}" for key in keys),
        *(f"  custodian {_named(loaded, who)}" for who in unlocked),
    )


def add(app: typer.Typer) -> None:
    """Add these commands."""
    register(app, custodians)
    app.command("rehearse-records")(rehearse_records)


def _unlock(home: AgencyHome, people: Sequence[str], files: list[Path]) -> dict[str, Keyring]:
    """Ask everybody who is present for their own passphrase."""
    found = [find_person(home, who) for who in people]
    return {
        person.id: home.unlock_person(person.id, _ask(files, f"Passphrase of {person.name}"))
        for person in found
    }


def _ask(files: list[Path], prompt: str) -> Passphrase:
    return ask_passphrase(files.pop(0) if files else None, prompt)


def _show(home: AgencyHome, as_json: bool) -> None:
    from keys.ceremony import custody

    held = custody.holders(home)
    newest = home.roster.records_key.key_id
    tell(
        as_json,
        {
            "undivided": custody.undivided(home),
            "keys": [{"key": one.key, "need": one.need, "people": list(one.people)} for one in held],
        },
        *(line for one in held for line in _lines(home, one, newest)),
        *(
            ("The records key is not (or not only) in custody: who has its file can read alone.",)
            * custody.undivided(home)
        ),
    )


def _lines(home: AgencyHome, held: InCustody, newest: str) -> Sequence[str]:
    age = "present" if held.key == newest else "earlier"
    head = f"The {age} records key {held.key}: {held.need} of {len(held.people)} are needed together."
    return (head, *(f"  {_named(home, who)}" for who in held.people))


def _named(home: AgencyHome, person: str) -> str:
    found = next((one.name for one in home.roster.people if one.id == person), "somebody who left")
    return f"{person}  {found}"


def _warning(home: AgencyHome, people: Sequence[str], need: int) -> Sequence[str]:
    """Say so if administrators can read alone. It is not refused: a small agency may have nobody else."""
    if len(set(people) & set(home.roster.administrators)) < need:
        return ()
    return (
        "WARNING: administrators alone can have this key back, and read everything. Nobody else is needed.",
        f"Name so many custodians who are not administrators that fewer than {need} of them are.",
    )


def _destroyed(home: Path, destroyed: bool, rehearsing: bool) -> Sequence[str]:
    if not destroyed:
        return ()
    if rehearsing:
        return (f"It would destroy {home / 'offline' / 'records.keystore'}. Keep every copy until it has.",)
    return (
        f"Destroyed: {home / 'offline' / 'records.keystore'}. The key stands in no file any more.",
        "Now destroy every copy of that file: in backups, and where the offline keys are kept.",
    )
