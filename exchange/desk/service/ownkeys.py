"""The agency's own keys, and how the key log is that carries them, for its administrators.

Promises: what is told was verified by this desk: the keys by the agency's own events, the log by its policy.
Never: another agency's keys or name; a private key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from exchange.desk.behind import ANCHOR_BASE
from exchange.desk.courier.directory import STALE
from exchange.desk.service import commands
from exchange.desk.service.commands import CommandView
from exchange.desk.service.gate import demand_administrator
from keys.agency import Everyday
from keys.record import AgencyId, Frozen, KeyId, LogIndex, Time, format_time, parse_time
from keys.suite import fingerprint

if TYPE_CHECKING:
    from exchange.desk.keylog import Verified
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from keys.agency import ListedKey


class AgencyKeyView(Frozen):
    """One of the agency's keys; `present` is the one in use; `revoke` only where it is not revoked."""

    kind: Everyday
    key: KeyId
    present: bool
    revoked: Time | None
    revoked_from: LogIndex | None
    revoke: CommandView | None


class AgencyKeysView(Frozen):
    """The agency's keys: `fingerprint` of the root to compare aloud, and what commits to the next one."""

    agency: AgencyId
    name: str
    fingerprint: str
    root: KeyId
    next_root: str  # SHA-256, hexadecimal
    mailbox_epoch: int
    changed: Time
    keys: tuple[AgencyKeyView, ...]
    commands: tuple[CommandView, ...]


class WitnessView(Frozen):
    """One witness of the policy, and when it last vouched for the newest checkpoint; None if it did not."""

    name: str
    at: Time | None


class AnchorView(Frozen):
    """The newest head of the audit trail that stands in the log: its number, its link, when it was signed.

    `vouched` once a quorum of witnesses stands by the log that has it; `fits` if it is this trail's own.
    """

    number: int
    head: str
    at: Time
    vouched: bool
    fits: bool


class LogView(Frozen):
    """How the key log is. `relied` is how much of it a quorum vouched for, the last of them at `vouched`."""

    origin: str
    policy: str  # its fingerprint, to compare aloud
    size: int
    root: str
    taken: Time | None
    relied: int
    quorum: bool
    needed: int
    vouched: Time | None
    age_seconds: int | None
    frozen: bool
    witnesses: tuple[WitnessView, ...]
    events: int  # of our own agency, made here
    events_vouched: int
    forks: int
    anchor: AnchorView | None
    show_forks: str
    show_policy: str


async def agency_keys(desk: Premises, session: Session) -> AgencyKeysView:
    """List the agency's own keys for an administrator; `PageUnknown` for anybody else."""
    await demand_administrator(desk, session)
    keys = desk.own.home.keys
    return AgencyKeysView(
        agency=keys.agency,
        name=keys.name,
        fingerprint=fingerprint(keys.first_root.to_bytes()),
        root=keys.root.key_id,
        next_root=keys.next_root,
        mailbox_epoch=keys.mailbox_epoch,
        changed=keys.changed,
        keys=tuple(map(_key, keys.listed())),
        commands=commands.for_agency(),
    )


async def key_log(desk: Premises, session: Session) -> LogView:
    """Say how the key log is for an administrator; `PageUnknown` for anybody else."""
    await demand_administrator(desk, session)
    log, policy = desk.trust.log, desk.trust.policy
    stored = await desk.casebook.checkpoint()
    vouched = _vouched(log.relied)
    age = None if vouched is None else max(0, round((desk.now() - parse_time(vouched)).total_seconds()))
    seen = dict(log.newest.witnessed.witnesses) if log.newest is not None else {}
    return LogView(
        origin=policy.origin,
        policy=policy.fingerprint,
        size=log.ahead.size,
        root=log.ahead.root,
        taken=stored.at if stored is not None else None,
        relied=log.directory.size,
        quorum=log.newest is not None and log.newest.quorum,
        needed=policy.quorum,
        vouched=vouched,
        age_seconds=age,
        frozen=age is None or age > STALE,
        witnesses=tuple(
            WitnessView(name=key.name, at=_moment(seen.get(key.name))) for key in policy.witness_keys
        ),
        events=len(desk.own.home.events),
        events_vouched=desk.trust.own_events_vouched(),
        forks=len(await desk.casebook.contradictions()),
        anchor=await anchored(desk),
        show_forks=commands.FORKS,
        show_policy=commands.POLICY,
    )


async def anchored(desk: Premises) -> AnchorView | None:
    """Compare the newest head of our trail that stands in the log with the trail itself."""
    anchor = desk.trust.log.ahead.anchor(desk.agency)
    if anchor is None:
        return None
    number = anchor.number - await desk.casebook.cursor(ANCHOR_BASE)
    if number <= 0:
        return None  # from before this desk was put back to work: of a trail that is not here any more
    here = await desk.casebook.audit(number - 1, limit=1)
    relied = desk.trust.log.directory
    vouched = relied.anchor(desk.agency) if relied.size else None
    return AnchorView(
        number=number,
        head=anchor.head,
        at=anchor.created,
        vouched=vouched is not None and vouched.number >= anchor.number,
        fits=bool(here) and here[0].chain == anchor.head,
    )


def _key(one: ListedKey) -> AgencyKeyView:
    return AgencyKeyView(
        kind=one.kind,
        key=one.key_id,
        present=one.present,
        revoked=one.revoked,
        revoked_from=one.revoked_from,
        revoke=commands.for_key(one.key_id) if one.revoked is None else None,
    )


def _vouched(relied: Verified | None) -> Time | None:
    return None if relied is None else _moment(relied.vouched)


def _moment(seconds: int | None) -> Time | None:
    return None if seconds is None else format_time(datetime.fromtimestamp(seconds, UTC))
