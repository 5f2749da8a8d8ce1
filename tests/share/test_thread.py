"""One story at a time: what a thread's status is, and why a step had no effect."""

from __future__ import annotations

import pytest
from thread_steps import (
    COLLEAGUE,
    DUTY,
    LEAD,
    MIDWIFE,
    NURSE,
    PARTY_OF_LEAD,
    PARTY_OF_NURSE,
    SECOND_WORKER,
    SOCIAL_WORKER,
    STRANGER,
    Table,
    make,
)

from exchange.errors import NotYours
from exchange.share.lifecycle import State
from exchange.share.thread import Why, admit, fold, heads, next_seq, whose_turn
from exchange.wire import limits
from exchange.wire.slip import Author, Party


def closed_table() -> Table:
    table = Table()
    table.lay("accept", SOCIAL_WORKER)
    table.lay("read_back", SECOND_WORKER)
    table.lay("hear_back", LEAD, verdict="agreed")
    return table


def test_a_share_closes_on_the_agreed_hear_back_and_an_amendment_reopens_it() -> None:
    table = closed_table()
    leg = table.status.legs[0]
    assert (leg.state, leg.version_number, leg.read_back_by) == (State.CLOSED, 1, SECOND_WORKER.person)
    assert table.status.closed
    assert whose_turn(table.status, 0) is None
    amendment = table.lay("amend", LEAD, due="2026-11-20T17:00:00Z")
    leg = table.status.legs[0]
    assert (leg.state, leg.version, leg.version_number) == (State.CORRECTED, amendment.digest, 2)
    assert leg.due == "2026-11-20T17:00:00Z"
    assert not table.status.closed
    assert whose_turn(table.status, 0) == "recipient"


def test_each_recipient_closes_alone_and_the_share_when_no_leg_is_open() -> None:
    table = Table(DUTY, PARTY_OF_NURSE)
    table.lay("accept", NURSE, 1)
    table.lay("read_back", NURSE, 1)
    table.lay("hear_back", LEAD, 1, verdict="agreed")
    assert [leg.state for leg in table.status.legs] == [State.SENT, State.CLOSED]
    assert not table.status.closed
    table.lay("decline", SOCIAL_WORKER, 0)
    assert table.status.closed


def test_a_share_that_everybody_declined_is_not_closed() -> None:
    table = Table()
    table.lay("decline", SOCIAL_WORKER)
    assert table.status.legs[0].state is State.DECLINED
    assert not table.status.closed


def test_a_hear_back_on_a_superseded_read_back_changes_nothing() -> None:
    table = Table()
    table.lay("accept", SOCIAL_WORKER)
    first = table.lay("read_back", SOCIAL_WORKER)
    table.lay("amend", LEAD)
    late = table.lay("hear_back", LEAD, verdict="agreed", answers=first.digest)
    assert table.status.legs[0].state is State.CORRECTED
    assert table.status.without_effect == {late.digest: Why.SUPERSEDED}


def test_a_read_back_of_a_superseded_version_changes_nothing() -> None:
    table = Table()
    table.lay("accept", SOCIAL_WORKER)
    table.lay("amend", LEAD)
    old = table.lay("read_back", SOCIAL_WORKER, answers=table.opening.digest)
    assert table.status.without_effect == {old.digest: Why.SUPERSEDED}


def test_an_acceptance_that_crosses_an_amendment_still_counts() -> None:
    table = Table()
    amendment = table.lay("amend", LEAD)
    crossing = {"prev": (table.opening.digest,), "answers": table.opening.digest}
    table.lay("accept", SOCIAL_WORKER, **crossing)
    leg = table.status.legs[0]
    assert (leg.state, leg.version) == (State.ACCEPTED, amendment.digest)


def test_a_second_read_back_does_not_replace_the_one_that_waits() -> None:
    table = Table()
    table.lay("accept", SOCIAL_WORKER)
    first = table.lay("read_back", SOCIAL_WORKER)
    second = table.lay("read_back", SECOND_WORKER, salt="other words")
    assert table.status.legs[0].read_back == first.digest
    assert table.status.without_effect == {second.digest: Why.NOT_ALLOWED}


@pytest.mark.parametrize("who", [COLLEAGUE, STRANGER, SOCIAL_WORKER])
def test_only_the_author_hears_back(who: Author) -> None:
    table = Table()
    table.lay("accept", SOCIAL_WORKER)
    table.lay("read_back", SOCIAL_WORKER)
    step = table.lay("hear_back", who, verdict="agreed", to=(DUTY,))
    assert table.status.legs[0].state is State.READ_BACK
    assert step.digest in table.status.without_effect


def test_the_author_may_not_restate_their_own_share_though_they_are_in_the_role() -> None:
    mine = Party(agency=LEAD.agency, role="r" * 26)
    table = Table(mine)
    step = table.lay("accept", LEAD, to=(mine,))
    assert table.status.without_effect == {step.digest: Why.NOT_YOURS}
    table.lay("accept", COLLEAGUE)
    table.lay("read_back", COLLEAGUE)
    table.lay("hear_back", LEAD, verdict="agreed")
    assert table.status.closed


def test_a_share_for_a_named_person_is_for_nobody_else_at_their_agency() -> None:
    table = Table(PARTY_OF_NURSE)
    steps = [table.lay(kind, MIDWIFE) for kind in ("accept", "decline", "read_back")]
    assert table.status.legs[0].state is State.SENT
    assert table.status.without_effect == {step.digest: Why.NOT_YOURS for step in steps}


def test_the_same_person_id_at_another_agency_may_not_restate_either() -> None:
    twin = Author(agency=SOCIAL_WORKER.agency, person=LEAD.person, key=LEAD.key)
    table = Table()
    step = table.lay("accept", twin, to=(PARTY_OF_LEAD,))
    assert table.status.without_effect == {step.digest: Why.NOT_YOURS}


def test_a_step_addressed_to_somebody_else_changes_nothing() -> None:
    table = Table()
    step = table.lay("accept", SOCIAL_WORKER, to=(PARTY_OF_NURSE,))
    assert table.status.without_effect == {step.digest: Why.MISADDRESSED}
    assert table.status.legs[0].state is State.SENT


def test_steps_of_one_leg_cannot_lean_on_another() -> None:
    table = Table(DUTY, PARTY_OF_NURSE)
    other = table.lay("accept", NURSE, 1)
    step = table.lay("accept", SOCIAL_WORKER, 0, prev=(table.opening.digest, other.digest))
    assert table.status.without_effect == {step.digest: Why.OTHER_LEG}
    alone = fold([table.opening, step])
    assert alone.legs[0] == table.status.legs[0]
    assert alone.without_effect == {step.digest: Why.WAITING}


def test_a_leg_that_does_not_exist() -> None:
    table = Table()
    step = make("accept", SOCIAL_WORKER, (PARTY_OF_LEAD,), leg=7, answers=table.opening.digest)
    assert fold([*table.steps, step]).without_effect == {step.digest: Why.OTHER_LEG}


def test_steps_before_their_share_wait_and_name_what_is_missing() -> None:
    table = closed_table()
    status = fold(table.steps[1:])
    assert (status.kind, status.legs, status.order) == (None, (), ())
    assert status.waiting == {table.opening.digest}
    assert set(status.without_effect.values()) == {Why.NO_OPENING}
    assert status.thread == table.opening.slip.thread


def test_a_missing_cause_holds_back_what_follows_it_and_nothing_else() -> None:
    table = closed_table()
    accept, read_back, hear_back = table.steps[1:]
    status = fold([table.opening, read_back, hear_back])
    assert status.legs[0].state is State.SENT
    assert status.waiting == {accept.digest}
    assert status.without_effect == {read_back.digest: Why.WAITING, hear_back.digest: Why.WAITING}
    assert fold([table.opening, read_back, hear_back, accept]) == table.status


def test_an_empty_thread_and_one_of_strays() -> None:
    assert fold([]).thread is None
    stray = make("share", LEAD, (DUTY,), thread="z" * 26)
    home = Table()
    status = fold([home.opening, stray])
    assert set(status.without_effect.values()) <= {Why.OTHER_THREAD}
    assert status.opening in {home.opening, stray}


def test_two_slips_at_one_place_by_one_hand_are_a_fork_and_both_sides_see_it() -> None:
    table = Table()
    accept = table.lay("accept", SOCIAL_WORKER)
    decline = table.lay("decline", SOCIAL_WORKER, seq=accept.slip.seq, prev=accept.slip.prev)
    [fork] = table.status.forks
    assert fork.digests == tuple(sorted([accept.digest, decline.digest]))
    assert (fork.leg, fork.agency, fork.seq) == (0, SOCIAL_WORKER.agency, 0)
    assert fold(reversed(table.steps)) == table.status


@pytest.mark.parametrize("kind", ["read_back", "decline", "note"])
def test_a_recipient_cannot_undo_a_closing_by_signing_something_else_for_an_earlier_place(kind: str) -> None:
    table = closed_table()
    before = table.status
    for who in (SOCIAL_WORKER, SECOND_WORKER):
        for salt in range(8):  # some of them sort before the read-back that was heard
            accepted = table.steps[1]
            late = table.lay(
                kind, who, prev=(accepted.digest,), seq=0, answers=table.opening.digest, salt=salt
            )
            if kind == "decline":  # nor by an agreement that is not theirs to give
                table.lay("hear_back", who, prev=(late.digest,), verdict="agreed", salt=salt)
    assert table.status.legs == before.legs
    assert table.status.closed
    assert table.status.forks


def test_a_forked_opening_is_evidence_and_another_hands_opening_is_a_strangers() -> None:
    table = Table()
    again = make("share", LEAD, (DUTY,), salt="another")
    status = fold([table.opening, again])
    assert [fork.digests for fork in status.forks] == [tuple(sorted([table.opening.digest, again.digest]))]
    assert list(status.without_effect.values()) == [Why.SECOND_OPENING]
    admit(table.status, again)
    theirs = make("share", STRANGER, (DUTY,))
    with pytest.raises(NotYours):
        admit(table.status, theirs)


def test_a_strangers_step_is_not_admitted_and_would_change_nothing() -> None:
    table = closed_table()
    before = table.status
    note = make("note", STRANGER, (DUTY,), leg=0, answers=table.steps[-1].digest)
    with pytest.raises(NotYours):
        admit(before, note)
    after = fold([*table.steps, note])
    assert after.legs == before.legs
    assert heads(after, 0) == heads(before, 0)
    assert after.without_effect == {note.digest: Why.NOT_YOURS}


def test_notes_from_either_agency_change_nothing_at_any_state() -> None:
    table = closed_table()
    leg = table.status.legs[0]
    table.lay("note", COLLEAGUE, to=(DUTY,))
    table.lay("note", SECOND_WORKER)
    assert table.status.legs[0] == leg
    assert table.status.without_effect == {}


def test_a_note_to_everybody_has_no_leg() -> None:
    table = Table(DUTY, PARTY_OF_NURSE)
    prev = heads(table.status, None)
    note = make("note", LEAD, (DUTY, PARTY_OF_NURSE), prev=prev, seq=1)
    some = make("note", LEAD, (DUTY,), prev=prev, seq=2)
    status = fold([*table.steps, note, some])
    assert status.without_effect == {some.digest: Why.MISADDRESSED}
    assert heads(status, None) == (note.digest,)
    assert next_seq(table.steps, None, LEAD.agency, LEAD.person) == 1


def test_withdrawal_names_the_share_and_ends_an_open_leg() -> None:
    table = Table()
    table.lay("amend", LEAD)
    table.lay("withdraw", LEAD)
    assert table.status.legs[0].state is State.WITHDRAWN
    wrong = table.lay("withdraw", LEAD, answers=table.steps[1].digest)
    assert table.status.without_effect == {wrong.digest: Why.SUPERSEDED}


def test_a_decision_is_kept_with_its_notes() -> None:
    decision = make("decision", LEAD, ())
    note = make("note", COLLEAGUE, (PARTY_OF_LEAD,), prev=(decision.digest,))
    status = fold([note, decision])
    assert (status.kind, status.legs, status.request, status.closed) == ("decision", (), None, False)
    assert status.without_effect == {}
    assert status.order == (decision, note)


def test_no_more_heads_than_a_slip_may_name_and_those_that_count_come_first() -> None:
    table = Table()
    root = table.opening.digest
    crowd = [
        make("note", SOCIAL_WORKER, (PARTY_OF_LEAD,), leg=0, seq=n, prev=(root,), salt=n) for n in range(50)
    ]
    table.steps += crowd
    accept = table.lay("accept", SOCIAL_WORKER, prev=(root,))
    found = heads(table.status, 0)
    assert len(found) == limits.HEADS
    assert accept.digest in found
    table.lay("read_back", SOCIAL_WORKER)
    assert table.status.legs[0].state is State.READ_BACK


def test_the_cost_of_a_full_thread_is_bounded() -> None:
    table = Table(DUTY, PARTY_OF_NURSE)
    root = table.opening.digest
    notes = [
        make("note", LEAD, (DUTY,), leg=0, seq=n, prev=(root,), salt=n)
        for n in range(limits.STEPS_PER_THREAD - 1)
    ]
    status = fold([*table.steps, *notes])
    assert len(status.order) == limits.STEPS_PER_THREAD
    assert status.forks == ()


def test_what_belongs_to_no_leg_must_be_of_its_kind_and_by_somebody_of_the_thread() -> None:
    table = Table()
    root = table.opening.digest
    refusal = make("refuse", SOCIAL_WORKER, (PARTY_OF_LEAD,), answers=root)
    note = make("note", STRANGER, (DUTY, PARTY_OF_LEAD))
    status = fold([*table.steps, refusal, note])
    assert status.without_effect == {refusal.digest: Why.OTHER_LEG, note.digest: Why.NOT_YOURS}


def test_every_reason_has_words_for_people() -> None:
    assert all(why.words.endswith(".") and why.value in repr(why) for why in Why)
