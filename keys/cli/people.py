"""An agency's people: enrol, renew, suspend, and the roster that vouches for them.

Promises: a person's keys are made under their own passphrase; a name is matched exactly or refused.
Never: an administrator opens a person's keys.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.terminal import about_person, about_role, ask_passphrase, find_person, identity, load, now, tell


def enrol(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    post: Annotated[str | None, typer.Option(help="Their post.")] = None,
    renew: Annotated[str | None, typer.Option(help="Instead: somebody enrolled, who gets new keys.")] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Enrol a person, or give somebody new keys (--renew). Only their own passphrase opens them."""
    from keys.ceremony.people import enrol_person, renew_person

    if renew is not None:
        who = find_person(load(home), renew)
        secret = ask_passphrase(passphrase_file, "That person's passphrase")
        person = renew_person(home, person=who.id, passphrase=secret, now=now())
    elif name is None or post is None:
        raise typer.BadParameter("give --name and --post, or --renew")
    else:
        secret = ask_passphrase(passphrase_file, "That person's own passphrase", new=True)
        person = enrol_person(home, name=name, post=post, passphrase=secret, now=now())
    tell(as_json, about_person(person), f"{person.name} is enrolled, with the id {person.id}.")


def passphrase(
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Change a person's passphrase. Only who knows the old one can."""
    from keys.ceremony.people import change_passphrase

    who = find_person(load(home), person)
    old = ask_passphrase(passphrase_file, "Present passphrase")
    new = ask_passphrase(new_passphrase_file, "New passphrase", new=True)
    change_passphrase(home, person=who.id, old=old, new=new)
    tell(as_json, {"id": who.id}, "Changed.")


def suspend(
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    lift: Annotated[bool, typer.Option("--lift", help="Instead: end their suspension.")] = False,
    as_json: AsJson = False,
) -> None:
    """Suspend a person. From now on they sign and receive nothing, and are in no role."""
    from keys.ceremony import people

    who = find_person(load(home), person, suspended=lift)
    act = people.reinstate if lift else people.suspend
    after = act(home, person=who.id, now=now())
    state = "is suspended" if after.suspended else "is no longer suspended"
    tell(as_json, about_person(after), f"{after.name} {state}.")


def roster(
    home: Home,
    renew: Annotated[bool, typer.Option("--renew", help="Sign it for another term.")] = False,
    lead: Annotated[str | None, typer.Option(help="Name the agency's lead: id or exact name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the agency's people and roles, or renew the roster."""
    from keys.ceremony.people import name_lead, renew_roster

    loaded = load(home)
    if lead is not None:
        loaded = name_lead(home, person=find_person(loaded, lead).id, now=now())
    if renew:
        loaded = renew_roster(home, now=now())
    listed = loaded.roster
    tell(
        as_json,
        {
            **identity(loaded),
            "version": listed.version,
            "expires": listed.expires,
            "lead": listed.lead,
            "people": [about_person(person) for person in listed.people],
            "roles": [about_role(entry) for entry in listed.roles],
        },
        f"{loaded.agency}, version {listed.version}, until {listed.expires}",
        *(
            f"  {who.id}  {who.name}, {who.post}{' (suspended)' * bool(who.suspended)}"
            for who in listed.people
        ),
        *(f"  {entry.id}  {entry.name}, members: {len(entry.members)}" for entry in listed.roles),
    )


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, enrol, passphrase, suspend, roster)
