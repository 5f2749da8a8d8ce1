"""What a certificate shows, as data and in plain English.

Promises: who vouches for what is said each time, and what nobody can see from the certificate.
Never: what was not verified is called so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exchange.desk.cli import say

if TYPE_CHECKING:
    from exchange.evidence.verify import Verified

_STEP: Final = {
    "share": "share",
    "request": "request",
    "decision": "decision",
    "accept": "acceptance",
    "decline": "declining",
    "read_back": "read-back",
    "hear_back": "hear-back",
    "amend": "amendment",
    "withdraw": "withdrawal",
    "refuse": "refusal",
    "note": "note",
}
_LATEST: Final = 253_402_300_799  # POSIX seconds: the end of the year 9999


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
            "whole": shown.looked_at,
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
        "without_words": [
            {"step": step.digest, "kind": step.slip.kind, "when": step.slip.created}
            for step in shown.wordless
        ],
        "words": {step: found.model_dump(mode="json") for step, found in shown.words.items()},
    }


def _time(seconds: int) -> str:
    """Write a witness's time; one beyond the calendar as the calendar's last."""
    from datetime import UTC, datetime

    from keys.record import format_time

    return format_time(datetime.fromtimestamp(min(seconds, _LATEST), UTC))


def tell(shown: Verified) -> None:
    """Say it in plain English, and what it does not show."""
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
    _tell_words(data)
    _tell_log(data)
    say.line("The times are the signers' own. What came after these steps is not shown.")


def _tell_words(data: dict[str, Any]) -> None:
    """Say how many steps' words are inside, and of which steps they are not."""
    from exchange.desk.cli.pages import moment

    there, missing = len(data["words"]), data["without_words"]
    if not there:
        say.line("No words are inside: it shows that they were heard, not what was said.")
        return
    if not missing:
        say.line(f"The words of all {there} steps are inside, and are those that were signed for.")
        return
    every = there + len(missing)
    say.line(f"The words of {there} of {every} steps are inside, and are those that were signed for.")
    named = [f"the {_STEP[one['kind']]} of {moment(one['when'])}" for one in missing]
    say.line(f"!! Without the words of: {', '.join(named)}.", hang=3)


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
    if log["whole"] is None:
        say.line(
            "Offline it cannot be seen what the log said later (that a key was stolen before this closed, "
            "say), nor whether the last key events of an agency before it were left out: give the whole log, "
            "--log FILE, or ask any desk that follows it.",
            hang=2,
        )
    else:
        say.line(
            f"The whole log of {log['whole']} entries was looked at: no event of these agencies was left "
            "out, and none since takes this back. What an agency said since of a person's key is not there.",
            hang=2,
        )
