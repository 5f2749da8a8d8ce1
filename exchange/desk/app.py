"""A desk process: one or more agencies' desks, each with its courier and its own address.

Promises: it serves until it is told to stop, and then stops in order: no new requests, the courier where it
stands, the sessions, the casebook. One agency's trouble at the start is told by name and stops the process
rather than leave that agency without a desk unnoticed.
Never: it reads a setting twice, or shares anything between two agencies but the process.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Self

import structlog
from aiohttp import web

from exchange.desk import log
from exchange.desk.courier import Courier, Parts
from exchange.desk.front import create_runner
from exchange.desk.notifying.notices import Notices
from exchange.desk.people import lock_when_idle
from exchange.desk.service.desk import Desk
from exchange.desk.service.premises import read_clock
from exchange.errors import AddressUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from exchange.desk.config import DeskConfig

COLLECT_AFTER = 50_000  # allocations: what a step leaves behind is freed without the collector
_log = structlog.get_logger("desk")


class RunningDesk:
    """One agency's desk at work: its use cases, its courier, and its address."""

    def __init__(self, desk: Desk, courier: Courier, runner: web.AppRunner, address: str) -> None:
        self.desk = desk
        self.courier = courier
        self.address = address
        self._runner = runner
        self._notices = Notices(desk)
        self._notices.start(courier.line)
        self._locking = asyncio.create_task(lock_when_idle(desk.sessions, desk.now), name="lock when idle")

    @classmethod
    async def start(
        cls, home: Path, config: DeskConfig | None = None, *, now: Callable[[], datetime] = read_clock
    ) -> Self:
        """Open the desk of `home`, listen, and begin its errands; `AddressUnusable`, or as `Desk.open`."""
        async with AsyncExitStack() as undo:
            desk = await Desk.open(home, config, now=now)
            undo.push_async_callback(desk.close)
            courier = Courier(
                Parts(
                    hub=desk.config.hub,
                    own=desk.own,
                    trust=desk.trust,
                    casebook=desk.casebook,
                    memory=desk.memory,
                    receiver=desk.receiver,
                    blobs=desk.blobs,
                    holidays=desk.catalogue.holidays,
                    now=now,
                )
            )
            runner = create_runner(desk, lambda: courier.line.state)
            await runner.setup()
            undo.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, desk.config.host, desk.config.port)
            try:
                await site.start()
            except OSError:
                raise AddressUnusable from None  # before any errand: that program may be this very desk
            await courier.start()
            undo.pop_all()
        host, port = runner.addresses[0][:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        _log.info("desk.listens", agency=desk.agency, address=address)
        return cls(desk, courier, runner, address)

    async def stop(self) -> None:
        """Stop in order."""
        await self._runner.cleanup()
        await self._notices.stop()
        await self.courier.stop()
        self._locking.cancel()
        await self.desk.close()
        _log.info("desk.stopped", agency=self.desk.agency)


async def serve(homes: Sequence[Path]) -> None:
    """Serve the desks of these homes until SIGTERM or SIGINT."""
    log.set_up()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # not on every platform
            loop.add_signal_handler(name, stop.set)
    async with AsyncExitStack() as running:
        for home in homes:
            desk = await RunningDesk.start(home)
            running.push_async_callback(desk.stop)
        gc.freeze()  # what stands now stays: the collector need not look at it again
        gc.set_threshold(COLLECT_AFTER, 20, 100)
        await stop.wait()
