"""The town of the stories: a school, children's services with a duty role, a GP practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doubles import Town
from hostile import HostileDesk
from stage import Stage

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
    await town.open("rao-practice", {"Dr Rao": "general practitioner"})
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
async def stage(town: Town) -> Stage:
    school = town["moorfield-primary"]
    return Stage(town, HostileDesk(school, await school.sign_in("Helen Marsh")), town["northshire-childrens"])
