"""Recovery from compromise: one ceremony that ends stolen keys, gives new ones, and says whom to tell.

Promises: the record names every key that ended and from where, has the command that lists what was done under
each, and the words to send to the other agencies.
Never: it waits for somebody to remember a step.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.terminal import ask_passphrase, find_person, load, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.ceremony.home import AgencyHome
    from keys.roster import Person

AGENCY = "agency"
NOTICE = (
    '"Keys of {agency} were stolen. From log index {index} on your desk refuses every step that first '
    "arrives under them. What it had before stays as it is. So look at what you received from us shortly "
    'before, and ring us about anything that you would not have expected."'
)


def recover(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    of: Annotated[
        str, typer.Option(help="Whose keys were stolen: a person's id or exact name, or `agency`.")
    ],
    from_index: Annotated[
        int, typer.Option(min=0, help="The log index from which the stolen keys count no more.")
    ],
    reasons: Annotated[str, typer.Option(help="Why; kept sealed, beside the ceremony's transcript.")],
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: PassphraseFile = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Recover from a theft: revoke what was stolen, give new keys, say whom to tell. Two people hold it."""
    from keys.ceremony.holding import hold
    from keys.ceremony.recovery import recover_agency, recover_person

    loaded, moment = load(home), now()
    who = None if of == AGENCY else find_person(loaded, of)
    holding = hands(loaded, "recover", by, by_passphrase_file)
    if who is None:
        secret = ask_passphrase(passphrase_file, "Passphrase of the offline root")
    else:
        secret = ask_passphrase(passphrase_file, "That person's present passphrase")
        new = ask_passphrase(new_passphrase_file, "Their new passphrase", new=True)
    with hold(home, "recover", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
        if who is None:
            stolen = recover_agency(held.path, from_index=from_index, passphrase=secret, now=moment)
        else:
            stolen = recover_person(
                held.path, person=who.id, from_index=from_index, old=secret, new=new, now=moment
            )
    whose = "The desk" if who is None else who.name
    tell_held(
        as_json,
        held,
        {"revoked": list(stolen), "from_index": from_index},
        "\n".join((f"{whose} has new keys.", *_ended(from_index), *(() if who is None else (_PASSKEYS,)))),
        *_following(home, loaded.agency, stolen, from_index, custodian=_is_custodian(held.after, who)),
        *(() if who is not None else _witness(home, held.after, from_index)),
    )


_PASSKEYS = "Their passkeys are removed: a thief may have added one. They add theirs again in their account."


def _ended(from_index: int) -> Sequence[str]:
    """Say exactly what a revocation changes, and what it does not."""
    return (
        f"The old ones end at log index {from_index}.",
        f"  A step under them that a desk first receives at index {from_index} or later is refused.",
        "  A step that a desk received before stays believed there.",
        "  No desk writes a new certificate with such a step from now on (key_revoked),",
        f"  unless the other side had answered that step before index {from_index}.",
    )


def _following(
    home: Path, agency: str, stolen: Sequence[str], from_index: int, *, custodian: bool
) -> Sequence[str]:
    return (
        "See what was signed or opened under the stolen keys, thread by thread:",
        *(f"readback desk suspects {home} --key {key}" for key in stolen),
        "Send this to every agency that the list names:",
        NOTICE.format(agency=agency, index=from_index),
        *(f"key {key}" for key in stolen),
        *(("They hold a part of the records key: give it to custodians anew.",) * custodian),
        "Find out how it happened, and whether the machine can be trusted, before you go on.",
    )


def _witness(home: Path, after: AgencyHome, from_index: int) -> Sequence[str]:
    """Say that one key is still the thief's: replacing it unasked takes this desk out of every policy."""
    return (
        "The witness key is NOT replaced, and the thief has it too: they can vouch for a false log as you.",
        "If a policy names your desk as a witness, tell whoever makes it. Then replace the key:",
        f"readback keys revoke {home} {after.keys.current['witness']} --from-index {from_index}",
        "Give them the new line. They make a new policy (`readback keys policy make`); every agency pins it:",
        f"readback keys policy witness {home}",
    )


def _is_custodian(home: AgencyHome, who: Person | None) -> bool:
    custodians = home.roster.custodians
    return who is not None and custodians is not None and who.id in custodians.people


def add(app: typer.Typer) -> None:
    """Add this command to `readback keys`."""
    register(app, recover)
