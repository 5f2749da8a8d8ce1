"""An agency's people: enrol, renew, suspend, and the roster that vouches for them.

Promises: a person's keys are made under their own passphrase; a name is matched exactly or refused.
Never: an administrator opens a person's keys.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from keys.cli.holding import By, ByFile, Reasons, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.terminal import about_person, about_role, ask_passphrase, find_person, identity, load, now, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.ceremony.home import AgencyHome


def enrol(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    post: Annotated[str | None, typer.Option(help="Their post.")] = None,
    renew: Annotated[str | None, typer.Option(help="Instead: somebody enrolled, who gets new keys.")] = None,
    administrator: Annotated[
        bool, typer.Option("--administrator", help="They are one of those who hold ceremonies.")
    ] = False,
    same_name: Annotated[
        bool, typer.Option("--same-name", help="They are another person than who has this name already.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Enrol a person, or give somebody new keys (--renew). Only their own passphrase opens them."""
    if renew is not None:
        _renew(home, renew, passphrase_file, by, by_passphrase_file, rehearse, as_json)
        return
    if name is None or post is None:
        raise typer.BadParameter("give --name and --post, or --renew")
    from keys.ceremony.hands import able, hand_of
    from keys.ceremony.holding import hold
    from keys.ceremony.home import load_home
    from keys.ceremony.people import enrol_person
    from keys.errors import AdministratorNeeded, SameName

    loaded, moment = load(home), now()
    first = not by and administrator and not able(loaded.roster)
    if not by and not first:
        raise AdministratorNeeded
    if not same_name and _is_taken(loaded, name):
        raise SameName
    holding = hands(loaded, "enrol", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "That person's own passphrase", new=True)
    with hold(home, "enrol", holding, now=moment, rehearse=rehearse) as held:
        person = enrol_person(
            held.path, name=name, post=post, passphrase=secret, now=moment, administrator=administrator
        )
        if first:
            made = load_home(held.path, moment)
            with made.unlock_person(person.id, secret) as keyring:
                held.hands.append(hand_of(made.roster, person.id, keyring))
    tell_held(
        as_json,
        held,
        about_person(person),
        f"{person.name} is enrolled, with the id {person.id}.",
        "Keep this record. Nobody can reset their passphrase: say so.",
    )


def _is_taken(home: AgencyHome, name: str) -> bool:
    """Whether somebody in force has that name, however it is capitalised and spaced."""
    wanted = name.casefold().split()
    return any(
        person.name.casefold().split() == wanted for person in home.roster.people if person.suspended is None
    )


def _renew(  # noqa: PLR0913, PLR0917 - as enrol
    home: Path,
    text: str,
    passphrase_file: Path | None,
    by: list[str] | None,
    by_passphrase_file: list[Path] | None,
    rehearse: bool,
    as_json: bool,
) -> None:
    from keys.ceremony.epochs import erase_own
    from keys.ceremony.holding import hold
    from keys.ceremony.people import renew_person

    loaded, moment = load(home), now()
    who = find_person(loaded, text)
    holding = hands(loaded, "renew", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "That person's passphrase")
    with hold(home, "renew", holding, now=moment, rehearse=rehearse) as held:
        person = renew_person(held.path, person=who.id, passphrase=secret, now=moment)
        erased = erase_own(held.path, person=who.id, passphrase=secret, now=moment)
    note = ("Of their old sealing keys, those over for more than two years were erased.",) if erased else ()
    tell_held(as_json, held, about_person(person), f"{person.name} has new keys.", *note)


def suspend(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    reasons: Reasons = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Suspend a person. From now on they sign and receive nothing, and are in no role."""
    from keys.ceremony.holding import hold
    from keys.ceremony.people import suspend as suspending

    loaded, moment = load(home), now()
    who = find_person(loaded, person)
    holding = hands(loaded, "suspend", by, by_passphrase_file)
    with hold(home, "suspend", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
        after = suspending(held.path, person=who.id, now=moment)
    tell_held(
        as_json,
        held,
        about_person(after),
        f"{after.name} is suspended.",
        "If they come back:",
        f"readback keys restore {home} {after.id} --by NAME",
    )


def restore(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """End a person's suspension. Roles are given anew."""
    from keys.ceremony.holding import hold
    from keys.ceremony.people import reinstate

    loaded, moment = load(home), now()
    who = find_person(loaded, person, suspended=True)
    holding = hands(loaded, "restore", by, by_passphrase_file)
    with hold(home, "restore", holding, now=moment, rehearse=rehearse) as held:
        after = reinstate(held.path, person=who.id, now=moment)
    tell_held(
        as_json,
        held,
        about_person(after),
        f"{after.name} is no longer suspended.",
        "They are in no role yet: `readback keys role` puts them back.",
    )


def remove(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    reasons: Reasons = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Remove a person for good, with their name and their keys. Two administrators hold it."""
    from keys.ceremony.holding import hold
    from keys.ceremony.leaving import remove_person

    loaded, moment = load(home), now()
    who = find_person(loaded, person, suspended=True)
    holding = hands(loaded, "remove", by, by_passphrase_file)
    with hold(home, "remove", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
        remove_person(held.path, person=who.id, now=moment)
    tell_held(
        as_json,
        held,
        {"id": who.id},
        f"{who.name} is removed. Their private keys are destroyed on this machine.",
        "Old backups still hold their keys, under their own passphrase.",
        "What was sent to them in person opens by the records key alone, with its custodians.",
    )


def roster(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    renew: Annotated[bool, typer.Option("--renew", help="Sign it for another term.")] = False,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Show the agency's people and roles, or renew the roster; without --by the desk itself signs for it."""
    from keys.ceremony.holding import hold
    from keys.ceremony.people import renew_roster

    loaded, moment = load(home), now()
    if not renew:
        tell(as_json, _listed(loaded), *_lines(loaded))
        return
    holding = hands(loaded, "renew-roster", by, by_passphrase_file)
    with hold(home, "renew-roster", holding, now=moment, rehearse=rehearse) as held:
        renew_roster(held.path, now=moment)
    tell_held(as_json, held, _listed(held.after), "\n".join(_lines(held.after)))


def _listed(home: AgencyHome) -> dict[str, object]:
    listed = home.roster
    return {
        **identity(home),
        "version": listed.version,
        "expires": listed.expires,
        "lead": listed.lead,
        "administrators": list(listed.administrators),
        "people": [about_person(person) for person in listed.people],
        "roles": [about_role(entry) for entry in listed.roles],
    }


def _lines(home: AgencyHome) -> Iterator[str]:
    listed = home.roster
    yield f"{home.agency}, version {listed.version}, until {listed.expires}"
    for who in listed.people:
        yield f"  {who.id}  {who.name}, {who.post}{' (suspended)' * bool(who.suspended)}"
    for entry in listed.roles:
        yield f"  {entry.id}  {entry.name}, members: {len(entry.members)}"


def lead(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Name the agency's lead, who is told last of what nobody handled."""
    from keys.ceremony.holding import hold
    from keys.ceremony.people import name_lead

    loaded, moment = load(home), now()
    who = find_person(loaded, person)
    holding = hands(loaded, "lead", by, by_passphrase_file)
    with hold(home, "lead", holding, now=moment, rehearse=rehearse) as held:
        name_lead(held.path, person=who.id, now=moment)
    tell_held(as_json, held, {"lead": who.id}, f"{who.name} is the agency's lead.")


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, enrol, suspend, restore, remove, lead, roster)
