"""The policy: which log one believes, whose witnesses must stand by it, and which agencies began it.

Promises: what is made or shown comes with its fingerprint, which people compare aloud before anybody pins it.
Never: a policy that is pinned is replaced by somebody who cannot say which one it was.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, register
from keys.errors import PinMalformed
from keys.terminal import Telling, load, now, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.transparency.policy import Policy

_GROUP = typer.Typer(
    cls=Telling,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Agree on the key log to believe, and on who must stand by it.",
)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy's file.", show_default=False)]


def witness(home: Home, as_json: AsJson = False) -> None:
    """Show the verifier key by which a policy names an agency's desk as a witness."""
    from keys.transparency.note import Algorithm, VerifierKey

    loaded = load(home)
    vkey = VerifierKey(loaded.agency, Algorithm.COSIGNATURE, loaded.keys.witness).vkey
    tell(as_json, {"agency": loaded.agency, "witness": vkey}, vkey)


def make(  # noqa: PLR0913, PLR0917 - a policy's fields
    origin: Annotated[str, typer.Option(help="The log's name: the hub's address without its scheme.")],
    log: Annotated[str, typer.Option(metavar="VKEY", help="The log's verifier key, as the hub prints it.")],
    witnesses: Annotated[
        list[str],
        typer.Option("--witness", metavar="VKEY", help="A witness's verifier key; once for each."),
    ],
    quorum: Annotated[int, typer.Option(help="How many witnesses must stand by a checkpoint.")],
    faults: Annotated[int, typer.Option(help="How many of them may lie without harm.")],
    founders: Annotated[
        list[str],
        typer.Option(
            "--founder",
            metavar="AGENCY=FINGERPRINT",
            help="An agency that began it, with its root; once for each.",
        ),
    ],
    sponsors: Annotated[int, typer.Option(help="How many agencies must vouch for a new one.")],
    output: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write; there must be none yet.")
    ],
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only rehearse: nothing is written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a policy, for every agency to pin. Twice the quorum must exceed witnesses plus faults."""
    from keys.ceremony.policy import demand_new, make_policy, write_policy_file

    policy = make_policy(
        founders=map(_founder, founders),
        origin=origin,
        log=log,
        witnesses=witnesses,
        quorum=quorum,
        faults=faults,
        sponsors=sponsors,
    )
    if rehearse:
        demand_new(output)
    else:
        write_policy_file(output, policy)
    tell(
        as_json,
        {"fingerprint": policy.fingerprint, "rehearsal": rehearse},
        *(("REHEARSAL. Nothing was changed. This would have been done:",) * rehearse),
        f"Made a policy for the log {policy.origin}.",
        *_record(policy, rehearsal=rehearse),
        "Give the file to every agency's administrator; each compares these digits with you aloud.",
    )


def show(
    path: Annotated[
        Path, typer.Argument(metavar="FILE_OR_HOME", help="A policy's file, or an agency's home.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a policy, with the fingerprint to compare aloud."""
    from keys.ceremony.policy import read_policy, read_policy_file

    policy = read_policy(path) if path.is_dir() else read_policy_file(path)
    tell(as_json, {**policy.model_dump(mode="json"), "fingerprint": policy.fingerprint}, *_lines(policy))


def pin(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    file: PolicyFile,
    replacing: Annotated[
        str | None,
        typer.Option(metavar="FINGERPRINT", help="The fingerprint of the policy that is pinned there now."),
    ] = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Pin a policy whose fingerprint you compared. To replace another, give that one's fingerprint."""
    from keys.ceremony.holding import hold
    from keys.ceremony.policy import pinned_policy, read_policy_file, write_policy

    loaded, moment, policy = load(home), now(), read_policy_file(file)
    holding = hands(loaded, "pin-policy", by, by_passphrase_file)
    other = pinned_policy(home) not in {"", policy.fingerprint.replace(" ", "")}
    if other and replacing is None and _at_a_terminal():
        replacing = typer.prompt("Fingerprint of the policy that is pinned now", err=True)
    with hold(home, "pin-policy", holding, now=moment, rehearse=rehearse) as held:
        write_policy(held.path, policy, replacing=replacing)
    tell_held(
        as_json,
        held,
        {"fingerprint": policy.fingerprint},
        "\n".join((f"Pinned the policy for the log {policy.origin}.", *_fingerprint(policy))),
        "If you have not compared these digits aloud with another agency, do it now.",
    )


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`, as `readback keys policy …`."""
    app.add_typer(_GROUP, name="policy")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _founder(text: str) -> tuple[str, str]:
    agency, equals, digits = text.partition("=")
    if not equals:
        raise PinMalformed("--founder")
    return agency.strip(), digits


def _record(policy: Policy, *, rehearsal: bool) -> Iterator[str]:
    """Print the record of a making: no home stands behind it, so the signed transcripts are the pinnings'."""
    from keys.record import format_time

    yield f"--- {'Rehearsal' if rehearsal else 'Record'} of the making of a policy ---"
    yield f"  at      {format_time(now())}"
    yield from (f"  {line}" for line in _fingerprint(policy))
    yield "---"


def _fingerprint(policy: Policy) -> Iterator[str]:
    """Two lines of six groups, to be read aloud."""
    groups = policy.fingerprint.split()
    half = len(groups) // 2
    yield f"Its fingerprint: {' '.join(groups[:half])}"
    yield f"                 {' '.join(groups[half:])}"


def _lines(policy: Policy) -> Iterator[str]:
    keys = policy.witness_keys
    yield f"The log: {policy.origin}"
    yield f"  {policy.log}"
    yield (
        f"Its witnesses: {policy.quorum} of {len(keys)} must stand by a checkpoint,"
        f" and {policy.faults} may lie without harm."
    )
    yield from (f"  {key.vkey}" for key in keys)
    yield f"Its founders: every other agency needs {policy.sponsors} to vouch for it."
    for agency, digits in sorted(policy.founders.items()):
        yield f"  {agency}"
        yield f"    {digits}"
    yield from _fingerprint(policy)


register(_GROUP, witness, make, show, pin)
