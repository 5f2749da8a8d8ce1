"""Commands for evidence: fetch a certificate of closure, and verify one offline.

Promises: `verify` opens no connection and needs no session; what it prints was shown by the certificate's own
bytes, and it says what they cannot show.
Never: a certificate is written that does not verify.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, Leg, Out, Thread, at_desk
from exchange.errors import FileMissing, FileRefused, VerifierUnpinned

if TYPE_CHECKING:
    from exchange.evidence.verify import Verified
    from keys.transparency.policy import Policy

_LATEST: Final = 253_402_300_799  # POSIX seconds: the end of the year 9999

File = Annotated[Path, typer.Argument(help="A certificate of closure.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="The policy that you pinned: who vouches for the key log."),
]
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
    policy: PolicyFile = None,
    in_json: Json = False,
) -> None:
    """Fetch a certificate of closure. It is checked before it is written, by your policy if you give it."""
    pinned = _policy(policy)
    me = at_desk(context)
    data = me.certificate(me.thread(thread), leg, words=words)
    shown = _checked(data, pinned, {})
    try:
        with out.open("xb") as stream:
            stream.write(data)
    except OSError:
        raise FileRefused("it is there already, or cannot be written") from None
    if in_json:
        say.as_json({"file": str(out), **as_data(shown)})
    else:
        how = "verified by your policy" if pinned else "found to hang together"
        say.line(f"Written to {out}, and {how}. Anybody with the policy can verify it:")
        say.line(f"readback verify {out} --policy FILE", indent=2)


def verify(
    file: File,
    policy: PolicyFile = None,
    unpinned: Annotated[
        bool, typer.Option("--unpinned", help="Without a policy: then nobody vouches for the key log.")
    ] = False,
    pin: Pins = None,
    in_json: Json = False,
) -> None:
    """Verify a certificate of closure, offline, by the policy that you pinned."""
    from exchange.wire import limits

    if unpinned and policy is not None:
        raise typer.BadParameter("Give the policy, or say that you have none: not both.")
    pinned = _policy(policy)
    if pinned is None and not unpinned:
        raise VerifierUnpinned
    data = _read(file, limits.CERTIFICATE)
    shown = _checked(data, pinned, _pins(pin or []))
    if in_json:
        say.as_json(as_data(shown))
    else:
        _tell(shown)


def _policy(file: Path | None) -> Policy | None:
    from keys.transparency.policy import POLICY_LIMIT, read_policy

    return None if file is None else read_policy(_read(file, POLICY_LIMIT))


def _read(file: Path, limit: int) -> bytes:
    """Read what is at most a byte too long; whoever reads it refuses that."""
    try:
        with file.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError:
        raise FileMissing from None


def _checked(data: bytes, policy: Policy | None, pins: dict[str, str]) -> Verified:
    from exchange.evidence.verify import verify as check
    from exchange.evidence.verify import verify_unpinned

    return verify_unpinned(data, pins) if policy is None else check(data, policy, pins)


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
        "verified": shown.log.policy is not None,
        "thread": shown.thread,
        "leg": shown.leg.index,
        "state": shown.leg.state.value,
        "closed_at": shown.closed_at,
        "version": shown.leg.version,
        "version_number": shown.leg.version_number,
        "read_back": shown.leg.read_back,
        "hear_back": shown.leg.hear_back,
        "to_role": shown.role,
        "log": {
            "origin": shown.log.checkpoint.origin,
            "size": shown.log.checkpoint.size,
            "root": shown.log.checkpoint.root.hex(),
            "policy": shown.log.policy,
            "witnesses": [{"name": name, "at": _time(at)} for name, at in shown.log.witnesses],
            "vouched": None if shown.log.vouched is None else _time(shown.log.vouched),
            "unknown_signatures": shown.log.unknown,
        },
        "agencies": [
            {
                "agency": one.agency,
                "name": one.name,
                "root": one.fingerprint,
                "pinned": one.pinned,
                "founder": one.founder,
                "sponsors": list(one.sponsors),
                "events": one.events,
            }
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


def _time(seconds: int) -> str:
    """Write a witness's time; one beyond the calendar as the calendar's last."""
    from datetime import UTC, datetime

    from keys.record import format_time

    return format_time(datetime.fromtimestamp(min(seconds, _LATEST), UTC))


def _tell(shown: Verified) -> None:
    from exchange.desk.cli.pages import moment

    data = as_data(shown)
    if data["verified"]:
        say.line("VERIFIED: this share was restated and heard, and closed.", bold=True)
    else:
        say.line("UNPINNED: it hangs together, but nobody vouches for whose keys these are.", bold=True)
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
        say.line(f"Root key of {one['name']} ({_why(one)}):", hang=2)
        say.line(one["root"], indent=2, hang=2)
    if data["forks"]:
        say.line("!! Somebody signed two different steps at one place. Look at the steps themselves.")
    if data["words"]:
        say.line(f"The words of {len(data['words'])} steps are inside, and are those that were signed for.")
    _tell_log(data)
    say.line("The times are the signers' own. What came after these steps is not shown.")


def _why(agency: dict[str, Any]) -> str:
    if agency["pinned"]:
        return "as you pinned it"
    if agency["founder"]:
        return "a founder by your policy"
    if agency["sponsors"]:
        return f"vouched for by {', '.join(agency['sponsors'])}"
    return "compare it with them, aloud"


def _tell_log(data: dict[str, Any]) -> None:
    from exchange.desk.cli.pages import moment

    log = data["log"]
    say.line(f"Keys as the log {log['origin']} had them when it was {log['size']} entries long.", hang=2)
    if log["policy"] is None:
        say.line(
            "!! No policy was given: whoever made this can have made up the log, its witnesses, and every "
            "agency whose root you did not pin.",
            hang=3,
        )
    else:
        names = ", ".join(one["name"] for one in log["witnesses"])
        say.line(f"Witnesses who saw that log, the quorum by {moment(log['vouched'])}: {names}.", hang=2)
        say.line("By the policy:", hang=2)
        say.line(log["policy"], indent=2, hang=2)
    if log["unknown_signatures"] and log["policy"] is not None:
        say.line(
            f"Signatures of nobody whom the policy names, which say nothing: {log['unknown_signatures']}."
        )
    say.line(
        "Offline it cannot be seen what the log said later (that a key was stolen before this closed, say), "
        "nor whether the last key events of an agency before it were left out: ask any desk that follows "
        "the log.",
        hang=2,
    )


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(certificate)
    app.command()(verify)
