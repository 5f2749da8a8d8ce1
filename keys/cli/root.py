"""What the offline root does besides: vouch for a newcomer, begin an epoch, and be succeeded.

Promises: a newcomer is vouched for only under the root that somebody compared; the next root succeeds also
where the present one is lost.
Never: the root stays on the machine unmentioned: the record says to take it away again.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import Annotated

import typer

from keys.cli.agency import OFFLINE
from keys.cli.holding import By, ByFile, Reasons, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.terminal import ask_passphrase, identity, load, now, spaced


def sponsor(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    enrolment: Annotated[
        Path, typer.Argument(metavar="FILE", help="The newcomer's first event: its HOME/events/000000.json.")
    ],
    compared: Annotated[
        str, typer.Option(metavar="FINGERPRINT", help="Its root's, as its administrator read it out.")
    ],
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Vouch for another agency, whose root's fingerprint you compared by voice."""
    from keys.ceremony.holding import hold
    from keys.ceremony.home import read_event_file
    from keys.ceremony.root import sponsor as sponsoring

    moment, newcomer = now(), read_event_file(enrolment)
    holding = hands(load(home), "sponsor", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    with hold(home, "sponsor", holding, now=moment, rehearse=rehearse) as held:
        made = sponsoring(held.path, newcomer=newcomer, compared=compared, passphrase=secret, now=moment)
    sponsored = made.keys.sponsored[-1]
    tell_held(
        as_json,
        held,
        {**identity(made), "sponsored": sponsored},
        f"Your agency vouches for {sponsored}. The desk registers the event with the hub.",
        "Tell their administrator. They stand when as many vouch for them as the policy asks.",
        OFFLINE,
    )


def rotate_epoch(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Begin a new epoch: new sealing keys for the mailbox and every role. Once a year."""
    from keys.ceremony.epochs import people_due
    from keys.ceremony.epochs import rotate_epoch as rotating
    from keys.ceremony.holding import hold

    moment = now()
    holding = hands(load(home), "rotate-epoch", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    with hold(home, "rotate-epoch", holding, now=moment, rehearse=rehearse) as held:
        made = rotating(held.path, passphrase=secret, now=moment)
    due = people_due(made, moment)
    tell_held(
        as_json,
        held,
        {**identity(made), "epoch": made.keys.mailbox_epoch, "due": [person.id for person in due]},
        f"Epoch {made.keys.mailbox_epoch} has begun. The desk registers the event with the hub.",
        *(f"{person.name} is due for new keys: let them come by." for person in due),
        "Old keys whose time is over are erased by:",
        f"readback desk erase-keys {home} --by NAME --by NAME",
        OFFLINE,
    )


def succeed_root(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    reasons: Reasons = None,
    passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Put the next root in the root's place. It works also where the root is lost. Two people hold it."""
    from keys.ceremony.holding import hold
    from keys.ceremony.root import succeed
    from keys.suite import fingerprint

    moment = now()
    holding = hands(load(home), "succeed-root", by, by_passphrase_file)
    secret = ask_passphrase(passphrase_file, "Passphrase of the offline next root")
    with hold(home, "succeed-root", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
        made = succeed(held.path, passphrase=secret, now=moment)
    present = fingerprint(made.keys.root.to_bytes())
    tell_held(
        as_json,
        held,
        {**identity(made), "root": present},
        "The next root has taken the root's place, and committed to the one after it.",
        f"Copy {home / 'offline'} to both sticks again: its files are new. Destroy the old copies.",
        f"Its fingerprint, for your own papers: {present}",
        f"What others compare stays the first root's: {spaced(made.card.root)}",
        "If the old root was stolen, revoke it now, from the log index before the theft:",
        f"readback keys revoke {home} {held.before.keys.root.key_id} --from-index N --by NAME --by NAME",
    )


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, sponsor, rotate_epoch, succeed_root)
