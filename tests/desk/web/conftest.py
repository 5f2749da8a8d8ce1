"""A school and children's services whose desks show their pages, and visitors without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doubles import Town
from visitor import Visitor, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open(
        "moorfield-primary",
        {"Helen Marsh": "designated safeguarding lead", "Tom Reed": "attendance officer"},
    )
    await town.open(
        "northshire-childrens",
        {"Ruth Okafor": "social worker", "Ben Hale": "social worker", "Ida Voss": "team manager"},
        {"Duty social worker": ("Ruth Okafor", "Ben Hale")},
    )
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
async def school(town: Town) -> AsyncIterator[Visitor]:
    """A browserless visitor at the school's desk; nobody is signed in."""
    async with opened(town, "moorfield-primary") as visitor:
        yield visitor


@pytest.fixture
async def services(town: Town) -> AsyncIterator[Visitor]:
    """The same at the desk of children's services."""
    async with opened(town, "northshire-childrens") as visitor:
        yield visitor
