"""What a desk works with: its home, its trust, its casebook, its people, and the clock.

Promises: everything that the use cases stand on is put together here, once; a session is only ever that of
somebody whom the agency's newest roster still knows.
Never: a use case, or a person's key beyond their session.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from exchange.desk.behind import Memory
from exchange.desk.blobfolder import BlobFolder
from exchange.desk.casefile import CaseFiles
from exchange.desk.ceremonies import Ceremonies
from exchange.desk.config import DeskConfig
from exchange.desk.courier.courier import PATIENCE
from exchange.desk.courier.rosters import roster_letter
from exchange.desk.judge import Judge
from exchange.desk.known import demand_events, demand_roster, newest_roster
from exchange.desk.notify import Chaser
from exchange.desk.notifying.settings_file import SettingsFile
from exchange.desk.own import Own
from exchange.desk.passkeys import Doorkeeper
from exchange.desk.people import Sessions
from exchange.desk.recall import recall
from exchange.desk.receive import Receiver
from exchange.desk.rows import Lists
from exchange.desk.service import passkeys
from exchange.desk.service.views import SignedIn
from exchange.desk.service.watching import Watch
from exchange.desk.trust import Trust
from exchange.errors import PasskeyNeeded, ProofNeeded, SessionEnded
from exchange.sealing import PostalSlot, seal_envelope
from exchange.share.catalogue import Catalogue
from exchange.store.casebook import AuditEntry, Casebook, Change, RosterRow
from keys.ceremony.home import load_home
from keys.ceremony.policy import read_policy
from keys.ceremony.secret import written
from keys.errors import KeysProblem
from keys.keystore import Passphrase
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from exchange.desk.people import Given, Session
    from keys.keyring import Keyring
    from keys.roster import Person
    from keys.suite import OpeningKey


def read_clock() -> datetime:
    """Give this moment."""
    return datetime.now(UTC)


class Premises:
    """One agency's premises; see the module. Make one with `open`, and `close` it."""

    def __init__(
        self, config: DeskConfig, own: Own, trust: Trust, casebook: Casebook, now: Callable[[], datetime]
    ) -> None:
        self.config = config
        self.own = own
        self.agency = own.home.agency
        self.trust = trust
        self.casebook = casebook
        self.now = now
        self.memory = Memory(self.agency, casebook)
        self.ceremonies = Ceremonies(casebook, now)
        self.catalogue = Catalogue.load()
        self.lists = Lists(self.agency, self.catalogue.holidays)
        self.watch = Watch(trust)
        casebook.subscribe(self.watch.heard)
        self.blobs = BlobFolder(config.blobs)
        self.notice_settings = SettingsFile(config.home)
        self.files = CaseFiles(self.agency, casebook, self.mailbox_key)
        judge = Judge(self.agency, self.mailbox_key, trust, self.catalogue)
        self.receiver = Receiver(judge, trust, casebook, self.files, self.lists, now)
        self.chaser = Chaser(casebook, trust, holidays=self.catalogue.holidays, patience=PATIENCE)
        self.sessions = Sessions(self.agency, self._unlock, idle=config.idle, longest=config.longest)
        self.doorkeeper = Doorkeeper(config.address)
        self.halfway = passkeys.Halfway()

    @classmethod
    async def open(
        cls, home: Path, config: DeskConfig | None = None, *, now: Callable[[], datetime] = read_clock
    ) -> Self:
        """Load the home, open the casebook, and believe again what was believed before.

        `HomeSetBack` for a home that is older than what this casebook has seen of it, `KeysNotHere` for one
        that has not the keys its agency uses, `PolicyMissing` without a policy, and as `recall` for a log in
        the casebook that is not the policy's.
        """
        config = config or DeskConfig.read(home)
        loaded = await asyncio.to_thread(load_home, home, now())
        policy = await asyncio.to_thread(read_policy, home)
        loaded.demand_keys()
        trust = Trust(loaded.agency, policy, loaded.pins)
        own = await asyncio.to_thread(Own, loaded, trust, now=now)
        casebook = await Casebook.open(config.database_url)
        desk = cls(config, own, trust, casebook, now)
        try:
            await desk.memory.recall()
            await recall(trust, casebook, desk.mailbox_key, now())
            await desk._demand_newest_home()
            await desk.keep_own_roster()
            await desk.ceremonies.take_up(own.home)
            own.adopted = desk.ceremonies.take_up
        except BaseException:
            await casebook.close()
            raise
        return desk

    async def _demand_newest_home(self) -> None:
        """Refuse to work with a home that was set back: who left since then would be in it again."""
        demand_events(self.own.home, self.trust.log.ahead)
        demand_roster(self.own.home, await newest_roster(self.casebook, self.agency))

    async def keep_own_roster(self) -> None:
        """Keep this version of our roster too: certificates of what was signed under it will need it."""
        home, at = self.own.home, format_time(self.now())
        slot = PostalSlot(self.agency, home.keys.mailbox)
        letter = roster_letter(home.roster_document)
        sealed = await asyncio.to_thread(seal_envelope, new_id(), letter, [slot])
        row = RosterRow(self.agency, home.roster.version, home.roster.expires, sealed, at, self.trust.size)
        await self.casebook.record(Change(rosters=(row,)))

    async def close(self) -> None:
        """End every session and let go of the casebook."""
        self.sessions.end_all()
        await self.casebook.close()

    def mailbox_key(self, key_id: str) -> OpeningKey:
        """Give one of the agency's own mailbox keys, past ones too; `KeyUnknown` otherwise."""
        return self.own.home.keyring.opening(key_id)

    def agency_name(self, agency: str) -> str:
        """Give an agency's name by the directory, or its id where that says nothing."""
        try:
            return self.trust.agency_keys(agency).name
        except KeysProblem:
            return agency

    # --- who is asking ---------------------------------------------------------------------------

    async def sign_in(self, who: str, passphrase: str, *, source: str = "", bound_to: str = "") -> SignedIn:
        """Open a session for a person, by id or by exact name; `SignInRefused`, `TooManyAttempts`.

        `source` is where they come from: too many wrong passphrases slow that place down, and no other.
        `bound_to` is the browser's cookie in which their passkey answered, for whom it is a second proof:
        `PasskeyNeeded` if it did not.
        """
        self.memory.demand_whole()
        if await self.own.refresh():
            await self.keep_own_roster()
        now, roster = self.now(), self.own.home.roster
        person = next((one for one in roster.people if who == one.id), None)
        if person is None:
            here = [one for one in roster.people if one.suspended is None]
            named = [one for one in here if one.name.casefold() == who.strip().casefold()]
            if len(named) != 1:
                stand_in = roster.people[0].id if roster.people else None
                await self.sessions.sign_in_nobody(who, stand_in, passphrase, now, source=source)
            person = named[0]
        enough = await passkeys.demand_second(self, person.id, bound_to)
        signed_in = await self.let_in(person, passphrase, source=source, enough=enough, page=bool(bound_to))
        self.halfway.signing_in.pop(bound_to, None)
        return signed_in

    async def let_in(
        self, person: Person, given: Given, *, source: str, enough: bool = True, page: bool
    ) -> SignedIn:
        """Open a session for whoever opens that person's keys; `PasskeyNeeded` if that is not `enough`.

        `page` says that it is a browser's.
        """
        now, home = self.now(), self.own.home
        lock = await asyncio.to_thread(written, home.path, person.id)
        token = await self.sessions.sign_in(
            person.id, given, now, home.roster.version, source=source, lock=lock, page=page
        )
        if not enough:
            self.sessions.sign_out(token)
            raise PasskeyNeeded
        session = self.sessions.find(token, now)
        at = format_time(now)
        await self.casebook.record(Change(audit=(AuditEntry("signed_in", at, person=person.id),)))
        until = format_time(session.until)
        return SignedIn(token=token, agency=self.agency, person=person.id, name=person.name, until=until)

    async def session(self, token: str) -> Session:
        """Say whose session a token is; `SessionEnded`, also for somebody who was suspended meanwhile.

        A keystore that other hands wrote anew, as when its passphrase was changed, ends the sessions that the
        old one opened.
        Whoever joined a role since they signed in gets its keys here, without signing in again.
        """
        self.memory.demand_whole()
        session = self.sessions.find(token, self.now())
        home = self.own.home
        if await asyncio.to_thread(written, home.path, session.person) != session.lock:
            self.sessions.end(session.person, only=session.id)
            raise SessionEnded
        if session.roster == home.roster.version:
            return session
        if any(one.id == session.person and one.suspended is None for one in home.roster.people):
            await self.keep_own_roster()
            keyring = await asyncio.to_thread(home.with_roles, session.person, session.keyring)
            return self.sessions.renew(token, keyring, home.roster.version)
        self.sessions.end(session.person)
        raise SessionEnded

    async def prove(self, token: str, passphrase: str, *, source: str = "") -> Session:
        """Prove again whose session it is; `ProofWrong`, `TooManyAttempts`, `SessionEnded`."""
        return await self.sessions.prove(token, passphrase, self.now(), source=source)

    def demand_proof(self, session: Session) -> None:
        """Refuse whoever proved who they are too long ago for what is signed in their name: `ProofNeeded`."""
        if self.now() - session.proved > self.config.proof:
            raise ProofNeeded

    def watching(self, token: str) -> Session:
        """Say whose session a token is without keeping it awake; `SessionEnded`, as `session`."""
        session = self.sessions.look(token, self.now())
        people = self.own.home.roster.people
        if not any(one.id == session.person and one.suspended is None for one in people):
            raise SessionEnded
        return session

    def is_another(self, token: str, person: str) -> bool:
        """Whether a session, standing or ended lately, is known to be somebody else's."""
        return self.sessions.whose(token) not in {None, person}

    def sign_out(self, token: str) -> None:
        """End a session."""
        self.sessions.sign_out(token)

    def _unlock(self, person: str, given: Given) -> Keyring:
        return self.own.home.unlock_person(person, Passphrase(given) if isinstance(given, str) else given)
