"""A running desk forgets a person's keys when they went away, although nobody asks it for anything."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import PASSPHRASE, furnish
from notary import Notary
from ports import free_port

from exchange.desk import people
from exchange.desk.app import RunningDesk
from exchange.desk.config import DeskConfig
from keys.ceremony.home import load_home
from keys.ceremony.policy import write_policy
from keys.errors import KeyringClosed

if TYPE_CHECKING:
    from pathlib import Path


async def test_keys_are_closed_while_nobody_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "LOCK_EVERY", 0.01)
    home = tmp_path / "moorfield-primary"
    clock = [datetime.now(UTC)]
    await asyncio.to_thread(furnish, home, {"Helen Marsh": "lead"}, {}, clock[0])
    write_policy(home, Notary().policy(load_home(home, clock[0])), replacing=None)
    config = DeskConfig(home, f"http://127.0.0.1:{free_port()}", port=0)
    desk = await RunningDesk.start(home, config, now=lambda: clock[0])
    try:
        token = (await desk.desk.sign_in("Helen Marsh", PASSPHRASE)).token
        keyring = (await desk.desk.session(token)).keyring
        clock[0] += config.idle - timedelta(seconds=1)
        await asyncio.sleep(0.1)
        assert keyring.ids()
        clock[0] += timedelta(seconds=1)
        await asyncio.sleep(0.5)
        with pytest.raises(KeyringClosed):
            keyring.ids()
    finally:
        await desk.stop()
