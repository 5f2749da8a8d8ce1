"""A hub as a process of its own, and pairs of agencies that speak to it with proofs, as desks do."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from exchange import tokens
from exchange.hub.config import HubConfig
from exchange.hub.service import found
from exchange.store.mailroom import Mailroom
from exchange.wire import api, keylog
from exchange.wire.envelope import WRAP_SIZE, EnvelopeHeader, MailboxSlot, Ring
from exchange.wire.padding import body_length, pad
from keys.event import Enrol, Mailbox
from keys.notekey import WitnessKey
from keys.record import digest, encode, new_id
from keys.statement import Kind, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SERVE = "from exchange.hub.cli import app; app()"
CREATED = "2026-11-22T15:04:05Z"
POST = {"Content-Type": api.ENVELOPES_TYPE}


@dataclass
class Party:
    """One agency: its keys, the keys of one person and of its records, and its cursor."""

    name: str
    root: SigningKey = field(default_factory=SigningKey.generate)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    transport: TransportKey = field(default_factory=TransportKey.generate)
    mailbox: OpeningKey = field(default_factory=OpeningKey.generate)
    person: OpeningKey = field(default_factory=OpeningKey.generate)
    records: OpeningKey = field(default_factory=OpeningKey.generate)
    cursor: int = 0

    def enrolment(self) -> bytes:
        """Write the event that registers it."""
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
            witness=encode(WitnessKey.generate().public.to_bytes()),
        )
        signed = sign(Kind.AGENCY_EVENT, dump(event), self.root)
        return dump(keylog.SignedEvent.of(signed))


class Line:
    """The parties' connections to one hub."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self._base, self._http = base, http

    def _proved(self, party: Party, method: str, target: str, body: bytes) -> dict[str, str]:
        proof = tokens.mint(
            party.transport,
            agency=party.name,
            audience=self._base,
            method=method,
            target=target,
            body_digest=hashlib.sha256(body).hexdigest(),
            now=int(time.time()),
            jti=new_id(),
        )
        return {"Authorization": f"{api.PROOF_SCHEME} {proof}"}

    async def register(self, party: Party) -> None:
        """Register an admitted party."""
        headers = {"Content-Type": api.JSON_TYPE}
        async with self._http.post(
            self._base + keylog.AGENCIES, data=party.enrolment(), headers=headers
        ) as answer:
            assert answer.status == 201, await answer.text()

    async def post(self, party: Party, *envelopes: bytes) -> None:
        """Post; every envelope must be accepted."""
        batch = api.write_batch(envelopes)
        headers = self._proved(party, "POST", api.ENVELOPES, batch) | POST
        async with self._http.post(self._base + api.ENVELOPES, data=batch, headers=headers) as answer:
            said = await answer.read()
            assert answer.status == 200, said
            assert said.count(b'"accepted"') == len(envelopes), said

    async def read(self, party: Party, wait: int = 20) -> tuple[api.Mail, ...]:
        """Read on, acknowledging what was read before."""
        target = f"{api.MAILBOX}?after={party.cursor}&wait={wait}"
        headers = self._proved(party, "GET", target, b"")
        async with self._http.get(self._base + target, headers=headers) as answer:
            said = await answer.read()
            assert answer.status == 200, said
        mail = api.read_mail(said)
        if mail:
            party.cursor = mail[-1].cursor
        return mail


def unopened(mailbox: str, words: bytes) -> bytes:
    """Make an envelope that a hub cannot tell from a sealed one, fast."""
    padded = pad(words)
    header = EnvelopeHeader(id=new_id(), slots=(MailboxSlot(mailbox=mailbox, key="a" * 32),))
    body = padded + bytes(body_length(len(padded)) - len(padded))
    return Ring(header, dump(header), (bytes(WRAP_SIZE),), body).to_bytes()


@asynccontextmanager
async def hub(
    home: Path, parties: list[Party], database: str | None = None
) -> AsyncIterator[tuple[Line, subprocess.Popen[bytes]]]:
    """Run a hub in `home` with all `parties` admitted and registered, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    found(home, address=base, host="127.0.0.1", port=port)
    if database is not None:
        with (home / "hub.toml").open("a") as settings:
            settings.write(f'database = "{database}"\n')
    room = await Mailroom.open(HubConfig.read(home).database_url)
    for party in parties:
        await room.admit(party.name, fingerprint(party.root.verifying_key.to_bytes()))
    await room.close()
    process = subprocess.Popen([sys.executable, "-c", SERVE, "serve", str(home)], stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - before anything is measured
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            await _answers(base, http)
            line = Line(base, http)
            for party in parties:
                await line.register(party)
            yield line, process
    finally:
        process.terminate()
        process.wait()


async def _answers(base: str, http: aiohttp.ClientSession) -> None:
    for _ in range(400):
        try:
            async with http.get(base + api.OPENAPI):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    raise TimeoutError
