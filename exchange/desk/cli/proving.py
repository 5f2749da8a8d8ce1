"""Commands for evidence: fetch a certificate of closure, and verify one offline.

Promises: `verify` opens no connection and needs no session; what it prints was shown by the certificate's own
bytes, and it says what they cannot show.
Never: a certificate is written that does not verify.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, Leg, Out, Thread, at_desk
from exchange.errors import FileMissing, FileRefused

if TYPE_CHECKING:
    from exchange.evidence.verify import Verified

File = Annotated[Path, typer.Argument(help="A certificate of closure.")]
Pins = Annotated[
    list[str] | None,
    typer.Option("--pin", metavar="AGENCY=FINGERPRINT", help="A root that you compared; repeat it."),
]


def certificate(  # noqa: PLR0913, PLR0917 - a command has the options it has
    context: typer.Context,
    thread: Thread,
    out: Out,
    leg: Leg = 0,
    words: Annotated[
        bool, typer.Option("--words", help="Put the words in, too. Handle it as you handle them.")
    ] = False,
    in_json: Json = False,
) -> None:
    """Fetch a certificate of closure. It is checked before it is written."""
    from exchange.evidence.verify import verify as check

    me = at_desk(context)
    data = me.certificate(me.thread(thread), leg, words=words)
    shown = check(data)
    try:
        with out.open("xb") as stream:
            stream.write(data)
    except OSError:
        raise FileRefused("it is there already, or cannot be written") from None
    if in_json:
        say.as_json({"file": str(out), **as_data(shown)})
    else:
        say.line(f"Written to {out} and verified. Anybody can do so again: readback verify {out}")


def verify(
    file: File,
    pin: Pins = None,
    in_json: Json = False,
) -> None:
    """Verify a certificate of closure, offline."""
    from exchange.evidence.verify import verify as check
    from exchange.wire import limits

    try:
        with file.open("rb") as stream:
            data = stream.read(limits.CERTIFICATE + 1)
    except OSError:
        raise FileMissing from None
    shown = check(data, _pins(pin or []))
    if in_json:
        say.as_json(as_data(shown))
    else:
        _tell(shown)


def _pins(given: list[str]) -> dict[str, str]:
    pins = {}
    for one in given:
        agency, equals, fingerprint = one.partition("=")
        if not equals:
            raise typer.BadParameter("A pin is AGENCY=FINGERPRINT.")
        pins[agency] = fingerprint
    return pins


def as_data(shown: Verified) -> dict[str, Any]:
    """Give what a certificate shows as plain data."""
    from exchange.evidence.chronology import chronology

    names = {(one.agency, one.person): one.name for one in shown.signers}
    rows = chronology(shown.status, shown.steps, lambda agency, person: names[agency, person])
    return {
        "verified": True,
        "thread": shown.thread,
        "leg": shown.leg.index,
        "state": shown.leg.state.value,
        "closed_at": shown.closed_at,
        "version": shown.leg.version,
        "version_number": shown.leg.version_number,
        "read_back": shown.leg.read_back,
        "hear_back": shown.leg.hear_back,
        "to_role": shown.role,
        "agencies": [
            {"agency": one.agency, "name": one.name, "root": one.fingerprint, "pinned": one.pinned}
            for one in shown.agencies
        ],
        "signers": [{"agency": one.agency, "name": one.name, "post": one.post} for one in shown.signers],
        "chronology": [
            {
                "when": row.when,
                "who": row.who,
                "did": row.did,
                "step": row.step,
                "without_effect": row.without_effect,
            }
            for row in rows
        ],
        "forks": len(shown.status.forks),
        "words": {step: found.model_dump(mode="json") for step, found in shown.words.items()},
    }


def _tell(shown: Verified) -> None:
    from exchange.desk.cli.pages import moment

    data = as_data(shown)
    say.line("VERIFIED: this share was restated and heard, and closed.", bold=True)
    say.line(
        f"Closed {moment(data['closed_at'])}, version {data['version_number']}, thread {data['thread']}."
    )
    for row in data["chronology"]:
        idle = f" (without effect: {row['without_effect']})" if row["without_effect"] else ""
        say.line(f"{moment(row['when'])}  {row['who']} {row['did']}.{idle}", indent=2, hang=6)
    if data["to_role"]:
        say.line(f"Addressed to the role: {data['to_role']}.")
    for one in data["signers"]:
        say.line(f"Signed by {one['name']}, {one['post']}, {one['agency']}.", hang=2)
    for one in data["agencies"]:
        pinned = "as you pinned it" if one["pinned"] else "compare it with them, aloud"
        say.line(f"Root key of {one['name']} ({pinned}):", hang=2)
        say.line(one["root"], indent=2, hang=2)
    if data["forks"]:
        say.line("!! Somebody signed two different steps at one place. Look at the steps themselves.")
    if data["words"]:
        say.line(f"The words of {len(data['words'])} steps are inside, and are those that were signed for.")
    say.line("The times are the signers' own. What came after these steps is not shown.")


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(certificate)
    app.command()(verify)
