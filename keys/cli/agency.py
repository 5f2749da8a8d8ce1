"""An agency's own keys: found it, rotate and revoke what it uses, list it, compare its root.

Promises: what takes the offline root asks for its passphrase; what only looks asks for nothing.
Never: a private key is printed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.holding import By, ByFile, Reasons, Rehearse, hands, tell_held, tell_record
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.errors import IndexMissing
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

OFFLINE = "Take the offline keys off this machine again."


def found(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    agency: Annotated[str, typer.Option(help="Its id: lower-case letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="Its name, as others shall read it.")],
    passphrase_file: PassphraseFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Found an agency, in a new home folder. The passphrase opens its offline keys."""
    from keys.ceremony.holding import hold_founding

    secret = ask_passphrase(passphrase_file, "Passphrase for the offline keys", new=True)
    made, transcript = hold_founding(
        home, agency=agency, name=name, passphrase=secret, now=now(), rehearse=rehearse
    )
    tell_record(
        as_json,
        transcript,
        {made.agency: made.name},
        identity(made),
        f"Founded {made.agency} in {home}.\nIts root's fingerprint: {spaced(made.card.root)}",
        f"Move {home / 'offline'} off this machine, to where only custodians reach it.",
        "Then enrol the first administrators, two at least:",
        f"readback keys enrol {home} --administrator --name NAME --post POST",
        "Then give the records key to custodians. The founding is finished only when that is done:",
        f"readback keys custodians {home} --name NAME --name NAME --need 2",
    )


def rotate(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Replace the agency's everyday keys. They sign, receive and prove; it takes the offline root."""
    from keys.ceremony.agency import rotate as rotating
    from keys.ceremony.holding import hold

    moment = now()
    holding = hands(load(home), "rotate", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    with hold(home, "rotate", holding, now=moment, rehearse=rehearse) as held:
        made = rotating(held.path, passphrase=secret, now=moment)
    tell_held(as_json, held, identity(made), "Rotated. The desk registers the event with the hub.", OFFLINE)


def revoke(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    key: Annotated[str, typer.Argument(help="The key's id.")],
    person: Annotated[str | None, typer.Option(help="Whose key, if it is not the agency's own.")] = None,
    from_index: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="The size of the key log from which it counts no more; for the agency's it must be given.",
        ),
    ] = None,
    reasons: Reasons = None,
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a person's keys, or one of the agency's, which takes the offline root. Two people hold it."""
    from keys.ceremony.agency import revoke as revoking
    from keys.ceremony.holding import hold
    from keys.ceremony.people import revoke_person_key

    loaded, moment = load(home), now()
    who = None if person is None else find_person(loaded, person)
    if who is None and from_index is None:
        raise IndexMissing
    holding = hands(loaded, "revoke", by, by_passphrase_file)
    secret = None if who else ask_passphrase(passphrase_file, "Passphrase of the offline root")
    with hold(home, "revoke", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
        if who is not None:
            after = revoke_person_key(
                held.path, person=who.id, key_id=key, now=moment, revoked_from=from_index
            )
            data = about_person(after)
        elif secret is not None and from_index is not None:
            made = revoking(held.path, key_id=key, from_index=from_index, passphrase=secret, now=moment)
            data = identity(made)
    if who is not None:
        said, following = "Revoked.", f"`readback keys enrol --renew {who.id}` gives them new keys."
    else:
        said, following = "Revoked. The desk registers the event with the hub.", OFFLINE
    said = "\n".join((said, *_meaning(from_index)))
    suspects = f"readback desk suspects {home} --key {key}"
    tell_held(as_json, held, data, said, following, "What was signed or opened under that key:", suspects)


def _meaning(from_index: int | None) -> tuple[str, ...]:
    """Say what an index means; the home does not know how long the log is, and it cannot be taken back."""
    if from_index is None:
        return ()
    if from_index == 0:
        return (
            "FROM LOG INDEX 0: THE KEY NEVER COUNTED.",
            "Whatever was signed under it and is judged anew is refused, also what was true.",
        )
    return (
        f"FROM LOG INDEX {from_index}: THE KEY COUNTS UNTIL THE KEY LOG HAS {from_index} ENTRIES.",
        "What is first received from then on is refused. If the log is shorter than that today, a",
        "thief can go on using the key until it is not. Compare: `readback keys log show` says its size.",
    )


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
