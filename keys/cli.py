"""The command line for keys: `readback keys …`, for an agency's administrator.

Promises: a passphrase comes from a private file or a hidden prompt, never from the command line or the
environment; `--json` prints one JSON object on standard output; what is refused prints a sentence, what to
do and its code on standard error, and ends with status 2.
Never: a traceback, a private key, or a passphrase is printed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keys.errors import PersonUnclear
from keys.terminal import (
    Telling,
    about_person,
    about_role,
    ask_passphrase,
    find_person,
    identity,
    lines_of,
    lines_of_person,
    load,
    now,
    spaced,
    tell,
)

app = typer.Typer(
    cls=Telling,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Found an agency, enrol its people, and look after their keys.",
)

Home = Annotated[Path, typer.Argument(help="The agency's home folder.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="A private file with the passphrase on its first line; asked for if not given."),
]


@app.command()
def found(
    home: Home,
    agency: Annotated[str, typer.Option(help="Its id: lower-case letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="Its name, as others shall read it.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Found an agency, in a new home folder. The passphrase opens its offline keys."""
    from keys.ceremony.agency import found as founding

    secret = ask_passphrase(passphrase_file, "Passphrase for the offline keys", new=True)
    made = founding(home, agency=agency, name=name, passphrase=secret, now=now())
    tell(
        as_json,
        identity(made),
        f"Founded {made.agency} in {home}.",
        f"Its root's fingerprint: {spaced(made.card.root)}",
        f"Now move {home / 'offline'} off this machine, to where only custodians reach it.",
    )


@app.command()
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


@app.command()
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


@app.command()
def role(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    name: Annotated[str, typer.Argument(help="The role's name or id; a new name creates one.")],
    member: Annotated[list[str] | None, typer.Option(help="Id or exact name; once for each.")] = None,
    passed_on_by: Annotated[
        str | None, typer.Option(help="A present member who hands the earlier keys to new ones.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Create a role, or say anew who is in it. Name every member; its key is replaced each time."""
    from keys.ceremony.people import change_role, create_role

    loaded = load(home)
    members = [find_person(loaded, who).id for who in member or ()]
    present = [entry for entry in loaded.roster.roles if name in {entry.id, entry.name}]
    if len(present) > 1:
        raise PersonUnclear
    if not present:
        made = create_role(home, name=name, members=members, now=now())
    else:
        passing = None
        if passed_on_by is not None:
            secret = ask_passphrase(passphrase_file, "Passphrase of who passes the keys on")
            passing = loaded.unlock_person(find_person(loaded, passed_on_by).id, secret)
        made = change_role(home, role=present[0].id, members=members, now=now(), passed_on_by=passing)
    tell(as_json, about_role(made), f"{made.name}: the role's id is {made.id}; members: {len(made.members)}.")


@app.command()
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


@app.command()
def revoke(
    home: Home,
    key: Annotated[str, typer.Argument(help="The key's id.")],
    person: Annotated[str | None, typer.Option(help="Whose key, if it is not the agency's own.")] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a person's keys, or one of the agency's. The latter takes the offline root."""
    if person is not None:
        from keys.ceremony.people import revoke_person_key

        who = find_person(load(home), person)
        after = revoke_person_key(home, person=who.id, key_id=key, now=now())
        tell(as_json, about_person(after), f"Revoked. `enrol --renew {who.id}` gives new keys.")
        return
    from keys.ceremony.agency import revoke as revoking

    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    made = revoking(home, key_id=key, passphrase=secret, now=now())
    tell(as_json, identity(made), "Revoked. The desk registers the event with the hub.")


@app.command()
def rotate(home: Home, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Replace the agency's everyday keys. They sign, receive and prove; it takes the offline root."""
    from keys.ceremony.agency import rotate as rotating

    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    made = rotating(home, passphrase=secret, now=now())
    tell(as_json, identity(made), "Rotated. The desk registers the event with the hub.")


@app.command()
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


@app.command("list")
def list_keys(
    home: Home,
    person: Annotated[str | None, typer.Option(help="Instead: one person's keys; id or exact name.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the agency's keys with their ids, or a person's. `revoke` asks for an id."""
    loaded = load(home)
    if person is not None:
        who = find_person(loaded, person)
        tell(as_json, about_person(who), f"{who.name}: {who.id}", *lines_of_person(who))
    else:
        listed = loaded.keys.listed()
        lines = (f"{loaded.agency}:", *lines_of(listed))
        tell(as_json, {**identity(loaded), "keys": [key._asdict() for key in listed]}, *lines)


@app.command()
def fingerprint(home: Home, as_json: AsJson = False) -> None:
    """Show the root's fingerprint, to compare aloud. Those pinned of other agencies follow."""
    loaded = load(home)
    tell(
        as_json,
        {**identity(loaded), "pins": {agency: spaced(digits) for agency, digits in loaded.pins.items()}},
        f"{loaded.agency}: {spaced(loaded.card.root)}",
        *(f"pinned {agency}: {spaced(digits)}" for agency, digits in sorted(loaded.pins.items())),
    )


@app.command()
def pin(
    home: Home,
    agency: Annotated[str, typer.Argument(help="The other agency's id.")],
    compared: Annotated[
        str, typer.Argument(help="Its root's fingerprint, as its administrator read it out.")
    ],
    as_json: AsJson = False,
) -> None:
    """Hold another agency to the root you compared. A running desk does so within seconds."""
    from keys.ceremony.home import pin as pinning

    pinning(home, agency, compared)
    tell(as_json, {"agency": agency, "fingerprint": compared}, f"Pinned {agency}.")
