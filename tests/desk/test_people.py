"""Sessions: hashed, bounded in time, closed with their keys."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from exchange.desk import people
from exchange.desk.pace import FREE_ATTEMPTS, WAITING_FROM_ONE
from exchange.desk.people import Sessions, lock_when_idle
from exchange.errors import SessionEnded, SignInRefused, TooManyAttempts
from keys.errors import Malformed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Ring:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Lock:
    def __init__(self) -> None:
        self.rings: list[Ring] = []

    def __call__(self, person: str, passphrase: str) -> Ring:
        if passphrase != f"right for {person}":
            raise Malformed
        self.rings.append(Ring())
        return self.rings[-1]


@pytest.fixture
def lock() -> Lock:
    return Lock()


@pytest.fixture
def sessions(lock: Lock) -> Sessions:
    return Sessions("moorfield-primary", lock, idle=15 * MINUTE, longest=timedelta(hours=8))


async def test_the_token_is_not_kept(sessions: Sessions) -> None:
    token = await sessions.sign_in("ann", "right for ann", NOON, 1)
    assert sessions.find(token, NOON).person == "ann"
    assert token not in repr(vars(sessions))
    assert len(token) >= 43


async def test_a_wrong_passphrase_opens_nothing(sessions: Sessions) -> None:
    with pytest.raises(SignInRefused):
        await sessions.sign_in("ann", "right for bob", NOON, 1)
    with pytest.raises(SessionEnded):
        sessions.find("", NOON)
    with pytest.raises(SessionEnded):
        sessions.find("a\udcb1b", NOON)  # half a letter, as a byte that is no UTF-8 becomes


async def test_keys_are_closed_also_where_nobody_asks_any_more(
    sessions: Sessions, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "LOCK_EVERY", 0.001)
    clock = [NOON]
    await sessions.sign_in("ann", "right for ann", NOON, 1)
    locking = asyncio.create_task(lock_when_idle(sessions, lambda: clock[0]))
    clock[0] += 15 * MINUTE - timedelta(seconds=1)
    await asyncio.sleep(0.05)
    assert not lock.rings[0].closed
    clock[0] += timedelta(seconds=1)
    await asyncio.sleep(0.5)
    assert lock.rings[0].closed
    locking.cancel()


async def test_an_idle_session_ends_and_its_keys_are_closed(sessions: Sessions, lock: Lock) -> None:
    token = await sessions.sign_in("ann", "right for ann", NOON, 1)
    sessions.find(token, NOON + 14 * MINUTE)
    sessions.find(token, NOON + 28 * MINUTE)
    with pytest.raises(SessionEnded):
        sessions.find(token, NOON + 43 * MINUTE)
    assert lock.rings[0].closed


async def test_no_use_keeps_a_session_beyond_its_longest_time(sessions: Sessions, lock: Lock) -> None:
    token = await sessions.sign_in("ann", "right for ann", NOON, 1)
    for step in range(1, 48):
        sessions.find(token, NOON + step * 10 * MINUTE)
    with pytest.raises(SessionEnded):
        sessions.find(token, NOON + timedelta(hours=8))
    assert lock.rings[0].closed


async def test_sign_out_ends_one_and_the_end_ends_all(sessions: Sessions, lock: Lock) -> None:
    first = await sessions.sign_in("ann", "right for ann", NOON, 1)
    second = await sessions.sign_in("ann", "right for ann", NOON, 1)
    sessions.sign_out(first)
    sessions.sign_out(first)
    with pytest.raises(SessionEnded):
        sessions.find(first, NOON)
    assert sessions.find(second, NOON).person == "ann"
    sessions.end_all()
    with pytest.raises(SessionEnded):
        sessions.find(second, NOON)
    assert all(ring.closed for ring in lock.rings)


async def test_a_suspended_person_is_out_at_once(sessions: Sessions) -> None:
    ann = await sessions.sign_in("ann", "right for ann", NOON, 1)
    bob = await sessions.sign_in("bob", "right for bob", NOON, 1)
    sessions.end("ann")
    with pytest.raises(SessionEnded):
        sessions.find(ann, NOON)
    assert sessions.find(bob, NOON).person == "bob"


async def test_guessing_is_slowed_for_that_person_alone_and_never_locks_out(sessions: Sessions) -> None:
    for _ in range(FREE_ATTEMPTS + 3):
        with pytest.raises((SignInRefused, TooManyAttempts)):
            await sessions.sign_in("ann", "guess", NOON, 1)
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in("ann", "right for ann", NOON, 1)
    await sessions.sign_in("bob", "right for bob", NOON, 1)
    later = NOON + MINUTE
    token = await sessions.sign_in("ann", "right for ann", later, 1)
    assert sessions.find(token, later).person == "ann"


async def test_a_stranger_elsewhere_cannot_slow_somebody_down(sessions: Sessions) -> None:
    for _ in range(FREE_ATTEMPTS + 3):
        with pytest.raises((SignInRefused, TooManyAttempts)):
            await sessions.sign_in("ann", "a guess", NOON, 1, source="203.0.113.9")
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in("ann", "right for ann", NOON, 1, source="203.0.113.9")
    assert await sessions.sign_in("ann", "right for ann", NOON, 1, source="192.0.2.1")


async def test_a_name_that_is_nobodys_is_refused_as_a_wrong_passphrase_is(
    sessions: Sessions, lock: Lock
) -> None:
    for stand_in, passphrase in (("ann", "a guess"), ("ann", "right for ann"), (None, "a guess")):
        with pytest.raises(SignInRefused):
            await sessions.sign_in_nobody("Nobody Here", stand_in, passphrase, NOON)
    assert [ring.closed for ring in lock.rings] == [True]
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises((SignInRefused, TooManyAttempts)):
            await sessions.sign_in_nobody("Nobody Here", "ann", "a guess", NOON)
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in_nobody("Nobody Here", "ann", "a guess", NOON)
    assert await sessions.sign_in("ann", "right for ann", NOON, 1)


async def test_one_place_cannot_fill_the_queue_for_the_costly_part() -> None:
    release = threading.Event()

    def slow(person: str, passphrase: str) -> Ring:
        release.wait(10)
        return Ring()

    sessions = Sessions("moorfield-primary", slow, idle=15 * MINUTE, longest=timedelta(hours=8))
    crowd = [
        asyncio.create_task(sessions.sign_in(f"p{number}", "any", NOON, 1, source="203.0.113.9"))
        for number in range(WAITING_FROM_ONE)
    ]
    await asyncio.sleep(0.01)
    with pytest.raises(TooManyAttempts):
        await sessions.sign_in("ann", "any", NOON, 1, source="203.0.113.9")
    mine = asyncio.create_task(sessions.sign_in("ann", "any", NOON, 1, source="192.0.2.1"))
    await asyncio.sleep(0.01)
    release.set()
    assert len(await asyncio.gather(*crowd, mine)) == WAITING_FROM_ONE + 1
    assert await sessions.sign_in("bob", "any", NOON, 1, source="203.0.113.9")  # the queue is empty again
