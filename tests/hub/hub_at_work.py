"""A hub on a port of its own, and agencies that speak to it as desks do: what the hub's tests play with."""

from __future__ import annotations

import hashlib
import io
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from exchange import tokens
from exchange.hub.app import ADMIN, HUB, create_runner
from exchange.hub.config import HubConfig
from exchange.hub.keylog.key import KEYSTORE, draw
from exchange.hub.service import Hub, admit
from exchange.wire import api, keylog
from exchange.wire.envelope import EnvelopeHeader, MailboxSlot, Ring
from exchange.wire.padding import body_length, pad
from keys.event import Enrol, Mailbox
from keys.notekey import WitnessKey
from keys.record import digest, encode, format_time, new_id, parse_time
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ADDRESS = "http://hub.test"  # what proofs are made out to; where it listens is another matter
A, B, C = "northshire-childrens", "moorfield-primary", "eastvale-police"
CREATED = format_time(parse_time("2026-11-22T15:04:05Z"))


@dataclass
class Agency:
    """One agency's keys and its line to the hub."""

    name: str
    base: str = ""
    http: aiohttp.ClientSession | None = None
    root: SigningKey = field(default_factory=SigningKey.generate)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    transport: TransportKey = field(default_factory=TransportKey.generate)
    mailbox: OpeningKey = field(default_factory=OpeningKey.generate)
    witness: WitnessKey = field(default_factory=WitnessKey.generate)
    cursor: int = 0

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.root.verifying_key.to_bytes())

    def enrolment(self) -> Signed:
        event = Enrol(
            agency=self.name,
            prev=None,
            created=CREATED,
            name=self.name,
            root=encode(self.root.verifying_key.to_bytes()),
            next_root=digest(b"next"),
            signing=encode(self.signing.verifying_key.to_bytes()),
            mailbox=Mailbox(epoch=1, key=encode(self.mailbox.sealing_key.to_bytes())),
            transport=encode(self.transport.public.to_bytes()),
            witness=encode(self.witness.public.to_bytes()),
        )
        return sign(Kind.AGENCY_EVENT, dump(event), self.root)

    def proof(self, method: str, target: str, body: bytes = b"", **changed: Any) -> str:
        claims: dict[str, Any] = {
            "agency": self.name,
            "audience": ADDRESS,
            "method": method,
            "target": target,
            "body_digest": hashlib.sha256(body).hexdigest(),
            "now": int(time.time()),
            "jti": new_id(),
        }
        return "Readback " + tokens.mint(self.transport, **claims | changed)

    async def ask(
        self, method: str, target: str, body: bytes = b"", *, content_type: str | None = None, **headers: str
    ) -> tuple[int, Any, bytes]:
        """Send a proved request; status, headers and body of the answer."""
        assert self.http is not None
        given = {"Authorization": self.proof(method, target, body)}
        if content_type is not None:
            given["Content-Type"] = content_type
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = io.BytesIO(body) if content_type is not None else None
        async with self.http.request(method, self.base + target, data=data, headers=given) as answer:
            return answer.status, answer.headers, await answer.read()

    async def post(self, *envelopes: bytes) -> list[api.PostResult]:
        body = api.write_batch(envelopes)
        status, _, answer = await self.ask("POST", api.ENVELOPES, body, content_type=api.ENVELOPES_TYPE)
        assert status == 200, answer
        return list(api.PostResults.model_validate_json(answer).results)

    async def read(self, *, after: int | None = None, wait: int = 0, limit: int = 256) -> list[api.Mail]:
        after = self.cursor if after is None else after
        status, headers, answer = await self.ask(
            "GET", f"{api.MAILBOX}?after={after}&wait={wait}&limit={limit}"
        )
        assert status == 200, answer
        assert headers["Content-Type"] == api.MAIL_TYPE
        mail = list(api.read_mail(answer))
        if mail:
            self.cursor = mail[-1].cursor
        return mail

    async def register(self) -> int:
        assert self.http is not None
        async with self.http.post(
            self.base + keylog.AGENCIES, data=signed_event(self.enrolment()), headers=JSON
        ) as answer:
            return answer.status


JSON = {"Content-Type": api.JSON_TYPE}


def signed_event(signed: Signed) -> bytes:
    return dump(keylog.SignedEvent.of(signed))


def envelope(*mailboxes: str, text: bytes = b"sealed", name: str | None = None) -> bytes:
    """Make an envelope that the hub cannot tell from a sealed one."""
    slots = tuple(MailboxSlot(mailbox=box, key=(new_id() * 2)[:32]) for box in mailboxes)
    header = EnvelopeHeader(id=name or new_id(), slots=slots)
    return Ring(header, dump(header), (bytes(1168),) * len(mailboxes), sealed(text)).to_bytes()


def sealed(text: bytes) -> bytes:
    padded = pad(text)
    return padded + bytes(body_length(len(padded)) - len(padded))


@dataclass
class Running:
    """A hub that runs, and what it was made from."""

    hub: Hub
    base: str
    config: HubConfig
    http: aiohttp.ClientSession
    admin: Any = None  # its admin port, if it has one

    async def join(self, name: str) -> Agency:
        agency = Agency(name, self.base, self.http)
        await admit(self.config, name, agency.fingerprint)
        assert await agency.register() == 201
        return agency


@asynccontextmanager
async def running(home: Path, database: str | None = None, **settings: Any) -> AsyncIterator[Running]:
    config = HubConfig(home, ADDRESS, port=0, database=database, **settings)
    if not (home / KEYSTORE).exists():
        draw(home, config.origin)
    runner = create_runner(config)
    try:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            yield Running(runner.app[HUB], base, config, http, runner.app.get(ADMIN))
    finally:
        await runner.cleanup()
