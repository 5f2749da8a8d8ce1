"""The admin port: what an operator's monitoring asks of a hub or a desk, apart from its users' port.

Promises: `/livez` says that the process turns its loop; `/startupz` that it has come up; `/readyz` that it
can do its work now, or by which code it cannot; `/metrics` gives counts in the text format of Prometheus.
Never: a label or an answer names a person, a thread, an agency, an address or a path that was asked for:
labels are this program's own words. It answers whoever reaches its port, which is loopback's unless set
otherwise.

Sources: the health endpoints of Kubernetes' API; Prometheus' text exposition format.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from exchange.connections import Runner
from exchange.errors import AddressUnusable
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Readiness = Callable[[], Awaitable[None]]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Bounds of the histograms of durations: from a read out of memory to a long poll."""


def new_registry() -> CollectorRegistry:
    """Make a registry that counts this process's processor time, memory and open files."""
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    return registry


class AdminPort:
    """One process's admin port. `ready` returns if work can be done, or raises the `Problem`."""

    def __init__(self, registry: CollectorRegistry, ready: Readiness) -> None:
        self._registry = registry
        self._ready = ready
        self._runner: Runner | None = None
        self.started = False  # to be set by whoever serves, once it does

    @property
    def port(self) -> int:
        """The port that it listens at; 0 before it does."""
        return int(self._runner.addresses[0][1]) if self._runner is not None else 0

    async def start(self, host: str, port: int) -> None:
        """Listen; `AddressUnusable`. `port` 0 lets the system choose one."""
        app = web.Application()
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/startupz", self._startupz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = Runner(app, _refuse, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self.stop()
            raise AddressUnusable from None

    async def stop(self) -> None:
        """Listen no more."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _livez(self, _: web.Request) -> web.Response:
        return _say(HTTPStatus.OK, "alive")

    async def _startupz(self, _: web.Request) -> web.Response:
        if not self.started:
            return _say(HTTPStatus.SERVICE_UNAVAILABLE, "starting")
        return _say(HTTPStatus.OK, "started")

    async def _readyz(self, _: web.Request) -> web.Response:
        if not self.started:
            return _say(HTTPStatus.SERVICE_UNAVAILABLE, "starting")
        try:
            await self._ready()
        except Problem as problem:
            return _say(HTTPStatus.SERVICE_UNAVAILABLE, problem.code)
        return _say(HTTPStatus.OK, "ready")

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def _say(status: HTTPStatus, word: str) -> web.Response:
    return web.Response(status=status, text=word + "\n", headers={"Cache-Control": "no-store"})


def _refuse(status: int, _: BaseException | None) -> web.Response:
    """Answer what is not asked for here."""
    return web.Response(status=status, text="see /livez /startupz /readyz /metrics\n")
