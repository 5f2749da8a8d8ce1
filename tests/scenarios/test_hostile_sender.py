"""A sender who checks nothing: each rule holds at the recipient's desk too, by name, and nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import PASSPHRASE, START
from hostile import HostileDesk

from exchange.desk.service.drafts import ReadBackDraft
from exchange.errors import ContentsRefused
from exchange.share.draft import reveal
from exchange.store.casebook import Change
from exchange.wire.contents import Emphasis, Fact, HearBackContents, Heard, Opinion
from exchange.wire.slip import Basis, Party
from keys.ceremony.people import renew_person, renew_roster, revoke_person_key
from keys.errors import Problem
from keys.keystore import Passphrase
from keys.record import format_time, new_id
from keys.suite import SigningKey

if TYPE_CHECKING:
    from doubles import Agency, Town

    from exchange.desk.service.pen import Composed


@dataclass
class Stage:
    """A hostile school, and children's services who take what comes."""

    town: Town
    school: HostileDesk
    duty: Agency

    @property
    def ruth(self) -> Party:
        return self.duty.person("Ruth Okafor")

    async def receive(self, *composed: Composed) -> None:
        envelopes = [one.envelope for one in composed if one.envelope]
        await self.duty.desk.receiver.receive(envelopes, Change())

    async def refusals(self) -> list[str]:
        return [row.code for row in await self.duty.desk.casebook.refused()]

    async def demand_refused(self, composed: Composed, code: str) -> None:
        """The desk refuses it by this name, tells nobody, and stands where it stood."""
        book = self.duty.desk.casebook
        before = len(await book.audit())
        await self.receive(composed)
        assert await self.refusals() == [code]
        trail = [row.entry for row in (await book.audit())[before:]]
        assert code in [entry.code for entry in trail]
        assert {entry.event for entry in trail} == {"refused"}
        assert await book.steps(composed.step.slip.thread) == ()
        assert await book.thread(composed.step.slip.thread) is None
        assert await book.outbox(limit=10, size=2**20) == ()
        assert await book.broken_audit() is None


@pytest.fixture
async def stage(town: Town) -> Stage:
    school = town["moorfield-primary"]
    return Stage(town, HostileDesk(school, await school.sign_in("Helen Marsh")), town["northshire-childrens"])


SLIPS: dict[str, dict[str, Any]] = {
    "purpose_missing": {"purpose": None},
    "purpose_unknown": {"purpose": "because-we-can"},
    "basis_missing": {"basis": None},
    "basis_unknown": {"basis": Basis(code="we-need-it")},
    "basis_incomplete": {"basis": Basis(code="public-task")},
    "basis_not_for_this": {"basis": Basis(code="none-claimed")},
    "slip_out_of_time": {
        "expires": format_time(START + timedelta(seconds=-1)),
        "created": "2026-11-01T00:00:00Z",
        "due": "2026-11-23T16:00:00Z",
    },
    "date_absurd": {"due": "2029-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("code", SLIPS)
async def test_a_slip_that_breaks_a_rule(stage: Stage, code: str) -> None:
    await stage.demand_refused(stage.school.share(spoken.share(stage.ruth), slip=SLIPS[code]), code)


@pytest.mark.parametrize(
    "code",
    [
        "purpose_missing",
        "purpose_unknown",
        "basis_missing",
        "basis_unknown",
        "basis_incomplete",
        "basis_not_for_this",
        "date_absurd",
    ],
)
async def test_the_same_is_refused_at_the_sender_s_own_desk(stage: Stage, code: str) -> None:
    desk = stage.school.agency.desk
    draft = spoken.share(stage.ruth, **SLIPS[code])
    with pytest.raises(ContentsRefused) as refused:
        await desk.share(stage.school.session, draft)
    assert code in [problem.code for problem in refused.value.problems]
    assert await desk.casebook.outbox(limit=10, size=2**20) == ()
    assert await desk.inbox(stage.school.session) == ()


async def test_a_slip_from_the_future(stage: Stage) -> None:
    ahead = START + timedelta(hours=1)
    slip = {
        "created": format_time(ahead),
        "expires": format_time(ahead + timedelta(days=1)),
        "due": format_time(ahead + timedelta(hours=1)),
    }
    await stage.demand_refused(stage.school.share(spoken.share(stage.ruth), slip=slip), "slip_out_of_time")


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
    assert refused.value.code == code
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
    assert code in [problem.code for problem in refused.value.problems]
    assert await desk.casebook.outbox(limit=10, size=2**20) == ()


async def test_somebody_whom_the_roster_does_not_know(stage: Stage) -> None:
    nobody = Party(agency=stage.duty.name, person=new_id())
    own = stage.school.agency.desk
    with pytest.raises(ContentsRefused) as refused:
        await own.share(stage.school.session, spoken.share(nobody))
    assert (refused.value.code, refused.value.where) == ("recipient_unknown", "recipients[0]")
    slots = own.trust.sealing_key(stage.ruth, own.now())
    sent = stage.school.share(spoken.share(nobody), slots=[slots])
    await stage.demand_refused(sent, "recipient_unknown")


async def test_a_role_that_is_not_there(stage: Stage) -> None:
    nobody = Party(agency=stage.duty.name, role=new_id())
    key = stage.school.agency.desk.trust.sealing_key(stage.ruth, START)
    await stage.demand_refused(stage.school.share(spoken.share(nobody), slots=[key]), "recipient_unknown")


async def test_a_revoked_key(stage: Stage) -> None:
    own, home = stage.school.agency.desk, stage.duty.home
    old = own.trust.sealing_key(stage.ruth, START)
    revoke_person_key(home, person=stage.ruth.person or "", key_id=old.key_id, now=START)
    await stage.duty.desk.own.refresh()
    honest = spoken.share(stage.ruth)
    late = stage.school.share(honest, slots=[old])
    await stage.demand_refused(late, "recipient_key_revoked")
    await stage.town.settle()
    with pytest.raises(ContentsRefused) as refused:
        await own.share(stage.school.session, honest)
    assert refused.value.code == "recipient_key_revoked"


async def test_an_old_key_beside_the_new_one_is_still_revoked(stage: Stage) -> None:
    own, home = stage.school.agency.desk, stage.duty.home
    person = stage.ruth.person or ""
    old = own.trust.sealing_key(stage.ruth, START)
    revoke_person_key(home, person=person, key_id=old.key_id, now=START)
    renew_person(home, person=person, passphrase=Passphrase(PASSPHRASE), now=START)
    await stage.duty.desk.own.refresh()
    await stage.town.settle()
    new = own.trust.sealing_key(stage.ruth, START)
    both = stage.school.share(spoken.share(stage.ruth), slots=[new, old])
    await stage.demand_refused(both, "recipient_key_revoked")


async def test_an_expired_key(stage: Stage) -> None:
    own, duty = stage.school.agency.desk, stage.duty
    old = own.trust.sealing_key(stage.ruth, START)
    later = START + timedelta(days=800)
    for home in (stage.school.agency.home, duty.home):
        renew_roster(home, now=later)
    renew_person(
        stage.school.agency.home,
        person=stage.school.session.person,
        passphrase=Passphrase(PASSPHRASE),
        now=later,
    )
    stage.town.clock.now = later
    for agency in (stage.school.agency, duty):
        await agency.desk.own.refresh()
    await stage.town.settle()
    stage.school.session = await stage.school.agency.sign_in("Helen Marsh")
    with pytest.raises(ContentsRefused) as refused:
        await own.share(stage.school.session, spoken.share(stage.ruth))
    assert refused.value.code == "recipient_key_expired"
    late = stage.school.share(spoken.share(stage.ruth), slots=[old])
    await stage.demand_refused(late, "recipient_key_expired")


async def test_no_slot_for_the_person_named(stage: Stage) -> None:
    ben = stage.school.agency.desk.trust.sealing_key(stage.duty.person("Ben Hale"), START)
    await stage.demand_refused(stage.school.share(spoken.share(stage.ruth), slots=[ben]), "not_for_me")


async def test_somebody_else_s_signature(stage: Stage) -> None:
    forged = stage.school.share(spoken.share(stage.ruth), key=SigningKey.generate())
    await stage.demand_refused(forged, "signature_invalid")


async def test_a_colleague_s_name_under_one_s_own_key(stage: Stage) -> None:
    heading = stage.school.heading()
    tom = stage.school.agency.person("Tom Reed").person
    author = heading.author.model_copy(update={"person": tom})
    sent = stage.school.share(spoken.share(stage.ruth), slip={"author": author})
    await stage.receive(sent)
    assert [row.code for row in await stage.duty.desk.casebook.held()] == ["signer_unknown"]
    assert await stage.duty.desk.casebook.steps(sent.step.slip.thread) == ()


async def test_a_revoked_signer(stage: Stage) -> None:
    school = stage.school.agency
    sent = stage.school.share(spoken.share(stage.ruth))
    revoke_person_key(
        school.home, person=stage.school.session.person, key_id=sent.step.slip.author.key, now=START
    )
    await school.desk.own.refresh()
    await stage.town.settle()
    await stage.demand_refused(sent, "signer_key_revoked")


async def test_another_directory(stage: Stage) -> None:
    head = stage.school.agency.desk.trust.log_head().model_copy(update={"root": "0" * 64})
    await stage.demand_refused(
        stage.school.share(spoken.share(stage.ruth), slip={"log": head}), "log_disagrees"
    )
    assert [alarm.name for alarm in await stage.duty.desk.casebook.alarms()] == ["log_disagrees"]


async def test_a_longer_directory_is_waited_for(stage: Stage) -> None:
    head = stage.school.agency.desk.trust.log_head()
    ahead = head.model_copy(update={"size": head.size + 1})
    sent = stage.school.share(spoken.share(stage.ruth), slip={"log": ahead})
    await stage.receive(sent)
    assert [row.code for row in await stage.duty.desk.casebook.held()] == ["directory_behind"]
    await stage.duty.desk.receiver.retry("directory")
    assert await stage.duty.desk.casebook.held_count() == 1
    assert await stage.duty.desk.casebook.steps(sent.step.slip.thread) == ()


async def test_a_letter_sealed_on_to_somebody_else(stage: Stage) -> None:
    rao = stage.town["rao-practice"]
    sent = stage.school.share(spoken.share(stage.ruth), mailboxes=["rao-practice"])
    assert sent.envelope is not None
    await rao.desk.receiver.receive([sent.envelope], Change())
    assert [row.code for row in await rao.desk.casebook.refused()] == ["header_disagrees"]


async def test_any_bit_changed(stage: Stage) -> None:
    sent = stage.school.share(spoken.share(stage.ruth))
    assert sent.envelope is not None
    step = max(1, len(sent.envelope) // 60)
    bad = [
        sent.envelope[:at] + bytes([sent.envelope[at] ^ (1 << at % 8)]) + sent.envelope[at + 1 :]
        for at in range(0, len(sent.envelope), step)
    ]
    await stage.duty.desk.receiver.receive(bad, Change())
    assert await stage.duty.desk.casebook.steps(sent.step.slip.thread) == ()
    assert len(await stage.refusals()) == len(bad)
    await stage.receive(sent)
    assert len(await stage.duty.desk.casebook.steps(sent.step.slip.thread)) == 1


async def test_one_bad_envelope_does_not_hold_up_the_others(stage: Stage) -> None:
    good, bad = (stage.school.share(spoken.share(stage.ruth)) for _ in range(2))
    assert good.envelope is not None
    assert bad.envelope is not None
    await stage.duty.desk.receiver.receive([bad.envelope[:-1], good.envelope, b""], Change())
    assert len(await stage.duty.desk.casebook.steps(good.step.slip.thread)) == 1
    assert len(await stage.refusals()) == 2


async def test_what_comes_twice_counts_once(stage: Stage) -> None:
    sent = stage.school.share(spoken.share(stage.ruth))
    await stage.receive(sent, sent)
    await stage.receive(sent)
    assert len(await stage.duty.desk.casebook.steps(sent.step.slip.thread)) == 1
    assert await stage.refusals() == []


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
