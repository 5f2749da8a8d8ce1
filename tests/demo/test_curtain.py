"""After the story: everybody who took part finds where and how to sign in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from exchange.demo.cast import Agency, plans
from exchange.demo.curtain import curtain
from exchange.demo.processes import Troupe
from exchange.demo.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def stage_of(folder: Path) -> Stage:
    found = []
    for plan in plans():
        files = {one.name: folder / f"{plan.id}.{number}.txt" for number, one in enumerate(plan.people)}
        for number, place in enumerate(files.values()):
            place.write_text(f"{plan.id}-{number}")
        found.append(Agency(plan, folder / plan.id, "", files))
    (folder / "certificates").mkdir()
    (folder / "certificates" / "1.json").write_text("{}")
    ports = {plan.id: 41000 + at for at, plan in enumerate(plans())}
    return Stage(folder, tuple(found), ports, Troupe(folder))


def test_everybody_of_the_four_cases_is_listed_with_address_and_passphrase(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curtain(stage_of(tmp_path))
    said = capsys.readouterr().out
    for at, plan in enumerate(plans()):
        assert f"http://127.0.0.1:{41000 + at}/desk  {plan.name}" in said
        for number, person in enumerate(plan.people):
            assert re.search(rf"{plan.id}-{number}  {re.escape(person.name)}, ", said)
