"""Word that something changed, while a list is being looked at (server-sent events).

Promises: an event says that something changed, or that the session is over, and nothing else; the page then
offers the new list. A stream ends with its session, and with its page. How many there are is bounded, for one
session and for the desk: the oldest of a session gives way.
Never: a stream that is open keeps a session awake, or stops the desk from ending.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import ClientConnectionResetError, web
from aiohttp_sse import sse_response

from exchange.desk.web.guard import HEADERS, form_token
from exchange.errors import SessionEnded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.desk.web.visit import Visit

OF_ONE: Final = 3  # of one session: a browser keeps six connections to one address at most
OF_ALL: Final = 500
LOOK: Final = 5.0  # seconds between two looks whether the session still lasts
PAUSE: Final = 1.0  # seconds that changes are gathered


@dataclass(eq=False, slots=True)
class Stream:
    """One that is open: whose session it belongs to, and what wakes it."""

    session: str
    told: asyncio.Event
    ends: bool = False


class Streams:
    """All streams of one desk's pages, oldest first."""

    def __init__(self) -> None:
        self._open: list[Stream] = []
        self._closed = False

    def __len__(self) -> int:
        """Count them."""
        return len(self._open)

    @property
    def full(self) -> bool:
        """Whether no more can be opened."""
        return self._closed or len(self._open) >= OF_ALL

    @contextmanager
    def one(self, session: str, told: asyncio.Event) -> Iterator[Stream]:
        """Open one more; the oldest of a session that has too many ends."""
        theirs = [stream for stream in self._open if stream.session == session and not stream.ends]
        for stream in theirs[: max(0, len(theirs) - OF_ONE + 1)]:
            _end(stream)
        opened = Stream(session, told)
        self._open.append(opened)
        try:
            yield opened
        finally:
            self._open.remove(opened)

    async def close(self, _: web.Application) -> None:
        """End all of them: the desk stops."""
        self._closed = True
        for stream in self._open:
            _end(stream)


STREAMS: web.AppKey[Streams] = web.AppKey("STREAMS", Streams)


def _end(stream: Stream) -> None:
    stream.ends = True
    stream.told.set()


async def live(visit: Visit) -> web.StreamResponse:
    """Tell whoever is signed in that something of theirs changed since the state that they name."""
    streams = visit.request.app[STREAMS]
    if streams.full:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=HEADERS)  # a browser then asks no more
    person, seen = visit.session.person, visit.request.query.get("since", "")
    with visit.desk.watch.listening(person) as told, streams.one(form_token(visit.seat), told) as stream:
        async with sse_response(visit.request, headers=HEADERS) as answer:
            with suppress(ClientConnectionResetError):
                while (event := _event(visit, stream, seen)) not in _LAST:
                    if event is not None:
                        await answer.send("", event=event)
                        seen = visit.desk.watch.state(person)
                        await asyncio.sleep(PAUSE)
                    elif not answer.is_connected():
                        return answer
                    await _told(told)
                await answer.send("", event=event)
    return answer


_LAST: Final = frozenset({"over", "stop"})


def _event(visit: Visit, stream: Stream, seen: str) -> str | None:
    """Say what there is to tell now."""
    try:
        session = visit.desk.watching(visit.seat)
    except SessionEnded:
        return "over"
    if stream.ends:
        return "stop"
    return "changed" if visit.desk.watch.state(session.person) != seen else None


async def _told(told: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), LOOK)
    told.clear()
