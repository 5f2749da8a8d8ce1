"""A hub's folder: its settings, its log's key, its store, and whether it answers.

Promises: it looks also while the hub runs.
Never: it signs, or lets anybody in.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp

from exchange.doctor.address import has_tls, is_here
from exchange.doctor.finding import Finding, look, soon, well, wrong
from exchange.doctor.machine import machine
from exchange.hub.config import HubConfig
from exchange.hub.keylog import key
from exchange.store.mailroom import Mailroom
from exchange.wire.keylog import CHECKPOINT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SECONDS = aiohttp.ClientTimeout(total=5.0)


async def examine(home: Path) -> tuple[Finding, ...]:
    """Look at a hub's folder; `HubMissing` or `SettingsRefused` where it has no settings to go by."""
    config = HubConfig.read(home)
    found = list(await asyncio.to_thread(lambda: tuple(machine(home))))
    found.append(_address(config))
    found += await look("log key", lambda: _log_key(config))
    found += await look("mailroom", lambda: _mailroom(config))
    found.append(await _answers(config))
    return tuple(found)


def _address(config: HubConfig) -> Finding:
    if has_tls(config.address):
        return well("address", "Desks come over https.")
    if is_here(config.address):
        return soon(
            "address", "Only desks on this machine can come.", "Fine for a trial; else put TLS before it."
        )
    return wrong(
        "address",
        "Desks come without TLS: envelopes stay sealed, but anybody on the way sees who writes to whom.",
        "Put a server with TLS 1.3 before it, and write https:// into `address`.",
    )


async def _log_key(config: HubConfig) -> Iterable[Finding]:
    signer = await asyncio.to_thread(key.read, config.home, config.origin)
    return (well("log key", f"The key of the log {signer.verifier.name} opens."),)


async def _mailroom(config: HubConfig) -> Iterable[Finding]:
    room = await Mailroom.open(config.database_url)
    try:
        await room.last_cursor()
        size, trouble = await room.log.size(), await room.log.trouble()
        shared = room.shared
    finally:
        await room.close()
    where = "PostgreSQL" if shared else "SQLite"
    found = [well("mailroom", f"The store ({where}) answers; the key log has {size} entries.")]
    if trouble is not None:
        found.append(
            wrong(
                "key log",
                f"The key log is {trouble.name}: this hub was set back, or its key signed two logs.",
                "readback hub mend HOME --from EXPORT, with an export from any desk.",
            )
        )
    return found


async def _answers(config: HubConfig) -> Finding:
    url = f"http://{f'[{config.host}]' if ':' in config.host else config.host}:{config.port}{CHECKPOINT}"
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS) as http,
            http.get(url, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return soon("running", "Nobody answers at its port.", "Start it: readback hub serve HOME")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return wrong("running", f"It answers with status {status}.", "Look into its log.")
    return well("running", "It answers.")
