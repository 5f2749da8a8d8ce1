"""`readback keys catch-up`: a home that was put back from an old backup, brought up to the key log.

Promises: the export is verified from its first entry on, under the policy that the home pinned, and counts
only with a quorum of witnesses; what contradicts the home is refused, and an alarm at its desk; the record
says which private halves are gone for good, and what to do about each.
Never: a hub or another desk is believed for what the agency's own root did not sign.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from exchange.desk.cli.home_known import with_casebook
from exchange.desk.cli.lost import following
from exchange.errors import ExportDiffers, FileMissing
from keys.cli.holding import By, ByFile, Reasons, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, register
from keys.errors import AgencyUnknown, HomeContradicted, Malformed, QuorumMissing
from keys.terminal import identity, load, now

if TYPE_CHECKING:
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.statement import Signed

MOST: Final = 1_000_000  # versions: more than any agency signs

Export = Annotated[
    Path, typer.Option("--log", metavar="FILE", help="The whole key log, by `readback keys log export`.")
]
Newest = Annotated[
    int,
    typer.Option(
        "--roster",
        metavar="VERSION",
        min=0,
        max=MOST,  # a slip of the finger would else leave no number for the next list
        help="The newest version of the agency's list of people that anybody has, if you know it.",
    ),
]


def catch_up(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    log: Export,
    roster: Newest = 0,
    reasons: Reasons = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Bring a home from an old backup up to its own events in the key log. Two people hold it."""
    from keys.ceremony.catching_up import catch_up as catching_up
    from keys.ceremony.catching_up import lost
    from keys.ceremony.holding import hold

    loaded, moment = load(home), now()
    holding = hands(loaded, "catch-up", by, by_passphrase_file)
    listed = own_events(loaded, log)
    newest = max(roster, with_casebook(loaded, _newest_roster) or 0)
    try:
        with hold(home, "catch-up", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
            catching_up(held.path, listed=listed, newest_roster=newest, now=moment)
            gone = lost(load(held.path))
    except HomeContradicted:
        with_casebook(loaded, _alarm)
        raise
    taken = len(held.after.events) - len(held.before.events)
    tell_held(
        as_json,
        held,
        {
            **identity(held.after),
            "events": taken,
            "version": held.after.roster.version,
            "lost": {
                "everyday": list(gone.everyday),
                "mailboxes": list(gone.mailboxes),
                "root": gone.root,
                "other_root": gone.other_root,
            },
        },
        f"Took over {taken} event{'s' * (taken != 1)} of {held.after.agency} from the key log."
        f" The list of people is version {held.after.roster.version}.",
        *following(home, held.before, gone),
    )


def own_events(home: AgencyHome, export: Path) -> tuple[Signed, ...]:
    """Verify an export under a home's policy, and give its agency's events in it, in order.

    `FileMissing`, `ExportDiffers`, `QuorumMissing`, `AgencyUnknown`, `RootDiffers`, `PolicyMissing`, and as
    `KeyLog.check`. Milliseconds for each entry of the log.
    """
    from exchange.desk.keylog import KeyLog, Shown
    from keys.ceremony.policy import read_policy
    from keys.event import Anchor, read_logged

    entries, note = _read(export)
    shown = KeyLog(read_policy(home.path)).check(Shown(entries, note))
    if not shown.verified.quorum:
        raise QuorumMissing
    logged = ((read_logged(signed.payload), signed) for signed in entries)
    listed = tuple(
        signed for one, signed in logged if one.agency == home.agency and not isinstance(one, Anchor)
    )
    if not listed:
        raise AgencyUnknown
    return listed


def _read(export: Path) -> tuple[tuple[Signed, ...], bytes]:
    from exchange.wire.keylog import read_export

    entries: list[Signed] = []
    try:
        with export.open("rb") as file:
            for found in read_export(file):
                if isinstance(found, str):
                    return tuple(entries), found.encode()
                entries.append(found)
    except OSError:
        raise FileMissing from None
    except Malformed:
        pass
    raise ExportDiffers


async def _newest_roster(casebook: Casebook, home: AgencyHome) -> int:
    from exchange.desk.known import newest_roster

    return await newest_roster(casebook, home.agency)


async def _alarm(casebook: Casebook, home: AgencyHome) -> None:
    """Say it at the desk too: whoever looks after it has to know, whoever held the ceremony."""
    from exchange.desk.courier.directory import NOT_OURS
    from exchange.store.casebook import AlarmRow, AuditEntry, Change
    from keys.record import format_time

    at = format_time(now())
    audit = (AuditEntry("alarm", at, code=f"{NOT_OURS}:{HomeContradicted.code}"),)
    await casebook.record(Change(alarms=(AlarmRow(NOT_OURS, home.agency, at),), audit=audit))


def add(app: typer.Typer) -> None:
    """Add this command to `readback keys`."""
    register(app, catch_up)
