"""A running hub, and three agencies that have joined it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hub_at_work import A, Agency, B, C, Running, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as hub:
        yield hub


@pytest.fixture
async def a(hub: Running) -> Agency:
    return await hub.join(A)


@pytest.fixture
async def b(hub: Running) -> Agency:
    return await hub.join(B)


@pytest.fixture
async def c(hub: Running) -> Agency:
    return await hub.join(C)
