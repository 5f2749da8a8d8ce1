"""Agencies with real homes, a hub in memory that may lie, and a hub on a port that may go away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web
from notary import Notary, believing, pin_anew, root_of
from ports import free_port

from exchange.desk.behind import Memory
from exchange.desk.blobfolder import BlobFolder
from exchange.desk.courier import Courier, Parts
from exchange.desk.courier.rosters import roster_letter
from exchange.desk.own import Own
from exchange.desk.recall import recall, roster_in
from exchange.desk.trust import Trust
from exchange.errors import HubRefused, HubUnreachable, ProofRefused
from exchange.hub.app import HubRunner, create_app
from exchange.hub.config import HubConfig
from exchange.hub.keylog.key import draw
from exchange.hub.service import admit
from exchange.sealing import LetterKind, PostalSlot, open_envelope, seal_envelope
from exchange.store.casebook import (
    AuditEntry,
    Casebook,
    Change,
    HeldRow,
    Outgoing,
    RefusedRow,
    RosterRow,
    StepRow,
    ThreadRow,
)
from exchange.wire import api, keylog
from exchange.wire.envelope import parse_envelope
from keys.ceremony.agency import found
from keys.ceremony.home import load_home
from keys.ceremony.people import enrol_person
from keys.ceremony.policy import read_policy
from keys.errors import KeyUnknown, Problem
from keys.keystore import Cost, Passphrase
from keys.record import digest, encode, format_time, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from exchange.desk.keylog import Shown
    from keys.ceremony.home import AgencyHome
    from keys.statement import Signed
    from keys.transparency.note import NoteSigner
    from keys.transparency.policy import Policy

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
SECRET = Passphrase("correct horse battery staple")
US, THEM = "northshire-childrens", "moorfield-primary"


def make_home(folder: Path, agency: str = US, *, people: Sequence[str] = ("Ann Example",)) -> AgencyHome:
    path = folder / agency
    found(
        path, agency=agency, name=agency.title(), passphrase=SECRET, now=NOW - timedelta(days=1), cost=CHEAP
    )
    for name in people:
        enrol_person(
            path, name=name, post="Worker", passphrase=SECRET, now=NOW - timedelta(days=1), cost=CHEAP
        )
    return load_home(path, NOW)


def trust_of(
    home: AgencyHome, *others: AgencyHome, rosters: bool = True, notary: Notary | None = None
) -> Trust:
    """What a desk believes that has followed the directory of these agencies, in this order."""
    notary = notary or Notary()
    notary.add(event for one in (home, *others) for event in one.events)
    trust = Trust(home.agency, pinned(notary, home, *others), home.pins)
    Own(home, trust, now=lambda: NOW)
    notary.tell(trust, NOW)
    for other in others if rosters else ():
        trust.take_roster(other.roster_document, NOW)
    return trust


def pinned(notary: Notary, *homes: AgencyHome, **rule: int) -> Policy:
    """Have all these homes pin the policy of which they are the founders."""
    policy = notary.policy(*homes, **rule)
    for home in homes:
        pin_anew(home, policy)
    return policy


def status(thread: str, *, folded: int = 1) -> ThreadRow:
    at = format_time(NOW)
    return ThreadRow(thread, "share", US, "p", None, True, False, 0, None, 0, folded, at, at)


def step_to(home: AgencyHome, other: AgencyHome, text: str = "step") -> Change:
    """A step of ours as the service records it; its letter is a stand-in that any desk can open."""
    envelope_id, thread = new_id(), new_id()
    letter = roster_letter(home.roster_document)  # any signed letter will do
    slots = [PostalSlot(other.agency, other.keys.mailbox)]
    sealed = seal_envelope(envelope_id, letter, slots)
    at = format_time(NOW)
    name = digest(sealed + text.encode())
    row = StepRow(
        name, envelope_id, thread, None, "share", home.agency, "p", 0, None, at, at, 0, True, sealed
    )
    going = Outgoing(envelope_id, thread, name, (other.agency,), (), at, sealed)
    return Change(steps=(row,), threads=(status(thread),), outgoing=(going,))


@dataclass
class HubDouble:
    """A hub in memory, as `HubClient` shows one; each attribute is a way to misbehave."""

    notary: Notary = field(default_factory=Notary)
    now: Callable[[], datetime] = lambda: NOW
    by: Sequence[NoteSigner] | None = None  # who cosigns; everybody unless told otherwise
    forged: Callable[[keylog.DirectoryPage], keylog.DirectoryPage] = lambda page: page
    cosigned: list[bytes] = field(default_factory=list)
    confronted: list[bytes] = field(default_factory=list)
    mail: list[api.Mail] = field(default_factory=list)
    posted: list[list[bytes]] = field(default_factory=list)
    verdict: Callable[[bytes], tuple[str, str | None]] = lambda _: ("accepted", None)
    refuses_batches_with: bytes | None = None
    down: bool = False
    proofs_refused: bool = False  # as of a transport key that was revoked
    published: list[Signed] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)
    blobs: dict[str, bytearray] = field(default_factory=dict)
    refusal: HubRefused | None = None

    def _answer(self) -> None:
        if self.down:
            raise HubUnreachable
        if self.refusal is not None:
            raise self.refusal

    async def publish(self, event: Signed, *, enrol: bool) -> None:
        self._answer()
        self.published.append(event)
        self.notary.add([event])

    async def checkpoint(self) -> bytes:
        self._answer()
        return self.notary.note(self.now(), by=self.by)

    async def public_log(self, start: int) -> Shown:
        return self.notary.shown(start, self.now(), by=self.by)

    async def directory(self, after: int) -> keylog.DirectoryPage:
        self._answer()
        if self.proofs_refused:
            raise ProofRefused
        shown = self.notary.shown(min(after, len(self.notary.entries)), self.now(), by=self.by)
        page = shown.entries[:2]  # small pages, so that there are several
        return self.forged(
            keylog.DirectoryPage(
                entries=tuple(map(keylog.SignedEvent.of, page)),
                checkpoint=shown.note.decode(),
                consistency=tuple(map(encode, shown.consistency)),
            )
        )

    async def cosign(self, note: bytes) -> None:
        self._answer()
        self.cosigned.append(note)

    async def confront(self, note: bytes) -> None:
        self._answer()
        self.confronted.append(note)

    async def post(self, envelopes: Sequence[bytes]) -> tuple[api.PostResult, ...]:
        self._answer()
        if self.refuses_batches_with in envelopes:
            raise HubRefused("malformed", 400)
        self.posted.append(list(envelopes))
        results = []
        for envelope in envelopes:
            verdict, code = self.verdict(envelope)
            results.append(
                api.PostResult.model_validate(
                    {"id": parse_envelope(envelope).header.id, "status": verdict, "code": code}
                )
            )
        return tuple(results)

    async def mailbox(self, after: int, *, wait: int) -> tuple[api.Mail, ...]:
        self._answer()
        self.reads.append((after, wait))
        found = tuple(mail for mail in self.mail if mail.cursor > after)[:3]
        if not found:
            await asyncio.sleep(0.01)
        return found

    async def blob_held(self, digest: str) -> int:
        self._answer()
        return len(self.blobs.get(digest, b""))

    async def put_blob(self, digest: str, part: api.ByteRange, data: bytes) -> int:
        self._answer()
        blob = self.blobs.setdefault(digest, bytearray())
        if part.start == len(blob):
            blob += data
        return len(blob)

    async def get_blob(self, digest: str, start: int) -> bytes:
        self._answer()
        if digest not in self.blobs:
            raise HubRefused("blob_unknown", 404)
        return bytes(self.blobs[digest][start : start + 4 * 1024 * 1024])

    async def close(self) -> None:
        return


class Recorder:
    """A receiver that believes whatever opens: a roster is taken, anything else counts as a step."""

    def __init__(self, trust: Trust, casebook: Casebook, keys: Callable[[str], object]) -> None:
        self.trust = trust
        self.casebook = casebook
        self.keys = keys
        self.batches: list[list[bytes]] = []
        self.retried: list[str] = []
        self.chokes_on: bytes | None = None

    async def receive(self, envelopes: Sequence[bytes], also: Change) -> None:
        if self.chokes_on in envelopes:
            raise RuntimeError("a fault of ours")
        self.batches.append(list(envelopes))
        change = also
        for envelope in envelopes:
            change |= self._judged(envelope)
        await self.casebook.record(change)

    def _judged(self, envelope: bytes) -> Change:
        at, name = format_time(NOW), digest(envelope)
        try:
            opened = open_envelope(envelope, self.trust.agency, self.keys)  # type: ignore[arg-type]
            assert opened.letter.object is LetterKind.ROSTER
            roster = self.trust.take_roster(roster_in(opened.letter), NOW)
        except KeyUnknown as problem:
            return Change(held=(HeldRow(name, envelope, "directory", None, problem.code, at, 0),))
        except Problem as problem:
            return Change(refused=(RefusedRow(name, envelope, problem.code, at),))
        thread = name[:26]
        row = StepRow(
            name, opened.id, thread, None, "note", roster.agency, "p", 0, None, at, at, 0, False, envelope
        )
        rosters = (RosterRow(roster.agency, roster.version, roster.expires, envelope, at, 0),)
        return Change(
            steps=(row,), threads=(status(thread),), rosters=rosters, audit=(AuditEntry("received", at),)
        )

    async def retry(self, awaits: str, agency: str | None = None) -> None:
        self.retried.append(awaits)
        held = await self.casebook.held(awaits, agency)  # type: ignore[arg-type]
        if held:
            gone = Change(released=tuple(row.digest for row in held))
            await self.receive([row.envelope for row in held], gone)


@dataclass
class Desk:
    """A desk without a service: its courier, and what it received."""

    home: AgencyHome
    casebook: Casebook
    trust: Trust
    own: Own
    receiver: Recorder
    courier: Courier
    folder: BlobFolder


@asynccontextmanager
async def desk(
    home: AgencyHome, hub: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[Desk]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{home.path / 'casebook.db'}")
    trust = Trust(home.agency, read_policy(home.path), home.pins)
    own = Own(home, trust, now=now)

    def keys(key_id: str) -> object:
        return own.home.keyring.opening(key_id)

    await recall(trust, casebook, keys, now())
    receiver = Recorder(trust, casebook, keys)
    folder = BlobFolder(home.path / "blobs")
    memory = Memory(home.agency, casebook)
    courier = Courier(Parts(hub, own, trust, casebook, memory, receiver, folder, frozenset(), now))
    await courier.start()
    try:
        yield Desk(home, casebook, trust, own, receiver, courier, folder)
    finally:
        await courier.stop()
        await casebook.close()


class Port:
    """A hub on one port of this machine, that can be started and stopped."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.config = HubConfig(home, self.address, port=self.port)
        self._runner: HubRunner | None = None
        home.mkdir(parents=True, exist_ok=True)
        self.log_key = draw(home, self.config.origin)
        self._founders: dict[str, AgencyHome] = {}

    async def admit(self, *homes: AgencyHome) -> None:
        """Admit agencies, and have them all pin the policy whose founders they are; the first is its witness."""
        for home in homes:
            await admit(self.config, home.agency, root_of(home))
        self.agree(*homes)

    def agree(self, *homes: AgencyHome) -> None:
        """Have these agencies, and those before them, pin one policy."""
        self._founders |= {home.agency: home for home in homes}
        policy = believing(self.log_key, *self._founders.values())
        for home in self._founders.values():
            pin_anew(home, policy)

    async def start(self) -> None:
        self._runner = HubRunner(create_app(self.config))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def until(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Wait until `condition` (or what it awaits) holds; fail after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return
        assert asyncio.get_running_loop().time() < deadline, "it never came to pass"
        await asyncio.sleep(0.02)
