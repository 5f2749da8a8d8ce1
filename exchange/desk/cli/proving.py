"""Commands for evidence: fetch a certificate of closure, and verify one offline.

Promises: `verify` opens no connection and needs no session; what it prints was shown by the certificate's own
bytes, and it says what they cannot show. Status 0 means that a policy was given and vouches for it.
Never: a certificate is written that does not verify.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, Leg, Out, Thread, at_desk
from exchange.desk.cli.proving_page import as_data, tell
from exchange.desk.cli.saving import new_file
from exchange.errors import FileMissing, VerifierUnpinned

if TYPE_CHECKING:
    from exchange.evidence.verify import Verified
    from keys.directory import Directory
    from keys.transparency.policy import Policy

UNPINNED: Final = 4  # status: it hangs together, but nobody vouches for whose keys these are

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
    leg: Leg = None,
    words: Annotated[
        bool, typer.Option("--words", help="Put the words in, too. Handle it as you handle them.")
    ] = False,
    policy: PolicyFile = None,
    in_json: Json = False,
) -> None:
    """Fetch a certificate of closure. It is checked before it is written, by your policy if you give it."""
    pinned = _policy(policy)
    me = at_desk(context)
    name = me.thread(thread)
    data = me.certificate(name, me.leg(name, leg), words=words)
    shown = _checked(data, pinned, {})
    with new_file(out) as stream:
        stream.write(data)
    if in_json:
        say.as_json({"file": str(out), **as_data(shown)})
    else:
        how = "verified by your policy" if pinned else "found to hang together"
        say.line(f"Written to {out}, and {how}. Anybody with the policy can verify it:")
        say.line(f"readback verify {out} --policy FILE", indent=2)


def verify(  # noqa: PLR0913, PLR0917 - a command has the options it has
    file: File,
    policy: PolicyFile = None,
    unpinned: Annotated[
        bool, typer.Option("--unpinned", help="Without a policy: nobody vouches for the key log, status 4.")
    ] = False,
    pin: Pins = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log", metavar="FILE", help="The whole key log, too: what `readback keys log export` wrote."
        ),
    ] = None,
    in_json: Json = False,
) -> None:
    """Verify a certificate of closure, offline, by the policy that you pinned.

    Status 0: verified by that policy. 4: it hangs together, and nobody vouches for it. 2: refused.
    """
    from exchange.wire import limits

    if unpinned and policy is not None:
        raise typer.BadParameter("Give the policy, or say that you have none: not both.")
    pinned = _policy(policy)
    if pinned is None and not unpinned:
        raise VerifierUnpinned
    data = _read(file, limits.CERTIFICATE)
    if log is not None and pinned is None:
        raise typer.BadParameter("A log counts only by a policy.")
    shown = _checked(data, pinned, _pins(pin or []), log)
    if in_json:
        say.as_json(as_data(shown))
    else:
        tell(shown)
    if pinned is None:
        raise typer.Exit(UNPINNED)


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


def _checked(data: bytes, policy: Policy | None, pins: dict[str, str], log: Path | None = None) -> Verified:
    from exchange.evidence.verify import verify as check
    from exchange.evidence.verify import verify_unpinned

    if policy is None:
        return verify_unpinned(data, pins)
    return check(data, policy, pins, whole=None if log is None else _whole(log, policy))


def _whole(log: Path, policy: Policy) -> Directory:
    """Read and verify the whole log, as far as a quorum vouches for it."""
    from exchange.desk.keylog import KeyLog, Shown
    from exchange.wire.keylog import read_export
    from keys.statement import Signed

    entries, note = [], ""
    try:
        with log.open("rb") as file:
            for found in read_export(file):
                if isinstance(found, Signed):
                    entries.append(found)
                else:
                    note = found
    except OSError:
        raise FileMissing from None
    followed = KeyLog(policy)
    continuation = followed.check(Shown(tuple(entries), note.encode()))
    continuation.verified.witnessed.require_quorum()
    return continuation.ahead


def _pins(given: list[str]) -> dict[str, str]:
    pins = {}
    for one in given:
        agency, equals, fingerprint = one.partition("=")
        if not equals:
            raise typer.BadParameter("A pin is AGENCY=FINGERPRINT.")
        pins[agency] = fingerprint
    return pins


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(certificate)
    app.command()(verify)
