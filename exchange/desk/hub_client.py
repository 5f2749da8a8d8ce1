"""The desk's only way to the hub: each request with its own proof.

Promises: a proof covers method, path, query and body of one request and is made for that attempt; an answer
is read up to a bound and no further; whatever goes wrong is one of three: `HubUnreachable` (try again later),
`ProofRefused` (our clock or key), `HubRefused` (never try this again).
Never: it follows a redirect, goes through a proxy that nobody named, tries again by itself, or blocks the
loop over a large body.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from yarl import URL

from exchange import tokens
from exchange.desk.log_reader import LogReader
from exchange.errors import HubRefused, HubUnreachable, ProofRefused
from exchange.wire import api, keylog, limits
from keys.errors import Malformed
from keys.record import new_id
from keys.statement import dump, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from multidict import CIMultiDictProxy

    from exchange.desk.keylog import Shown
    from exchange.desk.line import Line
    from exchange.wire.api import ByteRange, Mail, PostResult
    from exchange.wire.keylog import DirectoryPage
    from keys.statement import Signed
    from keys.suite import TransportKey

CONNECT = 5.0  # seconds to reach the hub
ANSWER = 30.0  # seconds of silence after which it is as good as gone
LARGE = 128 * limits.KIB  # bodies from here on are hashed and read apart from the loop
DIRECTORY_BYTES = 48 * limits.MIB
_ANEW = (("Cache-Control", "no-cache"),)
_CODE = re.compile(r"[a-z_]{1,64}")


class Request(NamedTuple):
    """What is asked: `expected` are the statuses that answer it, `limit` bounds the answer in bytes.

    `patience` is how many seconds of silence are no sign that the hub is gone. What anybody may ask is not
    `proved`: a hub that has forgotten this agency answers it too.
    """

    method: str
    target: str
    body: bytes = b""
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    expected: tuple[int, ...] = (200, 201, 204)
    limit: int = limits.MIB
    patience: float = ANSWER
    proved: bool = True


class Answer(NamedTuple):
    """A hub's answer, read whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class HubClient:
    """One agency's connection to one hub; `close` it.

    `address` is the hub's, as its own settings spell it: proofs are made out to it. `key` gives the transport
    key in force, `now` reads the clock, `line` is told whether the hub answers.
    """

    def __init__(
        self,
        address: str,
        agency: str,
        *,
        key: Callable[[], TransportKey],
        now: Callable[[], datetime],
        line: Line,
    ) -> None:
        self._address = address.rstrip("/")
        self._agency = agency
        self._key = key
        self._now = now
        self._line = line
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    # --- keys ------------------------------------------------------------------------------------

    async def publish(self, event: Signed, *, enrol: bool) -> None:
        """Register an agency event or anchor of ours; registering it again is no change."""
        path = keylog.AGENCIES if enrol else keylog.EVENTS
        await self._send(Request("POST", path, dump(keylog.SignedEvent.of(event)), api.JSON_TYPE))

    async def directory(self, after: int) -> DirectoryPage:
        """Fetch the key log's entries from index `after` on, as many as come at once, with its checkpoint."""
        answer = await self._send(Request("GET", f"{keylog.DIRECTORY}?after={after}", limit=DIRECTORY_BYTES))
        return await asyncio.to_thread(load, answer.body, keylog.DirectoryPage, limit=DIRECTORY_BYTES)

    async def checkpoint(self) -> bytes:
        """Fetch the key log's newest checkpoint, a signed note, as anybody may; no cache's copy of it."""
        request = Request("GET", keylog.CHECKPOINT, headers=_ANEW, limit=limits.NOTE, proved=False)
        return (await self._send(request)).body

    async def public_log(self, start: int) -> Shown:
        """Fetch the key log from index `start` on as anybody may; as `LogReader.shown`."""
        async with LogReader(self._address) as reader:
            return await reader.shown(start)

    async def cosign(self, note: bytes) -> None:
        """Give the hub this agency's cosignature of a checkpoint, under the note that it belongs to."""
        await self._send_note(keylog.COSIGNATURES, note, proved=True)

    async def confront(self, note: bytes) -> None:
        """Show the hub, as anybody may, a checkpoint that goes beyond, or against, what it shows."""
        await self._send_note(keylog.EVIDENCE, note, proved=False)

    async def _send_note(self, path: str, note: bytes, *, proved: bool) -> None:
        said = keylog.NoteDocument(note=note.decode())
        await self._send(Request("POST", path, dump(said), api.JSON_TYPE, proved=proved))

    # --- mail ------------------------------------------------------------------------------------

    async def post(self, envelopes: Sequence[bytes]) -> tuple[PostResult, ...]:
        """Post a batch; one result for each envelope, in order. `TooLarge` beyond what one post carries."""
        batch = api.write_batch(envelopes)
        answer = await self._send(Request("POST", api.ENVELOPES, batch, api.ENVELOPES_TYPE))
        results = load(answer.body, api.PostResults, limit=limits.MIB).results
        if len(results) != len(envelopes):
            raise HubUnreachable("results")
        return results

    async def mailbox(self, after: int, *, wait: int) -> tuple[Mail, ...]:
        """Fetch mail beyond the cursor `after`, waiting up to `wait` seconds for some.

        It acknowledges everything up to `after`: call it only when that is durable here.
        """
        target = f"{api.MAILBOX}?after={after}&wait={wait}&limit={api.MAIL_COUNT}"
        answer = await self._send(Request("GET", target, limit=api.MAIL, patience=wait + ANSWER))
        return api.read_mail(answer.body)

    async def acknowledge(self, through: int) -> None:
        """Tell the hub that everything up to this cursor is safe here."""
        said = dump(api.Acknowledgement(through=through))
        await self._send(Request("POST", api.ACKNOWLEDGE, said, api.JSON_TYPE))

    # --- attachments -----------------------------------------------------------------------------

    async def blob_held(self, digest: str) -> int:
        """Ask how many bytes of this attachment the hub holds; 0 if none."""
        return _held(await self._send(Request("HEAD", api.blob_path(digest), expected=(200, 404))))

    async def put_blob(self, digest: str, part: ByteRange, data: bytes) -> int:
        """Send one range; how many bytes the hub holds then. A range out of order is not taken."""
        place = ("Content-Range", api.write_content_range(part))
        taken = (200, 201, 202, 204, 409)
        request = Request("PUT", api.blob_path(digest), data, api.BLOB_TYPE, (place,), expected=taken)
        return _held(await self._send(request))

    async def get_blob(self, digest: str, start: int) -> bytes:
        """Fetch bytes from `start` on, as many as one request carries."""
        span = ("Range", f"bytes={start}-{start + limits.BLOB_RANGE - 1}")
        path = api.blob_path(digest)
        request = Request("GET", path, headers=(span,), expected=(200, 206), limit=limits.BLOB_RANGE)
        return (await self._send(request)).body

    # --- one request -----------------------------------------------------------------------------

    async def _send(self, request: Request) -> Answer:
        headers = {"Authorization": await self._proof(request)} if request.proved else {}
        try:
            answer = await self._exchange(request, headers)
        except (aiohttp.ClientError, TimeoutError, OSError, Malformed) as error:
            self._line.broke(HubUnreachable.code)
            raise HubUnreachable from error
        return self._judged(answer, request.expected)

    async def _proof(self, request: Request) -> str:
        body = request.body
        proof = tokens.mint(
            self._key(),
            agency=self._agency,
            audience=self._address,
            method=request.method,
            target=request.target,
            body_digest=await asyncio.to_thread(_digest, body) if len(body) >= LARGE else _digest(body),
            now=int(self._now().timestamp()),
            jti=new_id(),
        )
        return f"{api.PROOF_SCHEME} {proof}"

    async def _exchange(self, request: Request, headers: dict[str, str]) -> Answer:
        headers |= dict(request.headers)
        if request.media_type is not None:
            headers["Content-Type"] = request.media_type
        async with self._opened().request(
            request.method,
            URL(self._address + request.target, encoded=True),
            data=_outgoing(request.body),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=request.patience),
            allow_redirects=False,
        ) as response:
            return Answer(response.status, response.headers, await _read(response, request.limit))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _judged(self, answer: Answer, expected: tuple[int, ...]) -> Answer:
        if answer.status in expected:
            self._line.holds()
            return answer
        code = _code(answer)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._line.broke(ProofRefused.code)
            raise ProofRefused
        lasting = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if lasting and answer.status not in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS):
            self._line.holds()
            raise HubRefused(code, answer.status)
        self._line.broke(code)
        raise HubUnreachable(code)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > limit:
            raise Malformed("answer is too long")
        pieces.append(piece)
    return b"".join(pieces)


def _outgoing(body: bytes) -> bytes | BytesIO | None:
    """Prepare what aiohttp is given: a large body as a file, so that it is sent piece by piece."""
    if not body:
        return None
    return BytesIO(body) if len(body) >= LARGE else body


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _held(answer: Answer) -> int:
    text = answer.headers.get(api.HELD_HEADER, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(limits.BLOB))):
        raise HubUnreachable("held")
    return int(text)


def _code(answer: Answer) -> str:
    """Read the problem document's code, if it is one; a stranger's words go no further."""
    try:
        code = load(answer.body, api.ProblemDocument, limit=64 * limits.KIB).code
    except Malformed:
        code = ""
    return code if _CODE.fullmatch(code) else f"status {answer.status}"
