"""A town of agencies in one process: real homes, real desks, and a postman instead of the network.

The postman does what a blind hub does, and no more: he carries envelopes to the mailboxes that their headers
name. He can also keep back, repeat and shuffle them. See `city` for the real hub.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notary import Notary

from exchange.desk.config import DeskConfig
from exchange.desk.courier.rosters import RosterRound
from exchange.desk.service.desk import Desk
from exchange.store.casebook import Change
from exchange.wire.envelope import parse_envelope
from exchange.wire.slip import Party
from keys.ceremony.agency import found
from keys.ceremony.home import load_home
from keys.ceremony.people import create_role, enrol_person
from keys.ceremony.policy import read_policy, write_policy
from keys.keystore import Cost, Passphrase
from keys.record import format_time

if TYPE_CHECKING:
    import random

    from exchange.desk.people import Session
    from keys.ceremony.home import AgencyHome

CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
PASSPHRASE = "correct horse battery staple"
ADMINISTRATORS = 2  # of each agency: enough for what needs two
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Agency:
    """One agency of the town, and who works there."""

    home: Path
    desk: Desk
    rosters: RosterRound

    @property
    def name(self) -> str:
        return self.desk.agency

    def person(self, name: str) -> Party:
        (found,) = self.desk.own.home.roster.find(name)
        return Party(agency=self.name, person=found.id)

    def role(self, name: str) -> Party:
        (found,) = self.desk.own.home.roster.find(name)
        return Party(agency=self.name, role=found.id)

    async def sign_in(self, name: str) -> Session:
        signed_in = await self.desk.sign_in(name, PASSPHRASE)
        return await self.desk.session(signed_in.token)


@dataclass
class Postman:
    """Carries envelopes between desks. `lost` are mailboxes that get nothing for now."""

    agencies: dict[str, Agency] = field(default_factory=dict)
    carried: list[tuple[str, bytes]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    shuffled: random.Random | None = None
    twice: bool = False

    async def collect(self) -> list[tuple[str, bytes]]:
        """Take what the desks want to send, and say for whom each envelope is."""
        bags: list[tuple[str, bytes]] = []
        for agency in self.agencies.values():
            await agency.rosters.distribute()
            for one in await agency.desk.casebook.outbox(limit=1000, size=2**30):
                header = parse_envelope(one.envelope).header
                bags += [(slot.mailbox, one.envelope) for slot in header.slots]
                at = format_time(agency.desk.now())
                await agency.desk.casebook.record(Change(posted=((one.envelope_id, at),)))
        self.carried += bags
        return bags

    async def deliver(self, bags: list[tuple[str, bytes]]) -> None:
        """Bring envelopes to their desks, each desk's in one batch."""
        if self.twice:
            bags = [*bags, *bags]
        if self.shuffled is not None:
            self.shuffled.shuffle(bags)
        for name, agency in self.agencies.items():
            mine = [envelope for mailbox, envelope in bags if mailbox == name and name not in self.lost]
            if mine:
                await agency.desk.receiver.receive(mine, Change())
                await agency.desk.receiver.retry("roster")
                await agency.desk.receiver.retry("directory")

    async def settle(self) -> None:
        """Go round until nobody has anything to send."""
        while bags := await self.collect():
            await self.deliver(bags)


@dataclass
class Town:
    """Some agencies, a clock, and a postman."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    postman: Postman = field(default_factory=Postman)
    notary: Notary = field(default_factory=Notary)
    founders: dict[str, AgencyHome] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Agency:
        return self.postman.agencies[name]

    async def settle(self) -> None:
        await self.postman.settle()

    async def open(
        self,
        name: str,
        people: dict[str, str],
        roles: dict[str, tuple[str, ...]] | None = None,
        *,
        database: str | None = None,
    ) -> Agency:
        """Found an agency with these people (name to post) and roles (name to members), and open its desk."""
        home = self.folder / name
        if self.clock() == START:
            shutil.copytree(furnished(name, tuple(people.items()), tuple((roles or {}).items())), home)
        else:
            furnish(home, people, roles or {}, self.clock())
        self.agree(load_home(home, self.clock()))
        # The stories take days of the town's clock in one sitting.
        config = DeskConfig(home, "http://127.0.0.1:1", database=database, proof=timedelta(days=36500))
        desk = await Desk.open(home, config, now=self.clock)
        agency = Agency(home, desk, RosterRound(desk.trust, desk.casebook, now=self.clock))
        self.postman.agencies[name] = agency
        await self.tell_directory()
        return agency

    def agree(self, newcomer: AgencyHome) -> None:
        """Every agency pins a policy of which the newcomer is a founder too."""
        self.founders[newcomer.agency] = newcomer
        policy = self.notary.policy(*self.founders.values())
        for name, home in self.founders.items():
            pinned = None if name == newcomer.agency else read_policy(home.path).fingerprint
            write_policy(home.path, policy, replacing=pinned)
            if name in self.postman.agencies:
                self[name].desk.trust.use_policy(policy)

    async def tell_directory(self) -> None:
        """Show every desk the same log: all agencies' events, in the order in which they came about."""
        for agency in self.postman.agencies.values():
            self.notary.add(agency.desk.own.home.events)
        for agency in self.postman.agencies.values():
            desk = agency.desk
            await self.notary.tell_and_keep(desk.trust, desk.casebook, self.clock())

    async def close(self) -> None:
        for agency in self.postman.agencies.values():
            await agency.desk.close()


@cache
def furnished(name: str, people: tuple[tuple[str, str], ...], roles: tuple[tuple[str, Any], ...]) -> Path:
    """A home as it stood at `START`, made once for all tests of a run: to be copied, never changed."""
    folder = Path(tempfile.mkdtemp(prefix="homes-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    furnish(folder / name, dict(people), dict(roles), START)
    return folder / name


def furnish(home: Path, people: dict[str, str], roles: dict[str, tuple[str, ...]], now: datetime) -> None:
    """Found an agency in `home` with these people (name to post) and roles (name to members).

    The first two people are its administrators.
    """
    name, passphrase = home.name, Passphrase(PASSPHRASE)
    found(home, agency=name, name=name.replace("-", " ").title(), passphrase=passphrase, now=now, cost=CHEAP)
    ids = {
        who: enrol_person(
            home,
            name=who,
            post=post,
            passphrase=passphrase,
            now=now,
            cost=CHEAP,
            administrator=at < ADMINISTRATORS,
        ).id
        for at, (who, post) in enumerate(people.items())
    }
    for team, members in roles.items():
        create_role(home, name=team, members=[ids[who] for who in members], now=now)
