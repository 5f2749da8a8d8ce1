"""The step that closes, with one bit changed: it never closes, and nothing else moves either.

Two who could change it. A carrier (a hub, or somebody on the way) changes what it sees: the header, the wraps,
the body. Somebody who got inside the postal ring, and can seal anew to the mailbox as anybody can, changes the
slip, its signature or the words. Bits are sampled over the whole of each region, both ends among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
import spoken

from exchange.sealing import Letter, open_envelope, seal_envelope
from exchange.store.casebook import Change
from exchange.wire.envelope import parse_envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from doubles import Agency, Town

    from exchange.desk.people import Session

PLACES = 12  # of each region


@dataclass
class AboutToClose:
    """A share that waits for nothing but the hear-back, which is on its way."""

    duty: Agency
    ruth: Session
    thread: str
    envelope: bytes

    @property
    def letter(self) -> Letter:
        home = self.duty.desk.own.home
        return open_envelope(self.envelope, self.duty.name, home.keyring.opening).letter

    def sealed(self, letter: Letter) -> bytes:
        """The same envelope, as somebody else would seal it."""
        slot = self.duty.desk.trust.postal_slot(self.duty.name)
        return seal_envelope(parse_envelope(self.envelope).header.id, letter, [slot])

    async def stands(self) -> tuple[object, ...]:
        """Everything of the thread that a person or a later step could see."""
        book = self.duty.desk.casebook
        return await self.duty.desk.show(self.ruth, self.thread), await book.steps(self.thread)

    async def receive(self, *envelopes: bytes) -> None:
        await self.duty.desk.receiver.receive(list(envelopes), Change())


@pytest.fixture
async def waiting(town: Town) -> AboutToClose:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    share = spoken.share(duty.person("Ruth Okafor"), decision=spoken.DECISION)
    thread = (await school.desk.share(helen, share)).thread
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await town.settle()
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(words))
    ((_, envelope),) = [bag for bag in await town.postman.collect() if bag[0] == duty.name]
    return AboutToClose(duty, ruth, thread, envelope)


def changed(data: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """`data` with one bit changed, at places spread from `start` to `end`, the first and last byte too."""
    last = (len(data) if end is None else end) - 1
    for nth in range(PLACES):
        at = start + (last - start) * nth // (PLACES - 1)
        yield data[:at] + bytes([data[at] ^ 1 << nth % 8]) + data[at + 1 :]


def outside(region: str) -> Callable[[AboutToClose], list[bytes]]:
    def bad(waiting: AboutToClose) -> list[bytes]:
        ring = parse_envelope(waiting.envelope)
        header = 6 + len(ring.header_bytes)
        wraps = header + sum(map(len, ring.wraps))
        start, end = {"header": (0, header), "wraps": (header, wraps), "body": (wraps, None)}[region]
        return list(changed(waiting.envelope, start, end))

    return bad


def in_the_slip(waiting: AboutToClose) -> list[bytes]:
    letter = waiting.letter
    return [waiting.sealed(replace(letter, payload=one)) for one in changed(letter.payload)]


def in_the_signature(waiting: AboutToClose) -> list[bytes]:
    letter = waiting.letter
    return [waiting.sealed(replace(letter, signature=one)) for one in changed(letter.signature)]


def in_the_part(waiting: AboutToClose) -> list[bytes]:
    letter = waiting.letter
    (part,) = letter.parts
    return [waiting.sealed(replace(letter, parts=(one,))) for one in changed(part)]


REGIONS = {region: outside(region) for region in ("header", "wraps", "body")} | {
    "slip": in_the_slip,
    "signature": in_the_signature,
    "part": in_the_part,
}


@pytest.mark.parametrize("region", REGIONS)
async def test_a_hear_back_with_a_bit_changed_closes_nothing(waiting: AboutToClose, region: str) -> None:
    before = await waiting.stands()
    bad = REGIONS[region](waiting)
    assert len(set(bad) - {waiting.envelope}) == PLACES
    for one in bad:
        await waiting.receive(one)
        assert await waiting.stands() == before
    book = waiting.duty.desk.casebook
    # Where the bit named another key or another log, the desk waits for that, and it never comes.
    assert len(await book.refused()) + await book.held_count() == PLACES
    for cause in ("roster", "directory"):
        await waiting.duty.desk.receiver.retry(cause)
    assert await waiting.stands() == before
    await waiting.receive(waiting.sealed(waiting.letter))  # what was changed above, unchanged, closes
    assert (await waiting.duty.desk.show(waiting.ruth, waiting.thread)).closed
