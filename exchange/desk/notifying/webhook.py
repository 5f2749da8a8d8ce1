"""Webhooks: one signed event to a program of the agency's, by Standard Webhooks.

Promises: the signature covers the id, the hour and the exact bytes, under each of the secrets (two while one
is being changed); no redirect is followed, nothing of an answer is read but its status, and however slow it
is, it is given up after `LONGEST`.
Never: an address that only routers and clouds answer at (link-local, multicast) is called, whatever a name
stands for when it is looked up. Private ones are: a receiver may well be in the agency's own network, and
only whoever writes the home's files can name one.

Source: https://www.standardwebhooks.com (the specification), version 1 symmetric signatures.
"""

from __future__ import annotations

import asyncio
import hmac
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver

from exchange.desk.notifying.settings import is_address_allowed
from exchange.errors import NoticeRefused, NoticeUnsent

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from aiohttp.abc import ResolveResult

    from exchange.desk.notifying.settings import Webhook

LONGEST: Final = 10.0  # seconds from the first word to the status
_TAKEN: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class HookDoor:
    """A webhook, with what it takes to be believed there."""

    hook: Webhook
    secrets: tuple[bytes, ...] = field(repr=False)
    context: ssl.SSLContext


def signed(secrets: tuple[bytes, ...], notice_id: str, now: datetime, event: bytes) -> dict[str, str]:
    """Give the headers that prove an event."""
    at = str(int(now.timestamp()))
    content = b".".join((notice_id.encode(), at.encode(), event))
    marks = (b64encode(hmac.new(secret, content, sha256).digest()).decode() for secret in secrets)
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


class Caller:
    """Calls webhooks; each call is a connection of its own."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(self, door: HookDoor, notice_id: str, now: datetime, event: bytes) -> None:
        """Hand an event over; `NoticeUnsent`, or `NoticeRefused` where the receiver says that it is gone."""
        headers = {"Content-Type": "application/json", **signed(door.secrets, notice_id, now, event)}
        try:
            async with self._opened().post(
                door.hook.url, data=event, headers=headers, ssl=door.context, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise NoticeUnsent(_told(error)) from None
        if status == HTTPStatus.GONE:
            raise NoticeRefused("gone")
        if status not in _TAKEN:
            raise NoticeUnsent(f"status_{status}")

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_Careful(), force_close=True, use_dns_cache=False),
                timeout=aiohttp.ClientTimeout(total=LONGEST),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Readback"},
                auto_decompress=False,
            )
        return self._session


class _Careful(AbstractResolver):
    """Looks names up, and forgets the addresses that are not to be called."""

    def __init__(self) -> None:
        # Threads of its own: a name server that does not answer must not keep those that sign and seal.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="webhook names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily | Any = 0
    ) -> list[ResolveResult]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, family=family)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        allowed = [one for one in found if is_address_allowed(str(one[4][0]))]
        if not allowed:
            raise OSError("not to be called")
        return [_result(host, port, one) for one in allowed]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _result(host: str, port: int, found: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, address = found
    return {
        "hostname": host,
        "host": str(address[0]),
        "port": port,
        "family": family,
        "proto": proto,
        "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    }


def _told(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "certificate"
    if isinstance(error, aiohttp.ClientSSLError):
        return "tls"
    if isinstance(error, TimeoutError):
        return "too_slow"
    return "unreachable" if isinstance(error, aiohttp.ClientConnectorError | OSError) else "protocol"
