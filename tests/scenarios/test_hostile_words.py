"""A sender who checks nothing: the person who opens the words is told which rule they break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import spoken
from stage import demand_told

from exchange.desk.service.drafts import ReadBackDraft
from exchange.errors import ContentsRefused
from exchange.share.draft import reveal
from exchange.wire.contents import Emphasis, Fact, HearBackContents, Heard, Opinion
from keys.errors import Problem
from keys.record import new_id

if TYPE_CHECKING:
    from stage import Stage


WORDS: dict[str, dict[str, Any]] = {
    "opinion_rests_on_nothing": {"opinions": (spoken.opinion("O1", "It worries me.", rests_on=()),)},
    "opinion_rests_on_hidden": {"opinions": (spoken.opinion("O1", "It worries me.", rests_on=("F9",)),)},
    "fact_without_source": {"facts": (spoken.fact("F1", "A bruise was seen.", source=None),)},
    "fact_without_date": {"facts": (spoken.fact("F1", "A bruise was seen.", as_of=None),)},
    "date_absurd": {"facts": (spoken.fact("F1", "A bruise was seen.", as_of="2031"),)},
    "statement_ids": {"facts": (spoken.BRUISE, spoken.BRUISE)},
    "statements_missing": {"facts": (), "opinions": ()},
    "subject_missing": {"subjects": ()},
    "subject_informed_missing": {"subject_informed": ()},
    "category_missing": {"law_enforcement": True},
    "text_unprintable": {"purpose": "To help you. \u202egnihtemos"},
    "contents_disagree": {"step": new_id()},
}


def _plain(words: dict[str, Any]) -> dict[str, Any]:
    """A draft's statements as contents have them: without their audience."""
    made: dict[str, Any] = dict(words)
    for name, model in (("facts", Fact), ("opinions", Opinion)):
        if name in words:
            made[name] = tuple(
                model(**{field: value for field, value in one if field != "only_for"}) for one in words[name]
            )
    return made


@pytest.mark.parametrize("code", WORDS)
async def test_words_that_break_a_rule_are_refused_to_the_person_who_opens_them(
    stage: Stage, code: str
) -> None:
    sent = stage.school.share(spoken.share(stage.ruth), words=_plain(WORDS[code]))
    await stage.receive(sent)
    thread, desk = sent.step.slip.thread, stage.duty.desk
    ruth = await stage.duty.sign_in("Ruth Okafor")
    await desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    before = await desk.casebook.legs(thread)
    with pytest.raises(Problem) as refused:
        await desk.read(ruth, thread, 0)
    demand_told(refused.value, code)
    trail = [row.entry for row in await desk.casebook.audit()]
    assert ("words_refused", code) in [(entry.event, entry.code) for entry in trail]
    with pytest.raises(Problem):
        await desk.read_back(ruth, thread, 0, _any_read_back(sent.step.digest))
    assert await desk.casebook.legs(thread) == before
    view = await desk.show(ruth, thread)
    assert [step.words_refused for step in view.steps if step.kind == "share"] == [code]


def _any_read_back(version: str) -> Any:
    return ReadBackDraft(version=version, restatements=(), key_point="O1", will_do="Nothing.")


@pytest.mark.parametrize(
    "code",
    [
        "opinion_rests_on_nothing",
        "opinion_rests_on_hidden",
        "fact_without_source",
        "fact_without_date",
        "date_absurd",
        "statement_ids",
        "statements_missing",
        "subject_missing",
        "subject_informed_missing",
        "category_missing",
    ],
)
async def test_such_words_are_refused_at_the_sender_s_own_desk(stage: Stage, code: str) -> None:
    desk = stage.school.agency.desk
    with pytest.raises(ContentsRefused) as refused:
        await desk.share(stage.school.session, spoken.share(stage.ruth, **WORDS[code]))
    demand_told(refused.value, code)
    assert await desk.casebook.outbox(limit=10, size=2**20) == ()


async def test_a_reveal_of_another_ranking_is_refused_by_name(stage: Stage) -> None:
    town, desk = stage.town, stage.duty.desk
    helen = stage.school.session
    posted = await stage.school.agency.desk.share(helen, spoken.share(stage.ruth))
    await town.settle()
    ruth = await stage.duty.sign_in("Ruth Okafor")
    await desk.accept(ruth, posted.thread, 0, spoken.ACCEPTED)
    words = await desk.read(ruth, posted.thread, 0)
    await desk.read_back(ruth, posted.thread, 0, spoken.restated(words))
    await town.settle()
    file = await stage.school.agency.desk.files.load(posted.thread)
    waiting = file.status.legs[0].read_back
    other = Emphasis(weights={"F1": "context", "F4": "critical", "O1": "context"}, key_point="F4")
    heading = stage.school.heading(
        kind="hear_back",
        thread=posted.thread,
        leg=0,
        seq=0,
        prev=(waiting,),
        answers=waiting,
        to=(stage.ruth,),
        verdict="agreed",
    )
    heard = HearBackContents(
        step=heading.id,
        thread=posted.thread,
        agency=heading.author.agency,
        person=heading.author.person,
        kind="hear_back",
        read_back=waiting or "",
        heard=tuple(Heard(statement=name, understood=True) for name in ("F1", "F4", "O1")),
        reveal=reveal(other, bytes(32)),
    )
    await stage.receive(stage.school.compose(heading, heard))
    (leg,) = (await desk.show(ruth, posted.thread)).legs
    assert (leg.sender_emphasis, leg.emphasis_refused) == (None, "emphasis_disagrees")
    trail = [row.entry for row in await desk.casebook.audit()]
    assert ("words_refused", "emphasis_disagrees") in [(entry.event, entry.code) for entry in trail]
