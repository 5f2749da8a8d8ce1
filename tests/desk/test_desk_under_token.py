"""A desk whose keys go under a token while it runs goes on; a person signs in with their own token's PIN."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from doubles import PASSPHRASE, furnish
from notary import Notary
from ports import free_port
from soft_token import PIN, SoftToken, soft_token, softhsm

from exchange.desk.app import RunningDesk
from exchange.desk.config import DeskConfig
from exchange.errors import SignInRefused
from keys.ceremony.home import load_home
from keys.ceremony.policy import write_policy
from keys.ceremony.secret import move_to_token
from keys.ceremony.unlocking import desk_secret
from keys.files import write_private
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["soft_token", "softhsm"]  # fixtures


async def test_a_desk_goes_on_under_a_token(soft_token: SoftToken, tmp_path: Path) -> None:
    home, now, pin_file = tmp_path / "moorfield-primary", datetime.now(UTC), tmp_path / "pin"
    await asyncio.to_thread(furnish, home, {"Helen Marsh": "lead"}, {}, now)
    write_policy(home, Notary().policy(load_home(home, now)), replacing=None)
    write_private(pin_file, PIN.encode())
    soft_token.initialise("helen", pin="1618033988")
    helen = load_home(home, now).roster.people[0].id
    desk = await RunningDesk.start(home, DeskConfig(home, f"http://127.0.0.1:{free_port()}", port=0))
    try:
        ids = desk.desk.own.home.keyring.ids()
        for holder, present, label, pin in (
            ("desk", desk_secret(home), "desk", PIN),
            (helen, Passphrase(PASSPHRASE), "helen", "1618033988"),
        ):
            move_to_token(
                home,
                holder,
                present,
                module=soft_token.module,
                label=label,
                pin=pin,
                pin_file=pin_file if holder == "desk" else None,
            )
        await desk.desk.own.refresh()
        assert desk.desk.own.home.keyring.ids() == ids
        for wrong in (PASSPHRASE, PIN):
            with pytest.raises(SignInRefused):
                await desk.desk.sign_in("Helen Marsh", wrong)
        assert (await desk.desk.sign_in("Helen Marsh", "1618033988")).person == helen
    finally:
        await desk.stop()
    again = await RunningDesk.start(home, DeskConfig(home, f"http://127.0.0.1:{free_port()}", port=0))
    await again.stop()
