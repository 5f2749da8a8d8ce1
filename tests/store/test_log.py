"""The log's rows: one order and one checkpoint of a size whoever writes, and exactly the tree of the entries."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from exchange.store.mailroom import Mailroom
from exchange.store.mailroom.log import Cosigned, Stamp
from keys.statement import Signed
from keys.suite import SIGNATURE_SIZE
from keys.transparency.merkle import EMPTY_ROOT, Tree, consistency_proof, inclusion_proof, leaf_hash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A = "northshire-childrens"


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Mailroom]:
    room = await Mailroom.open(database_url)
    yield room
    await room.close()


def entry(number: int, story: str = "") -> Signed:
    return Signed(f"{story}{number}".encode(), hashlib.shake_256(b"%d" % number).digest(SIGNATURE_SIZE))


def tree_of(entries: list[Signed]) -> Tree:
    tree = Tree()
    for signed in entries:
        tree.append(leaf_hash(signed.payload + signed.signature))
    return tree


def note(size: int, root: bytes) -> bytes:
    return f"{size} {root.hex()}".encode()


def stamp(entries: list[Signed]) -> Stamp:
    root = tree_of(entries).root_at(len(entries))
    return Stamp(len(entries), root, note(len(entries), root), 5)


async def fill(room: Mailroom, entries: list[Signed], *, signed_at: int | None = None) -> None:
    assert await room.log.append(0, entries)
    if signed_at is not None:
        (before,) = [found.size for found in await room.log.newest()] or [-1]
        assert await room.log.sign(before, note, 1) is not None


async def test_an_empty_log_has_an_empty_checkpoint(room: Mailroom) -> None:
    assert (await room.log.size(), await room.log.newest()) == (0, [])
    assert await room.log.sign(-1, note, 7) == Stamp(0, EMPTY_ROOT, note(0, EMPTY_ROOT), 7)
    assert await room.log.sign(0, note, 8) is None
    assert [found.size for found in await room.log.newest(5)] == [0]


@pytest.mark.parametrize("portions", [[1] * 20, [20], [3, 1, 7, 2, 5, 2]])
async def test_rows_are_the_tree_of_the_entries(room: Mailroom, portions: list[int]) -> None:
    entries: list[Signed] = []
    for count in portions:
        new = [entry(len(entries) + number) for number in range(count)]
        assert await room.log.append(len(entries), new)
        entries += new
    tree = tree_of(entries)
    for size in range(1, len(entries) + 1):
        assert await room.log.root(size) == tree.root_at(size)
        for other in range(size):
            assert await room.log.inclusion(other, size) == inclusion_proof(other, size, tree.nodes)
            assert await room.log.consistency(other, size) == consistency_proof(other, size, tree.nodes)
    assert await room.log.hashes(0, 4, 256) == [tree.nodes(0, index) for index in range(4, 20)]
    assert await room.log.hashes(2, 1, 2) == [tree.nodes(2, 1), tree.nodes(2, 2)]
    assert await room.log.entries(18, 10) == entries[18:]


async def test_whoever_is_not_first_appends_nothing(room: Mailroom) -> None:
    assert await room.log.append(0, [entry(0)])
    assert not await room.log.append(0, [entry(1)])
    assert not await room.log.append(2, [entry(1)])
    assert (await room.log.size(), await room.log.entries(0, 9)) == (1, [entry(0)])


async def test_many_processes_agree_on_one_order_and_one_checkpoint_of_each_size(database_url: str) -> None:
    rooms = [await Mailroom.open(database_url) for _ in range(4)]
    notes: list[bytes] = []

    async def append(room: Mailroom, mine: list[Signed]) -> None:
        for signed in mine:
            while not await room.log.append(await room.log.size(), [signed]):
                pass
            (before,) = [found.size for found in await room.log.newest()] or [-1]
            kept = await room.log.sign(before, note, 1)
            if kept is not None:
                notes.append(kept.note)

    parts = [[entry(number, f"{which}-") for number in range(12)] for which in range(len(rooms))]
    await asyncio.gather(*(append(room, mine) for room, mine in zip(rooms, parts, strict=True)))
    orders = [await room.log.entries(0, 100) for room in rooms]
    assert all(order == orders[0] for order in orders)
    assert sorted(signed.payload for signed in orders[0]) == sorted(
        signed.payload for part in parts for signed in part
    )
    tree = tree_of(orders[0])
    stamps = await rooms[0].log.newest(100)
    assert [found.root for found in stamps] == [tree.root_at(found.size) for found in stamps]
    assert sorted(notes) == sorted(found.note for found in stamps)
    for room in rooms:
        await room.close()


async def test_a_failed_signature_leaves_everything_as_it_was(room: Mailroom) -> None:
    def fails(_size: int, _root: bytes) -> bytes:
        raise ArithmeticError

    await fill(room, [entry(0)])
    with pytest.raises(ArithmeticError):
        await room.log.sign(-1, fails, 1)
    assert await room.log.newest() == []
    assert await room.log.sign(-1, note, 1) is not None


async def test_a_witness_has_one_line_under_a_checkpoint_the_newest(room: Mailroom) -> None:
    for at in (5, 9, 7):
        await room.log.cosign(Cosigned(3, A, at, b"line %d" % at))
    await room.log.cosign(Cosigned(4, A, 1, b"another"))
    assert await room.log.cosignatures(3) == [Cosigned(3, A, 9, b"line 9")]


# --- evidence ------------------------------------------------------------------------------------

ENTRIES = [entry(number) for number in range(9)]


async def test_what_is_no_news_is_no_trouble(room: Mailroom) -> None:
    await fill(room, ENTRIES[:5], signed_at=5)
    for size in (0, 1, 3, 5):
        assert await room.log.confront(stamp(ENTRIES[:size])) is None


async def test_a_larger_log_means_we_are_behind_and_sign_nothing_until_it_is_back(room: Mailroom) -> None:
    await fill(room, ENTRIES[:5], signed_at=5)
    for size in (7, 9, 8):
        found = await room.log.confront(stamp(ENTRIES[:size]))
        assert found is not None
        assert found.name == "behind"
    assert found is not None
    assert (found.size, await room.log.trouble()) == (9, found)
    assert await room.log.append(5, ENTRIES[5:8])
    assert await room.log.sign(5, note, 1) is None
    still = await room.log.confront(stamp(ENTRIES[:8]))  # those are back, and one is missing
    assert still == found
    assert await room.log.append(8, ENTRIES[8:])
    assert await room.log.confront(stamp(ENTRIES)) is None
    assert [found.size for found in await room.log.newest(9)] == [9, 8, 5]


@pytest.mark.parametrize("size", [3, 5])
async def test_another_log_of_a_size_that_we_signed_is_a_fork_for_good(room: Mailroom, size: int) -> None:
    await fill(room, ENTRIES[:5], signed_at=5)
    other = stamp([entry(number, "other") for number in range(size)])
    found = await room.log.confront(other)
    assert found is not None
    assert (found.name, found.note) == ("forked", other.note)
    assert await room.log.confront(stamp(ENTRIES[:5])) == found
    assert await room.log.append(5, ENTRIES[5:])
    assert await room.log.sign(5, note, 1) is None


async def test_entries_that_nothing_signed_covers_give_way(room: Mailroom) -> None:
    strangers = [entry(number, "stranger") for number in range(3)]
    await fill(room, ENTRIES[:5], signed_at=5)
    assert await room.log.append(5, strangers)
    found = await room.log.confront(stamp(ENTRIES[:8]))
    assert found is not None
    assert found.name == "behind"
    assert await room.log.truncate() == strangers
    assert await room.log.root(5) == tree_of(ENTRIES).root_at(5)
    assert await room.log.append(5, ENTRIES[5:])
    assert await room.log.confront(stamp(ENTRIES[:8])) is None
    assert await room.log.sign(8, note, 1) is not None
    assert await room.log.root(9) == tree_of(ENTRIES).root_at(9)


async def test_put_back_beside_the_evidence_it_is_a_fork(room: Mailroom) -> None:
    await fill(room, ENTRIES[:5], signed_at=5)
    await room.log.confront(stamp([*ENTRIES[:5], entry(5, "other")]))
    assert await room.log.append(5, ENTRIES[5:])
    found = await room.log.confront(stamp(ENTRIES[:8]))
    assert found is not None
    assert (found.name, found.size) == ("forked", 6)
