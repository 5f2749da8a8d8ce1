"""Case 3: declined unread by the wrong person; files; an amendment that reopens what was closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import spoken

from exchange.desk.service import attaching
from exchange.desk.service.drafts import DeclineDraft
from exchange.errors import (
    AcceptFirst,
    AttachmentUnknown,
    ContentsDisagree,
    NotYours,
    StepNotAllowed,
    Superseded,
    ThreadUnknown,
    TooLarge,
)
from exchange.share.draft import DraftAttachment, DraftEmphasis
from exchange.store.casebook import Change
from exchange.wire import limits
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from doubles import Agency, Town

    from exchange.desk.people import Session

WRONG = DeclineDraft(reason="wrong-person", words="Another Ruth, I think.")
ORDER = b"%PDF-1.7 non-molestation order " * 100_000  # about 3 MiB


async def blocks(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def whole(found: attaching.Download) -> bytes:
    return b"".join([block async for block in found.blocks])


async def test_declined_unread_stays_unread(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ben = await school.sign_in("Helen Marsh"), await duty.sign_in("Ben Hale")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ben Hale")))).thread
    await town.settle()
    with pytest.raises(AcceptFirst):
        await duty.desk.read(ben, thread, 0)
    seen = await duty.desk.show(ben, thread)
    assert [step.words for step in seen.steps] == [None]
    assert (seen.steps[0].purpose, seen.steps[0].urgency) == ("significant-harm-enquiry", "today")
    await duty.desk.decline(ben, thread, 0, WRONG)
    await town.settle()
    for attempt in (duty.desk.read(ben, thread, 0), duty.desk.accept(ben, thread, 0, spoken.ACCEPTED)):
        with pytest.raises(StepNotAllowed):
            await attempt
    view = await school.desk.show(helen, thread)
    assert view.legs[0].state == "declined"
    assert getattr(view.steps[1].words, "reason", None) == "wrong-person"
    assert not view.closed
    assert "read" not in {row.entry.event for row in await duty.desk.casebook.audit()}


async def closed(town: Town, school: Agency, helen: Session, duty: Agency, ruth: Session) -> str:
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await town.settle()
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(words))
    await town.settle()
    return thread


async def test_an_amendment_reopens_until_it_was_restated_and_heard(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    thread = await closed(town, school, helen, duty, ruth)
    first = await duty.desk.read(ruth, thread, 0)
    smaller = spoken.fact("F1", "The class teacher saw a purple bruise, about 2 cm, behind Ellis's left ear.")
    amended = spoken.amendment(
        (0,),
        facts=(smaller,),
        retracted=("F4",),
        emphasis=DraftEmphasis(weights={"F1": "critical", "O1": "critical"}, key_point="F1"),
    )
    await school.desk.amend(helen, thread, amended)
    await town.settle()
    view = await duty.desk.show(ruth, thread)
    assert not view.closed
    (leg,) = view.legs
    assert (leg.state, leg.turn, leg.version_number) == ("corrected", "recipient", 2)
    assert leg.sender_emphasis is None  # the new ranking is blind again
    (row,) = (await duty.desk.inbox(ruth)).rows
    assert row.yours

    with pytest.raises(Superseded):
        await duty.desk.read_back(ruth, thread, 0, spoken.restated(first))
    second = await duty.desk.read(ruth, thread, 0)
    assert (second.words.change, second.words.retracted) == ("The bruise was 2 cm, not 3 cm.", ("F4",))
    with pytest.raises(StepNotAllowed):
        await school.desk.hear_back(helen, thread, 0, spoken.agreed(second))
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(second))
    await town.settle()
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(second))
    await town.settle()
    for desk, who in ((school.desk, helen), (duty.desk, ruth)):
        view = await desk.show(who, thread)
        assert view.closed
        assert view.legs[0].sender_emphasis is not None
        assert view.legs[0].sender_emphasis.key_point == "F1"


async def test_only_the_author_amends_hears_and_compares(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, tom = await school.sign_in("Helen Marsh"), await school.sign_in("Tom Reed")
    ruth = await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    with pytest.raises(StepNotAllowed):
        await school.desk.compare(helen, thread, 0)
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await town.settle()
    with pytest.raises(NotYours):
        await duty.desk.compare(ruth, thread, 0)
    for attempt in (
        duty.desk.amend(ruth, thread, spoken.amendment((0,))),
        duty.desk.hear_back(ruth, thread, 0, spoken.agreed(words)),
    ):
        with pytest.raises(NotYours):
            await attempt
    for refused in (
        school.desk.compare(tom, thread, 0),
        school.desk.hear_back(tom, thread, 0, spoken.agreed(words)),
        school.desk.amend(tom, thread, spoken.amendment((0,))),
    ):
        with pytest.raises(ThreadUnknown):
            await refused
    with pytest.raises(StepNotAllowed):  # it waits to be heard: not to be replaced
        await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))


async def attached(school: Agency, helen: Session, data: bytes) -> DraftAttachment:
    view = await school.desk.attach(helen, blocks(data))
    assert view.size == len(data)
    return DraftAttachment(
        handle=view.handle, name="order.pdf", media_type="application/pdf", why_needed="It is the order."
    )


def left_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.is_file()]


def carry(school: Agency, duty: Agency) -> None:
    """What the couriers and the hub do with sealed files."""
    for sealed in school.desk.config.blobs.iterdir():
        duty.desk.config.blobs.mkdir(exist_ok=True)
        (duty.desk.config.blobs / sealed.name).write_bytes(sealed.read_bytes())


async def test_a_file_goes_sealed_and_comes_out_whole(town: Town, tmp_path: Path) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    note = await attached(school, helen, ORDER)
    thread = (
        await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor"), attachments=(note,)))
    ).thread
    await school.desk.casebook.record(await _uploaded(school))
    await town.settle()
    with pytest.raises(AcceptFirst):
        await duty.desk.download(ruth, thread, 0, 0)
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    (described,) = (await duty.desk.read(ruth, thread, 0)).attachments
    assert (described.name, described.size, described.here) == ("order.pdf", len(ORDER), False)
    with pytest.raises(AttachmentUnknown):
        await duty.desk.download(ruth, thread, 0, 0)
    carry(school, duty)
    assert await whole(await duty.desk.download(ruth, thread, 0, 0)) == ORDER
    assert await whole(await school.desk.download(helen, thread, 0, 0)) == ORDER
    with pytest.raises(AttachmentUnknown):
        await duty.desk.download(ruth, thread, 0, 1)
    place = tmp_path / "saved.pdf"
    await attaching.save(await duty.desk.download(ruth, thread, 0, 0), place)
    assert place.read_bytes() == ORDER
    for desk in (school.desk, duty.desk):
        for file in desk.config.home.rglob("*"):
            assert not file.is_file() or b"non-molestation" not in file.read_bytes()


async def _uploaded(school: Agency) -> Change:
    rows = await school.desk.casebook.blobs("upload")
    return Change(blobs=tuple(replace(row, state="uploaded") for row in rows))


async def test_a_damaged_file_gives_out_not_one_byte(town: Town, tmp_path: Path) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    note = await attached(school, helen, ORDER)
    thread = (
        await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor"), attachments=(note,)))
    ).thread
    (sealed,) = school.desk.config.blobs.iterdir()
    good = sealed.read_bytes()
    for bad in (good[:-1], good[:-1] + bytes([good[-1] ^ 1]), good + b"\0", good[: len(good) // 2], b""):
        sealed.write_bytes(bad)
        with pytest.raises(Problem):
            await school.desk.download(helen, thread, 0, 0)
    sealed.write_bytes(good)
    found = await school.desk.download(helen, thread, 0, 0)
    sealed.write_bytes(good[:-1])  # while it goes out
    place = tmp_path / "saved.pdf"
    with pytest.raises(ContentsDisagree):
        await attaching.save(found, place)
    assert left_in(tmp_path) == []


async def test_a_handle_is_its_owner_s(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, tom = await school.sign_in("Helen Marsh"), await school.sign_in("Tom Reed")
    note = await attached(school, helen, b"order")
    for name in (note.handle, "../../etc/passwd", "x"):
        with pytest.raises(AttachmentUnknown):
            await school.desk.share(
                tom,
                spoken.share(
                    duty.person("Ruth Okafor"), attachments=(note.model_copy(update={"handle": name}),)
                ),
            )


async def test_a_file_that_is_too_large_leaves_nothing_behind(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = town["moorfield-primary"]
    helen = await school.sign_in("Helen Marsh")
    monkeypatch.setattr(limits, "ATTACHMENT", 100_000)
    with pytest.raises(TooLarge):
        await school.desk.attach(helen, blocks(bytes(100_001)))
    assert list(school.desk.config.blobs.iterdir()) == []
    assert (await school.desk.attach(helen, blocks(b""))).size == 0


async def test_an_amendment_that_names_the_version_it_replaces_replaces_no_other(town: Town) -> None:
    school, services = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    posted = await school.desk.share(helen, spoken.share(services.person("Ruth Okafor")))
    first = spoken.amendment((0,), replaces=(posted.digest,))
    await school.desk.amend(helen, posted.thread, first)
    with pytest.raises(Superseded):
        await school.desk.amend(helen, posted.thread, first)
    (leg,) = (await school.desk.show(helen, posted.thread)).legs
    assert leg.version_number == 2
    await school.desk.amend(helen, posted.thread, spoken.amendment((0,), replaces=(leg.version,)))
    await school.desk.amend(helen, posted.thread, spoken.amendment((0,)))
    (leg,) = (await school.desk.show(helen, posted.thread)).legs
    assert leg.version_number == 4
