"""The town of the stories once more, for those who mean it ill."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doubles import Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from restating import Waiting

for neighbour in (
    "desk",
    "scenarios",
    "evidence",
    "keys",
    "hub",
):  # whose words and agencies are used here too
    sys.path.append(str(Path(__file__).parent.parent / neighbour))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A school, children's services with a duty role, a GP practice."""
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
async def waiting(town: Town) -> Waiting:
    """A share that Ruth Okafor accepted."""
    from restating import accepted_by_ruth

    return await accepted_by_ruth(town)
