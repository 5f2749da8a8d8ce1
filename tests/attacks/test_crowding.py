"""An admitted agency that sends more than anybody wants, so that what others send has no room."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import START
from hostile import HostileDesk

from exchange.desk import aside
from exchange.desk.people import Sessions
from exchange.desk.service.drafts import NoteDraft
from exchange.errors import SignInRefused, TooLarge, TooManyAttempts
from exchange.store.casebook import Change
from exchange.wire import limits
from exchange.wire.contents import NoteContents
from exchange.wire.slip import Party
from keys.errors import KeystoreLocked
from keys.record import new_id

if TYPE_CHECKING:
    from doubles import Town

    from exchange.desk.people import Session
    from exchange.desk.service.pen import Composed

SCHOOL, DUTY, PRACTICE = "moorfield-primary", "northshire-childrens", "rao-practice"


async def test_one_agencys_riddles_leave_room_for_another_s_honest_step(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What relies on a directory that this desk was not shown yet is held: for everybody alike."""
    monkeypatch.setattr(aside, "HELD_AT_MOST", 4)
    school, duty, practice = town[SCHOOL], town[DUTY], town[PRACTICE]
    ruth = duty.person("Ruth Okafor")
    rogue = HostileDesk(practice, await practice.sign_in("Dr Rao"))
    honest = HostileDesk(school, await school.sign_in("Helen Marsh"))
    head = school.desk.trust.log_head()
    ahead = {"log": head.model_copy(update={"size": head.size + 1})}
    riddles = [rogue.share(spoken.share(ruth), slip=ahead).envelope or b"" for _ in range(6)]
    for one in riddles:
        await duty.desk.receiver.receive([one], Change())
    sent = honest.share(spoken.share(ruth), slip=ahead)
    await duty.desk.receiver.receive([sent.envelope or b""], Change())
    held = {row.digest: row.agency for row in await duty.desk.casebook.held()}
    assert len(held) <= 5
    assert list(held.values()).count(SCHOOL) == 1


async def test_neither_do_riddles_in_the_name_of_whoever_does_not_exist(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can check who signed what cannot be explained yet: so a name costs nothing to invent."""
    monkeypatch.setattr(aside, "HELD_AT_MOST", 4)
    school, duty, practice = town[SCHOOL], town[DUTY], town[PRACTICE]
    ruth = duty.person("Ruth Okafor")
    rogue = HostileDesk(practice, await practice.sign_in("Dr Rao"))
    for number in range(8):
        author = rogue.heading().author.model_copy(update={"agency": f"invented-{number}"})
        sent = rogue.share(spoken.share(ruth), slip={"author": author})
        await duty.desk.receiver.receive([sent.envelope or b""], Change())
    honest = HostileDesk(school, await school.sign_in("Helen Marsh"))
    head = school.desk.trust.log_head()
    ahead = {"log": head.model_copy(update={"size": head.size + 1})}
    sent = honest.share(spoken.share(ruth), slip=ahead)
    await duty.desk.receiver.receive([sent.envelope or b""], Change())
    assert SCHOOL in [row.agency for row in await duty.desk.casebook.held()]


async def test_what_is_refused_does_not_fill_the_disk_either(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "REFUSED_WHOLE", 3)
    duty = town[DUTY]
    for number in range(6):
        await duty.desk.receiver.receive([b"RBE1 nonsense %d" % number], Change())
    kept = await duty.desk.casebook.refused()
    assert len(kept) == 6, "that something was refused, and what its digest was, is always on record"
    assert sum(bool(row.envelope) for row in kept) == 3


def _note(rogue: HostileDesk, thread: str, to: Party, seq: int, leg: int) -> Composed:
    heading = rogue.heading(kind="note", thread=thread, leg=leg, seq=seq, prev=(), to=(to,))
    author = heading.author
    words = NoteContents(
        step=heading.id,
        thread=thread,
        agency=author.agency,
        person=author.person,
        kind="note",
        words="And another thing.",
    )
    return rogue.compose(heading, words)


async def test_one_recipients_notes_leave_room_for_another_s_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STEPS_OF_ONE_AGENCY", 4)
    school, duty, practice = town[SCHOOL], town[DUTY], town[PRACTICE]
    helen = await school.sign_in("Helen Marsh")
    draft = spoken.share(duty.person("Ruth Okafor"), practice.person("Dr Rao"))
    posted = await school.desk.share(helen, draft)
    await town.settle()
    rogue = HostileDesk(practice, await practice.sign_in("Dr Rao"))
    sender = Party(agency=SCHOOL, person=helen.person)
    notes = [_note(rogue, posted.thread, sender, seq, 1) for seq in range(6)]
    await school.desk.receiver.receive([one.envelope or b"" for one in notes], Change())
    assert len(await school.desk.casebook.steps(posted.thread)) == 1 + 4
    ruth = await duty.sign_in("Ruth Okafor")
    await duty.desk.accept(ruth, posted.thread, 0, spoken.ACCEPTED)
    await town.settle()
    assert (await school.desk.show(helen, posted.thread)).legs[0].state == "accepted"


async def test_nobody_signs_what_the_others_would_refuse(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STEPS_OF_ONE_AGENCY", 3)
    school, duty = town[SCHOOL], town[DUTY]
    helen = await school.sign_in("Helen Marsh")
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))
    for _ in range(2):
        await school.desk.note(helen, posted.thread, 0, NoteDraft(words="A question."))
    with pytest.raises(TooLarge):
        await school.desk.note(helen, posted.thread, 0, NoteDraft(words="A question."))


async def test_shares_that_cite_a_request_are_counted_too(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STEPS_OF_ONE_AGENCY", 3)
    from exchange.desk.service.drafts import RequestDraft

    school, duty = town[SCHOOL], town[DUTY]
    ruth = await duty.sign_in("Ruth Okafor")
    asked = await duty.desk.request(
        ruth,
        RequestDraft(
            recipient=school.person("Helen Marsh"),
            purpose="significant-harm-enquiry",
            purpose_text="To decide whether to enquire.",
            basis=spoken.BASIS,
            subjects=(spoken.ELLIS,),
            asked=("What was seen?",),
            authority="We are making enquiries.",
        ),
    )
    await town.settle()
    rogue = HostileDesk(school, await school.sign_in("Helen Marsh"))
    to = duty.person("Ruth Okafor")
    answers = [rogue.share(spoken.share(to), slip={"answers": asked.digest}) for _ in range(5)]
    await duty.desk.receiver.receive([one.envelope or b"" for one in answers], Change())
    file = await duty.desk.files.load(asked.thread)
    assert len(file.citing) == 3


async def test_guessing_all_at_once_is_as_slow_as_one_by_one() -> None:
    tried: list[str] = []

    def unlock(person: str, passphrase: str) -> Session:
        tried.append(passphrase)
        raise KeystoreLocked

    from datetime import timedelta

    sessions = Sessions(
        "northshire-childrens",
        unlock,  # type: ignore[arg-type]  # it never gives a keyring
        idle=timedelta(minutes=15),
        longest=timedelta(hours=8),
    )
    person = new_id()
    guesses = (sessions.sign_in(person, f"guess {number}", START, 1) for number in range(40))
    ends = await asyncio.gather(*guesses, return_exceptions=True)
    assert len(tried) <= 7, "five free attempts, and what was under way when the fifth failed"
    assert {type(end) for end in ends} == {SignInRefused, TooManyAttempts}
