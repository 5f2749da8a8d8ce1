"""What the hub counts for its operator, and when it says that it is ready.

Promises: each route's requests are counted by status, and timed; the writer's queue and commits, the log's
size and the age of its newest checkpoint are told as they are when asked for.
Never: a count by agency or mailbox: who writes to whom is a fact about children and families.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from exchange.hub import problems
from exchange.watching import SECONDS, AdminPort, new_registry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from aiohttp import web
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from exchange.hub.route import Route
    from exchange.hub.service import Hub

    Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Watching:
    """One hub process's counts and its admin port; `hub_of` gives the hub once it runs."""

    def __init__(self, hub_of: Callable[[], Hub]) -> None:
        self._hub_of = hub_of
        registry = new_registry()
        self._requests = Counter(
            "readback_hub_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "readback_hub_request_seconds",
            "Seconds from a request's head to its answer; reading a mailbox waits for mail.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.admin = AdminPort(registry, self._ready)
        self._registry = registry

    @property
    def registry(self) -> CollectorRegistry:
        """Everything that is counted."""
        return self._registry

    def begin(self) -> None:
        """Tell the hub's state from now on: it runs."""
        self._registry.register(_State(self._hub_of()))
        self.admin.started = True

    def watched(self, route: Route, door: Door) -> Door:
        """Count and time what goes through a door."""
        counts = {
            int(status): self._requests.labels(route.name, str(int(status)))
            for status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)
        }
        timed = self._seconds.labels(route.name)

        async def serve(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            answer = await door(request)
            timed.observe(time.perf_counter() - began)
            count = counts.get(answer.status)
            if count is None:
                count = counts[answer.status] = self._requests.labels(route.name, str(answer.status))
            count.inc()
            return answer

        return serve

    async def _ready(self) -> None:
        """Raise what keeps the hub from its work: `HubBehind`, `LogForked`, `StoreUnavailable`, `Closing`."""
        hub = self._hub_of()
        if hub.mailboxes.draining:
            raise problems.Closing
        hub.keylog.checkpoints.require_whole()
        await hub.room.last_cursor()  # the smallest question that the store has to answer


class _State:
    """Tells, when asked, how the hub is."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        hub, work = self._hub, self._hub.room.work
        yield CounterMetricFamily("readback_hub_commits", "Transactions committed.", value=work.commits)
        yield CounterMetricFamily("readback_hub_written", "Operations in them.", value=work.operations)
        yield GaugeMetricFamily("readback_hub_write_queue", "Operations waiting to be written.", work.waiting)
        yield GaugeMetricFamily(
            "readback_hub_readers", "Desks that wait for mail at this process.", hub.mailboxes.readers
        )
        yield GaugeMetricFamily(
            "readback_hub_log_entries", "Entries of the key log.", hub.keylog.agencies.directory.size
        )
        yield GaugeMetricFamily(
            "readback_hub_log_trouble",
            "1 while the key log is known to be behind or forked: the hub serves nobody.",
            int(hub.keylog.checkpoints.trouble is not None),
        )
