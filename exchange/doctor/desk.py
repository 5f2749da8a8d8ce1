"""An agency's folder: its settings, its keys and what they run out of, its casebook, and the way to the hub.

Promises: it looks also while the desk runs; people are counted, never named.
Never: it opens a practitioner's keystore, or an offline one.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import aiohttp

from exchange.desk.alarms import MEANINGS
from exchange.desk.config import DeskConfig
from exchange.doctor.address import has_tls, is_here
from exchange.doctor.finding import Finding, look, soon, well, wrong
from exchange.doctor.machine import machine
from exchange.store.casebook import Casebook
from exchange.wire.keylog import CHECKPOINT
from keys.ceremony.epochs import people_due
from keys.ceremony.home import load_home
from keys.ceremony.policy import read_policy
from keys.record import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome

AHEAD: Final = timedelta(days=30)  # what ends sooner is told
LATE: Final = timedelta(hours=1)  # what waits longer for the hub is told
OLD: Final = timedelta(hours=24)  # a checkpoint that is older is told
_SECONDS: Final = aiohttp.ClientTimeout(total=5.0)
_APART: Final = timedelta(seconds=30)  # half of what a proof of a request allows
_RENEW: Final = "readback keys roster HOME --renew"
_COME_BY: Final = "Let them come by: readback keys enrol HOME --renew"


async def examine(home: Path) -> tuple[Finding, ...]:
    """Look at an agency's folder; `DeskMissing` or `SettingsRefused` where it has no settings to go by."""
    config = DeskConfig.read(home)
    found = list(await asyncio.to_thread(lambda: tuple(machine(home))))
    found += await look("keys", lambda: _keys(home))
    found += await look("casebook", lambda: _casebook(config))
    found += await _hub(config)
    return tuple(found)


async def _keys(path: Path) -> Iterable[Finding]:
    home = await asyncio.to_thread(load_home, path)
    await asyncio.to_thread(read_policy, path)
    says = "The agency's events, roster, transcripts and policy are whole, and its keys open."
    return [well("keys", says), *_ends(home, datetime.now(UTC)), *_custody(home)]


def _ends(home: AgencyHome, now: datetime) -> Iterator[Finding]:
    left = parse_time(home.roster.expires) - now
    says = f"The roster counts for {max(left.days, 0)} more days."
    if left <= timedelta(0):
        yield wrong("roster", "The roster has run out: nobody can write to you.", _RENEW)
    elif left < AHEAD:
        yield soon("roster", says, _RENEW)
    else:
        yield well("roster", says)
    people = [one for one in home.roster.people if one.suspended is None]
    ending = [one for one in people if parse_time(one.keys[0].not_after) - now < AHEAD]
    if ending:
        yield soon("people", f"Keys that end within a month: {len(ending)}.", _COME_BY)
    due = people_due(home, now)
    if due:
        yield soon("epochs", f"People whose sealing key is a year old: {len(due)}.", _COME_BY)


def _custody(home: AgencyHome) -> Iterator[Finding]:
    if home.roster.custodians is None:
        yield soon(
            "custody", "One passphrase opens all of the agency's records.", "readback keys custodians HOME …"
        )
    if any((home.path / "offline").glob("*.keystore")):
        yield soon(
            "offline keys",
            "The offline keys are still on this machine.",
            "Move HOME/offline to a medium that you lock away.",
        )


async def _casebook(config: DeskConfig) -> Iterable[Finding]:
    casebook = await Casebook.open(config.database_url)
    try:
        alarms, outbox = await casebook.alarms(), await casebook.outbox_state()
        checkpoint = await casebook.checkpoint(quorum=True)
    finally:
        await casebook.close()
    found = [well("casebook", "The casebook answers.")]
    for name in sorted({alarm.name for alarm in alarms}):
        meaning = MEANINGS[name]
        make = wrong if meaning.grave == "act now" else soon
        found.append(make(f"alarm {name}", meaning.says, meaning.do))
    now = datetime.now(UTC)
    if outbox.oldest is not None and now - parse_time(outbox.oldest) > LATE:
        says = f"{outbox.waiting} envelopes wait for the hub, the oldest for more than an hour."
        found.append(wrong("outbox", says, "Look whether the hub answers; nothing is lost."))
    if checkpoint is None:
        says = "No checkpoint with a quorum of witnesses is here yet."
        found.append(soon("key log", says, "Start the desk, and wait a minute."))
    elif now - parse_time(checkpoint.at) > OLD:
        found.append(soon("key log", "The newest checkpoint is more than a day old.", "Is the desk running?"))
    else:
        found.append(well("key log", f"Followed, with a quorum, up to entry {checkpoint.size}."))
    return found


async def _hub(config: DeskConfig) -> Iterable[Finding]:
    found = []
    if not has_tls(config.hub) and not is_here(config.hub):
        says = "The way to the hub has no TLS."
        found.append(wrong("hub's address", says, "Write https:// into `hub` of desk.toml."))
    sent = datetime.now(UTC)
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS) as http,
            http.get(config.hub + CHECKPOINT, allow_redirects=False) as answer,
        ):
            date = answer.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return [*found, soon("hub", "The hub does not answer.", "Nothing is lost; ask its operator.")]
    return [*found, well("hub", "The hub answers."), *_clocks(date, sent)]


def _clocks(date: str, ours: datetime) -> Iterator[Finding]:
    """Compare with the hub's clock, which is exact to the second in what it answers."""
    try:
        apart = abs(parsedate_to_datetime(date).astimezone(UTC) - ours)
    except (ValueError, TypeError, OverflowError):  # the hub's word may be anything
        return
    if apart > _APART:
        yield wrong(
            "clocks",
            f"This clock and the hub's are {int(apart.total_seconds())} seconds apart; proofs count for 60.",
            "See which of the two is wrong, and set it by NTP.",
        )
    else:
        yield well("clocks", "This clock and the hub's agree.")
