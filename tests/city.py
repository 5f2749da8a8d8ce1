"""Agencies with desks and a hub that talk over loopback, as they would over a network."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from doubles import PASSPHRASE, furnish
from notary import believing, pin_anew
from ports import free_port

from exchange.desk.app import RunningDesk
from exchange.desk.config import DeskConfig
from exchange.hub.app import create_runner
from exchange.hub.config import HubConfig
from exchange.hub.keylog.key import draw
from exchange.hub.service import admit
from keys.ceremony.home import load_home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from exchange.hub.server import HubRunner
    from keys.ceremony.home import AgencyHome
    from keys.transparency.note import VerifierKey
    from keys.transparency.policy import Policy


@dataclass
class Client:
    """Somebody at a desk's JSON API."""

    http: aiohttp.ClientSession
    address: str
    token: str = ""

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.address}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=headers, params=query) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def get(self, path: str, **query: str) -> Any:
        status, found = await self.call("GET", path, **query)
        assert status == 200, found
        return found

    async def post(self, path: str, body: Any) -> Any:
        status, found = await self.call("POST", path, body)
        assert status in {200, 201}, found
        return found

    async def until(
        self, path: str, holds: Callable[[Any], bool], seconds: float = 20, *, body: Any = None
    ) -> Any:
        """Look again and again until what comes back is as wanted; with a `body`, ask by POST."""

        async def look() -> Any:
            return await (self.get(path) if body is None else self.post(path, body))

        async with asyncio.timeout(seconds):
            while not holds(found := await look()):  # noqa: ASYNC110 - a client has no event
                await asyncio.sleep(0.02)
        return found


@dataclass
class City:
    """Agencies with desks and a hub that talk over loopback, as they would over a network."""

    folder: Path
    hub: str
    config: HubConfig
    http: aiohttp.ClientSession
    log_key: VerifierKey
    believe: Callable[..., Policy] = believing
    founders: list[AgencyHome] = field(default_factory=list)
    desks: dict[str, RunningDesk] = field(default_factory=dict)
    runner: HubRunner | None = None

    async def start_hub(self) -> None:
        self.runner = create_runner(self.config)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.config.port).start()

    async def stop_hub(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
        self.runner = None

    async def open(
        self, name: str, people: dict[str, str], roles: dict[str, tuple[str, ...]] | None = None
    ) -> RunningDesk:
        home, now = self.folder / name, datetime.now(UTC)
        await asyncio.to_thread(furnish, home, people, roles or {}, now)
        loaded = load_home(home, now)
        await admit(self.config, name, shown(loaded.card.root))
        await self.agree(loaded)
        desk = await RunningDesk.start(home, DeskConfig(home, self.hub, port=0, proof=timedelta(days=1)))
        self.desks[name] = desk
        return desk

    async def reopen(self, name: str) -> RunningDesk:
        """Start an agency's desk that was stopped."""
        home = self.folder / name
        self.desks[name] = await RunningDesk.start(
            home, DeskConfig(home, self.hub, port=0, proof=timedelta(days=1))
        )
        return self.desks[name]

    async def agree(self, newcomer: AgencyHome) -> None:
        """Every agency pins a policy of which the newcomer is a founder too; the first one's desk is witness."""
        self.founders.append(newcomer)
        policy = self.believe(self.log_key, *self.founders)
        for home in self.founders:
            pin_anew(home, policy)
        for desk in self.desks.values():
            await desk.desk.own.refresh()

    async def client(self, agency: str, person: str, passphrase: str = PASSPHRASE) -> Client:
        client = Client(self.http, self.desks[agency].address)
        found = await client.post("/session", {"person": person, "passphrase": passphrase})
        client.token = found["token"]
        return client


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Look again and again until it holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.02)


def shown(pin: str) -> str:
    """A root's fingerprint as it is compared aloud: twelve groups of five digits."""
    return " ".join(pin[at : at + 5] for at in range(0, len(pin), 5))


@asynccontextmanager
async def city(folder: Path) -> AsyncIterator[City]:
    """A hub on a port of its own, and room for desks."""
    port = free_port()
    config = HubConfig(folder / "hub", f"http://127.0.0.1:{port}", port=port)
    config.home.mkdir()
    log_key = draw(config.home, config.origin)
    async with aiohttp.ClientSession() as http:
        made = City(folder, config.address, config, http, log_key)
        try:
            await made.start_hub()
            yield made
        finally:
            for desk in made.desks.values():
                await desk.stop()
            await made.stop_hub()
