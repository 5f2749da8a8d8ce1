"""An agency's own keys: found it, rotate and revoke what it uses, list it, compare its root.

Promises: what takes the offline root asks for its passphrase; what only looks asks for nothing.
Never: a private key is printed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.terminal import (
    about_person,
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


def rotate(home: Home, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Replace the agency's everyday keys. They sign, receive and prove; it takes the offline root."""
    from keys.ceremony.agency import rotate as rotating

    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    made = rotating(home, passphrase=secret, now=now())
    tell(as_json, identity(made), "Rotated. The desk registers the event with the hub.")


def revoke(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    key: Annotated[str, typer.Argument(help="The key's id.")],
    person: Annotated[str | None, typer.Option(help="Whose key, if it is not the agency's own.")] = None,
    from_index: Annotated[
        int | None,
        typer.Option(
            min=0, help="The log index from which it counts no more; for a key of the agency 0 unless given."
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a person's keys, or one of the agency's. The latter takes the offline root."""
    if person is not None:
        from keys.ceremony.people import revoke_person_key

        who = find_person(load(home), person)
        after = revoke_person_key(home, person=who.id, key_id=key, now=now(), revoked_from=from_index)
        tell(as_json, about_person(after), f"Revoked. `enrol --renew {who.id}` gives new keys.")
        return
    from keys.ceremony.agency import revoke as revoking

    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    made = revoking(home, key_id=key, from_index=from_index or 0, passphrase=secret, now=now())
    tell(as_json, identity(made), "Revoked. The desk registers the event with the hub.")


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


def fingerprint(home: Home, as_json: AsJson = False) -> None:
    """Show the root's fingerprint, to compare aloud. Those pinned of other agencies follow."""
    loaded = load(home)
    tell(
        as_json,
        {**identity(loaded), "pins": {agency: spaced(digits) for agency, digits in loaded.pins.items()}},
        f"{loaded.agency}: {spaced(loaded.card.root)}",
        *(f"pinned {agency}: {spaced(digits)}" for agency, digits in sorted(loaded.pins.items())),
    )


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, found, rotate, revoke, fingerprint)
    app.command("list")(list_keys)
