"""A hub that lies: over the real protocol, with the hub's real log key, to whom it likes.

It stands in front of a real hub, which it lets answer whatever it does not want to lie about. What it holds is
what a hub holds: the log's key, everybody's envelopes, the agencies' public keys; and nothing of an agency's.
"""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from city import City
from notary import believing
from ports import free_port

from exchange.hub.app import create_runner
from exchange.hub.config import HubConfig
from exchange.hub.keylog.key import draw, read
from exchange.wire import api, keylog
from keys.event import entry_of
from keys.record import encode
from keys.statement import dump, load
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.cosignature import cosign
from keys.transparency.merkle import Tree, consistency_proof, leaf_hash
from keys.transparency.note import read_note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from pathlib import Path

    from keys.statement import Signed
    from keys.transparency.note import NoteSigner
    from keys.transparency.policy import Policy

ORIGIN = "hub.test"
_PASSED_ON = ("Authorization", "Content-Type", "Range", "Content-Range")
_PASSED_BACK = ("Content-Type", api.HELD_HEADER)


@dataclass
class HostileHub:
    """What it does, and to which agency: each attribute is one way to lie."""

    behind: str  # the address of the real hub
    signer: NoteSigner  # the log's own key
    http: aiohttp.ClientSession
    shows: dict[str, Callable[[int, keylog.DirectoryPage], keylog.DirectoryPage]] = field(
        default_factory=dict
    )
    public: bytes | None = None  # the checkpoint that it shows whoever asks without a proof
    swaps: dict[str, list[bytes]] = field(default_factory=dict)  # whose next mail becomes what
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    swallows: bool = False  # events, which it says that it took
    confronted: list[bytes] = field(default_factory=list)

    def forged(
        self, entries: Sequence[Signed], *, by: Iterable[NoteSigner] = (), at: int = 0
    ) -> Callable[[int, keylog.DirectoryPage], keylog.DirectoryPage]:
        """A log of exactly these entries, in good order, signed by the log's own key and cosigned by `by`."""
        tree, note = _tree(entries), self.note(entries, by=by, at=at)

        def show(after: int, _: keylog.DirectoryPage) -> keylog.DirectoryPage:
            start = min(after, tree.size)
            return keylog.DirectoryPage(
                entries=tuple(map(keylog.SignedEvent.of, entries[start:])),
                checkpoint=note.decode(),
                consistency=tuple(map(encode, consistency_proof(start, tree.size, tree.nodes))),
            )

        return show

    def note(self, entries: Sequence[Signed], *, by: Iterable[NoteSigner] = (), at: int = 0) -> bytes:
        """The checkpoint of exactly these entries, signed and cosigned."""
        tree = _tree(entries)
        checkpoint = Checkpoint(self.signer.name, tree.size, tree.root_at(tree.size))
        note = read_note(sign_checkpoint(checkpoint, self.signer))
        return note.joined(*(cosign(note.text, at, one) for one in by)).to_bytes()

    async def handle(self, request: web.Request) -> web.Response:
        """Let the real hub answer, and lie about it."""
        body, asker = await request.read(), _asker(request)
        if self.swallows and request.path == keylog.EVENTS:
            return web.Response(status=201)
        if request.path == keylog.EVIDENCE:
            self.confronted.append(body)
        if self.public is not None and request.path == keylog.CHECKPOINT:
            return web.Response(body=self.public, content_type=keylog.NOTE_TYPE)
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        target = self.behind + request.raw_path
        async with self.http.request(request.method, target, data=body or None, headers=headers) as answer:
            data = await answer.read()
            if answer.status == 200 and request.path == keylog.DIRECTORY and asker in self.shows:
                page = load(data, keylog.DirectoryPage, limit=2**26)
                data = dump(self.shows[asker](int(request.query["after"]), page))
            if answer.status == 200 and request.path == api.MAILBOX:
                data = api.write_mail([self._mail(asker, mail) for mail in api.read_mail(data)])
            back = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
            return web.Response(status=answer.status, body=data, headers=back)

    def _mail(self, whose: str, mail: api.Mail) -> api.Mail:
        if mail.kind is api.MailKind.ENVELOPE and self.swaps.get(whose):
            mail = api.Mail(mail.kind, mail.cursor, self.swaps[whose].pop(0))
        self.delivered.append((whose, mail.data))
        return mail


def _tree(entries: Sequence[Signed]) -> Tree:
    tree = Tree()
    for signed in entries:
        tree.append(leaf_hash(entry_of(signed)))
    return tree


def _asker(request: web.Request) -> str:
    """Who asks, as the proof says."""
    token = request.headers.get("Authorization", "").partition(" ")[2]
    claims = token.split(".")[1] if token.count(".") == 2 else ""
    return (
        str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"]) if claims else ""
    )


@dataclass
class HostileCity(City):
    """Agencies with honest desks, and a hub that lies."""

    hub_itself: HostileHub = field(kw_only=True)


@asynccontextmanager
async def hostile_city(
    folder: Path, believe: Callable[..., Policy] = believing
) -> AsyncIterator[HostileCity]:
    front, back = free_port(), free_port()
    config = HubConfig(folder / "hub", f"http://127.0.0.1:{front}", port=back, origin=ORIGIN)
    config.home.mkdir(parents=True)
    log_key = draw(config.home, config.origin)
    runner = create_runner(config)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", back).start()
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        liar = HostileHub(f"http://127.0.0.1:{back}", read(config.home, config.origin), http)
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", liar.handle)
        door = web.AppRunner(app, shutdown_timeout=0.1)
        await door.setup()
        await web.TCPSite(door, "127.0.0.1", front).start()
        made = HostileCity(folder, config.address, config, http, log_key, believe, hub_itself=liar)
        try:
            yield made
        finally:
            for desk in made.desks.values():
                await desk.stop()
            await door.cleanup()
            await runner.cleanup()
