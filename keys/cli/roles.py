"""An agency's roles: create one, say who is in it.

Promises: a change of members replaces the role's key; earlier keys are passed on by a present
member or not at all.
Never: somebody who left a role gets its next key.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.errors import PersonUnclear
from keys.terminal import about_role, ask_passphrase, find_person, load, now, tell


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


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, role)
