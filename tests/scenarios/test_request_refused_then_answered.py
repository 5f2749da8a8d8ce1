"""Case 4: a request is refused with reasons, asked again on new grounds, and answered with a share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import spoken

from exchange.desk.service.asked import Asked
from exchange.desk.service.drafts import DecisionDraft, NoteDraft, RefuseDraft, RequestDraft, WithdrawDraft
from exchange.errors import ContentsRefused, NotYours, StepNotAllowed, ThreadUnknown
from exchange.share.draft import DecisionNote
from exchange.wire.contents import Subject
from exchange.wire.slip import Basis

if TYPE_CHECKING:
    from doubles import Town

    from exchange.wire.slip import Party

MOTHER = Subject(name="Ellis's mother", identifier_omitted="not-known")
NO = RefuseDraft(
    reason="not-necessary",
    words="This is an adult's health, and no risk to a child is stated.",
    would_change="A statutory gateway, and one question.",
    decision=DecisionNote(
        reasons=("Not necessary for attendance support.",),
        advised_by=("Caldicott guardian",),
        advice="Agreed, on a copy without names.",
    ),
)


def ask(recipient: Party, **more: Any) -> RequestDraft:
    said: dict[str, Any] = {
        "purpose": "attendance-support",
        "purpose_text": "To understand Ellis's absences.",
        "basis": Basis(code="none-claimed"),
        "subjects": (MOTHER,),
        "asked": ("Everything you have about the mother's mental health.",),
        "authority": "We need it.",
        **more,
    }
    return RequestDraft(recipient=recipient, **said)


def ask_again(recipient: Party, refusal: str) -> RequestDraft:
    return ask(
        recipient,
        purpose="safeguarding-child-at-risk",
        purpose_text="To protect Ellis.",
        basis=spoken.BASIS,
        subjects=(spoken.ELLIS,),
        asked=("Has anyone in the practice seen injuries on Ellis in 2026?",),
        authority="Children Act 1989 section 47.",
        answers=refusal,
        new_grounds="A bruise that nobody has explained.",
    )


async def test_refused_told_asked_again_and_shared(town: Town) -> None:
    school, gp = town["moorfield-primary"], town["rao-practice"]
    tom, rao = await school.sign_in("Tom Reed"), await gp.sign_in("Dr Rao")
    first = await school.desk.request(tom, ask(gp.person("Dr Rao")))
    await town.settle()
    (row,) = (await gp.desk.inbox(rao)).rows
    assert (row.kind, row.state, row.yours) == ("request", "requested", True)

    refused = await gp.desk.refuse(rao, first.thread, NO)
    await town.settle()
    view = await school.desk.show(tom, first.thread)
    assert view.request == "refused"
    (refusal,) = [step for step in view.steps if step.kind == "refuse"]
    assert getattr(refusal.words, "would_change", None) == "A statutory gateway, and one question."
    assert refused.decision is not None

    second = await school.desk.request(tom, ask_again(gp.person("Dr Rao"), refusal.digest))
    await town.settle()
    asked = next(row for row in (await gp.desk.inbox(rao)).rows if row.thread == second.thread)
    question = (await gp.desk.show(rao, asked.thread)).steps[0].digest
    answer = await gp.desk.share(
        rao, spoken.share(school.person("Tom Reed"), answers=question, decision=spoken.DECISION)
    )
    await town.settle()
    for desk, who in ((school.desk, tom), (gp.desk, rao)):
        view = await desk.show(who, second.thread)
        assert view.request == "answered"
        assert view.answered_by == (answer.thread,)
        assert [row.thread for row in (await desk.inbox(who)).rows] == [answer.thread]
    assert (await school.desk.show(tom, first.thread)).request == "refused"


async def test_decisions_never_leave_the_desk(town: Town) -> None:
    school, gp = town["moorfield-primary"], town["rao-practice"]
    tom, rao = await school.sign_in("Tom Reed"), await gp.sign_in("Dr Rao")
    asked = await school.desk.request(tom, ask(gp.person("Dr Rao")))
    await town.settle()
    before = len(town.postman.carried)
    refused = await gp.desk.refuse(rao, asked.thread, NO)
    alone = await gp.desk.decide(
        rao, DecisionDraft(outcome="do_not_share", reasons=("Nobody asked; no risk seen.",))
    )
    await town.settle()
    assert len(town.postman.carried) == before + 1  # the refusal
    for digest in (refused.decision, alone.digest):
        assert digest is not None
        assert await school.desk.casebook.step(digest) is None
        row = await gp.desk.casebook.step(digest)
        assert row is not None
        (step,) = (await gp.desk.show(rao, row.thread)).steps
        assert getattr(step.words, "outcome", None) == "do_not_share"
    (decided,) = (await gp.desk.show(rao, alone.thread)).steps
    assert decided.kind == "decision"
    assert {row.kind for row in (await gp.desk.inbox(rao, Asked(list="over"))).rows} == {
        "request",
        "decision",
    }


async def test_a_share_s_decision_is_its_author_s_alone_to_see(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, tom = await school.sign_in("Helen Marsh"), await school.sign_in("Tom Reed")
    posted = await school.desk.share(
        helen, spoken.share(duty.person("Ruth Okafor"), decision=spoken.DECISION)
    )
    assert posted.decision is not None
    row = await school.desk.casebook.step(posted.decision)
    assert row is not None
    assert row.answers == posted.digest
    (step,) = (await school.desk.show(helen, row.thread)).steps
    assert getattr(step.words, "advised_by", None) == ("the head",)
    with pytest.raises(ThreadUnknown):
        await school.desk.show(tom, row.thread)


async def test_who_may_answer_and_what(town: Town) -> None:
    school, duty, gp = (town[name] for name in ("moorfield-primary", "northshire-childrens", "rao-practice"))
    tom, rao, ruth = (
        await school.sign_in("Tom Reed"),
        await gp.sign_in("Dr Rao"),
        await duty.sign_in("Ruth Okafor"),
    )
    asked = await school.desk.request(tom, ask(gp.person("Dr Rao")))
    await town.settle()
    with pytest.raises(NotYours):
        await school.desk.refuse(tom, asked.thread, NO)
    with pytest.raises(ThreadUnknown):
        await duty.desk.share(ruth, spoken.share(school.person("Tom Reed"), answers=asked.digest))
    with pytest.raises(ThreadUnknown):
        await school.desk.request(tom, ask_again(gp.person("Dr Rao"), "0" * 64))
    await school.desk.note(tom, asked.thread, None, NoteDraft(words="Any news?"))
    await school.desk.withdraw(tom, asked.thread, None, WithdrawDraft(reason="No longer needed."))
    await town.settle()
    assert (await gp.desk.show(rao, asked.thread)).request == "withdrawn"
    with pytest.raises(StepNotAllowed):
        await gp.desk.refuse(rao, asked.thread, NO)


async def test_asking_again_needs_new_grounds(town: Town) -> None:
    school, gp = town["moorfield-primary"], town["rao-practice"]
    tom, rao = await school.sign_in("Tom Reed"), await gp.sign_in("Dr Rao")
    asked = await school.desk.request(tom, ask(gp.person("Dr Rao")))
    await town.settle()
    refused = await gp.desk.refuse(rao, asked.thread, NO)
    await town.settle()
    with pytest.raises(ContentsRefused) as problem:
        await school.desk.request(tom, ask(gp.person("Dr Rao"), answers=refused.digest))
    assert problem.value.code == "new_grounds_missing"
