"""Somebody who can write to a desk's disk, but holds none of its people's passphrases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exchange.desk.service.desk import Desk
from keys.ceremony.people import renew_roster, suspend
from keys.errors import Problem

if TYPE_CHECKING:
    from doubles import Town

DUTY = "northshire-childrens"


async def test_a_roster_put_back_does_not_let_a_leaver_in_again(town: Town) -> None:
    duty = town[DUTY]
    sealed = duty.home / "roster.sealed"
    before = sealed.read_bytes()
    suspend(duty.home, person=duty.person("Ben Hale").person or "", now=town.clock())
    await duty.desk.own.refresh()
    await duty.desk.keep_own_roster()
    await duty.desk.close()
    sealed.write_bytes(before)
    with pytest.raises(Problem) as refused:
        await Desk.open(duty.home, duty.desk.config, now=town.clock)
    assert refused.value.code == "home_set_back"


async def test_nor_while_the_desk_runs(town: Town) -> None:
    duty = town[DUTY]
    sealed = duty.home / "roster.sealed"
    before = sealed.read_bytes()
    suspend(duty.home, person=duty.person("Ben Hale").person or "", now=town.clock())
    await duty.desk.own.refresh()
    (duty.home / "new").write_bytes(before)
    (duty.home / "new").chmod(0o600)
    (duty.home / "new").replace(sealed)
    with pytest.raises(Problem):
        await duty.sign_in("Ben Hale")


async def test_a_renewed_roster_is_no_rollback(town: Town) -> None:
    duty = town[DUTY]
    await duty.desk.close()
    renew_roster(duty.home, now=town.clock())
    duty.desk = await Desk.open(duty.home, duty.desk.config, now=town.clock)
    await duty.sign_in("Ben Hale")
