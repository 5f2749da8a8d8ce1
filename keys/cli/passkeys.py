"""A person's passkeys at the desk: listed, and removed where their person has lost them.

Promises: removing one needs the machine and no secret of the person's; it opens and signs in nobody.
Never: a passkey is added here: only its own person can, with it in their hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keys.cli.options import AsJson, Home, register
from keys.terminal import find_person, load, tell

if TYPE_CHECKING:
    from keys.ceremony.passkeys import Passkey


def passkeys(
    home: Home,
    of: Annotated[str, typer.Option(metavar="NAME", help="Whose: their id or exact name.")],
    remove: Annotated[
        str | None, typer.Option(metavar="MARK", help="Remove the one whose mark begins so.")
    ] = None,
    remove_all: Annotated[bool, typer.Option("--remove-all", help="Remove all of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """List a person's passkeys, or remove those that they have lost."""
    from keys.ceremony.passkeys import read_passkeys, remove_passkeys
    from keys.errors import KeyUnknown

    loaded = load(home)
    person = find_person(loaded, of)
    found = read_passkeys(loaded, person.id)
    gone = found if remove_all else tuple(one for one in found if remove and one.name.startswith(remove))
    if remove and len(gone) != 1:
        raise KeyUnknown
    if gone:
        remove_passkeys(loaded, person.id, frozenset(one.name for one in gone))
    left = tuple(one for one in found if one not in gone)
    tell(
        as_json,
        {"of": person.id, "passkeys": [_about(one) for one in left], "removed": len(gone)},
        *(f"  {one.name[:8]}  {_KINDS[one.opens]}  added {one.added}" for one in left),
        _counted(len(left), len(gone)),
    )


def _counted(left: int, gone: int) -> str:
    held = {0: "No passkey", 1: "1 passkey"}.get(left, f"{left} passkeys")
    return f"{held}; removed: {gone}." if gone else f"{held}."


_KINDS = {True: "opens the keys", False: "a second proof"}


def _about(one: Passkey) -> dict[str, object]:
    return {"mark": one.name, "opens": one.opens, "added": one.added}


def add(app: typer.Typer) -> None:
    """Add this command to `readback keys`."""
    register(app, passkeys)
