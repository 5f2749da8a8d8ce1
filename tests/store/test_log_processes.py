"""Processes that append and sign at one database, killed at any moment: one order, one checkpoint of a size."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
import random
import signal
import time
from typing import TYPE_CHECKING

from exchange.store.mailroom import Mailroom
from keys.statement import Signed
from keys.suite import SIGNATURE_SIZE
from keys.transparency.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

KILLS = int(os.environ.get("READBACK_KILLS", "3"))


def note(size: int, root: bytes) -> bytes:
    return b"%d %b" % (size, root)


def work_for_ever(url: str, name: int) -> None:
    """Append and sign until killed, telling nobody."""

    async def run() -> None:
        room = await Mailroom.open(url)
        number = 0
        while True:
            payload = b"%d/%d/%d" % (os.getpid(), name, number)
            portion = [Signed(payload, hashlib.shake_256(payload).digest(SIGNATURE_SIZE))] * random.randint(
                1, 3
            )
            if await room.log.append(await room.log.size(), portion):
                number += 1
            stamps = await room.log.newest()
            await room.log.sign(stamps[0].size if stamps else -1, note, 1)

    asyncio.run(run())


async def test_killed_at_any_moment_the_log_is_whole(database_url: str) -> None:
    await (await Mailroom.open(database_url)).close()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["exchange.store.mailroom"])

    def start(name: int) -> ForkServerProcess:
        process = context.Process(target=work_for_ever, args=(database_url, name))
        process.start()
        return process

    processes = [start(name) for name in range(3)]
    chance = random.Random(1)
    shown: dict[int, bytes] = {}
    room = await Mailroom.open(database_url)
    for _ in range(KILLS):
        until = time.monotonic() + 0.4 + chance.random() * 0.6
        while time.monotonic() < until:
            for stamp in await room.log.newest(3):  # what anybody was ever shown stays
                assert shown.setdefault(stamp.size, stamp.note) == stamp.note
            await asyncio.sleep(0.02)
        which = chance.randrange(len(processes))
        os.kill(processes[which].pid or 0, signal.SIGKILL)
        await asyncio.to_thread(processes[which].join)
        processes[which] = start(which)
    for process in processes:
        process.kill()
        await asyncio.to_thread(process.join)
    await room.close()
    room = await Mailroom.open(database_url)
    entries = await room.log.entries(0, 1_000_000)
    tree = Tree()
    for signed in entries:
        tree.append(leaf_hash(signed.payload + signed.signature))
    stamps = await room.log.newest(1_000_000)
    assert await room.log.size() == len(entries) > KILLS
    assert await room.log.root(len(entries)) == tree.root_at(len(entries))
    assert shown.items() <= {stamp.size: stamp.note for stamp in stamps}.items()
    assert all(stamp.note == note(stamp.size, tree.root_at(stamp.size)) for stamp in stamps)
    assert len(shown) > KILLS
    await room.close()
