"""An agency's roles: create one, say who is in it.

Promises: a change of members replaces the role's key; earlier keys are passed on by a present
member or not at all.
Never: somebody who left a role gets its next key.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.errors import PersonUnclear
from keys.terminal import about_role, ask_passphrase, find_person, load, now


def role(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    name: Annotated[str, typer.Argument(help="The role's name or id; a new name creates one.")],
    member: Annotated[list[str] | None, typer.Option(help="Id or exact name; once for each.")] = None,
    passed_on_by: Annotated[
        str | None, typer.Option(help="A present member who hands the earlier keys to new ones.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Create a role, or say anew who is in it. Name every member; its key is replaced each time."""
    from keys.ceremony.holding import hold
    from keys.ceremony.people import change_role, create_role

    loaded, moment = load(home), now()
    members = [find_person(loaded, who).id for who in member or ()]
    present = [entry for entry in loaded.roster.roles if name in {entry.id, entry.name}]
    if len(present) > 1:
        raise PersonUnclear
    holding = hands(loaded, "role", by, by_passphrase_file)
    passing = None
    if present and passed_on_by is not None:
        secret = ask_passphrase(passphrase_file, "Passphrase of who passes the keys on")
        passing = loaded.unlock_person(find_person(loaded, passed_on_by).id, secret)
    with hold(home, "role", holding, now=moment, rehearse=rehearse) as held:
        if present:
            made = change_role(
                held.path, role=present[0].id, members=members, now=moment, passed_on_by=passing
            )
        else:
            made = create_role(held.path, name=name, members=members, now=moment)
    said = f"{made.name}: the role's id is {made.id}; members: {len(made.members)}."
    tell_held(as_json, held, about_role(made), said)


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, role)
