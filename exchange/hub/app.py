"""The hub as a program: its routes, its server, its life.

Promises: closing lets what was begun end, and answers whoever waits.
Never: it listens before the store is ready.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from aiohttp import web

from exchange.errors import AddressUnusable
from exchange.hub import log
from exchange.hub.doorway import doorway, nowhere
from exchange.hub.log import Said, say
from exchange.hub.routes import ROUTES
from exchange.hub.server import DOORWAYS, HubRunner
from exchange.hub.service import Hub
from exchange.hub.watching import Watching
from exchange.watching import AdminPort

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from exchange.hub.config import HubConfig

HUB = web.AppKey("HUB", Hub)
ADMIN = web.AppKey("ADMIN", AdminPort)
COLLECT_AFTER = 50_000  # new objects; requests leave no cycles behind, so looking for them rarely is enough


def create_app(config: HubConfig) -> web.Application:
    """Build the application; the hub itself starts and closes with it, and its admin port if it has one."""
    app = web.Application()
    watching = Watching(lambda: app[HUB]) if config.admin_port is not None else None

    async def running(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as undo:
            if watching is not None:
                await watching.admin.start(config.admin_host, config.admin_port or 0)
                undo.push_async_callback(watching.admin.stop)
                app[ADMIN] = watching.admin
            app[HUB] = hub = await Hub.start(config)
            undo.push_async_callback(hub.close)
            if watching is not None:
                watching.begin()
            yield

    async def draining(app: web.Application) -> None:
        app[HUB].drain()

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(draining)
    app[DOORWAYS] = {}
    for route in ROUTES:
        door = doorway(route, lambda: app[HUB])
        if watching is not None:
            door = watching.watched(route, door)
        app.router.add_route(route.method, route.pattern, door)
        if "{" not in route.path:
            app[DOORWAYS][route.method, route.path] = door
    app.router.add_route("*", "/{path:.*}", nowhere)
    return app


def create_runner(config: HubConfig) -> HubRunner:
    """Build the application, in the server that it should have."""
    return HubRunner(create_app(config))


async def serve(config: HubConfig) -> None:
    """Run a hub until SIGTERM or SIGINT, then let what was begun end; `AddressUnusable`, or as `start`."""
    log.set_up()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = create_runner(config)
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.host, config.port, backlog=1024)
        try:
            await site.start()
        except OSError:
            raise AddressUnusable from None
        gc.freeze()  # what stands now stays: the collector need not look at it again
        gc.set_threshold(COLLECT_AFTER, 20, 100)
        say(Said.STARTED, port=runner.addresses[0][1])
        await stop.wait()
        say(Said.DRAINING)
    finally:
        await runner.cleanup()
    say(Said.STOPPED)
