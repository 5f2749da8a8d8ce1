"""Requests from asking to answer, and what a desk lets its people sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from thread_steps import (
    COLLEAGUE,
    DUTY,
    LEAD,
    NURSE,
    PARTY_OF_LEAD,
    PARTY_OF_NURSE,
    SOCIAL_WORKER,
    STRANGER,
    Table,
    make,
)

from exchange.errors import NotYours, StepNotAllowed, Superseded
from exchange.share.lifecycle import RequestState
from exchange.share.thread import Step, fold, permit, whose_turn

if TYPE_CHECKING:
    from exchange.wire.slip import Author


def anybody(_role: str, _person: str) -> bool:
    return True


def nobody(_role: str, _person: str) -> bool:
    return False


class TestRequest:
    request = make("request", LEAD, (PARTY_OF_NURSE,))
    refusal = make("refuse", NURSE, (PARTY_OF_LEAD,), answers=request.digest, prev=(request.digest,))
    withdrawal = make("withdraw", LEAD, (PARTY_OF_NURSE,), answers=request.digest, prev=(request.digest,))
    answer = make("share", NURSE, (PARTY_OF_LEAD,), answers=request.digest, thread="u" * 26)

    def state(self, *steps: Step, citing: tuple[Step, ...] = ()) -> RequestState | None:
        return fold([self.request, *steps], citing).request

    def test_it_is_asked_then_answered_refused_or_withdrawn(self) -> None:
        assert self.state() is RequestState.REQUESTED
        assert whose_turn(fold([self.request]), None) == "recipient"
        assert self.state(self.refusal) is RequestState.REFUSED
        assert fold([self.request, self.refusal]).refusal == self.refusal.digest
        assert self.state(self.withdrawal) is RequestState.WITHDRAWN
        assert self.state(citing=(self.answer,)) is RequestState.ANSWERED
        assert whose_turn(fold([self.request], [self.answer]), None) is None

    def test_an_answer_counts_also_after_a_refusal(self) -> None:
        status = fold([self.request, self.refusal], [self.answer, self.answer])
        assert (status.request, status.answered_by) == (RequestState.ANSWERED, (self.answer.digest,))
        assert status.without_effect == {}

    @pytest.mark.parametrize("who", [STRANGER, COLLEAGUE])
    def test_only_the_agency_that_was_asked_answers(self, who: Author) -> None:
        false = make("share", who, (PARTY_OF_LEAD,), answers=self.request.digest, thread="u" * 26)
        assert self.state(citing=(false,)) is RequestState.REQUESTED

    def test_an_answer_to_somebody_else_is_none(self) -> None:
        away = make("share", NURSE, (DUTY,), answers=self.request.digest, thread="u" * 26)
        assert self.state(citing=(away,)) is RequestState.REQUESTED

    def test_a_colleague_of_the_requester_cannot_refuse_and_the_asked_cannot_withdraw(self) -> None:
        false = make("refuse", COLLEAGUE, (PARTY_OF_NURSE,), answers=self.request.digest)
        other = make("withdraw", NURSE, (PARTY_OF_LEAD,), answers=self.request.digest)
        assert self.state(false, other) is RequestState.REQUESTED

    def test_refusal_and_withdrawal_that_cross_have_the_same_outcome_on_both_sides(self) -> None:
        one = fold([self.request, self.refusal, self.withdrawal])
        assert one == fold([self.withdrawal, self.request, self.refusal, self.refusal])
        assert len(one.without_effect) == 1

    def test_a_new_request_after_a_refusal_is_a_thread_of_its_own(self) -> None:
        again = make("request", LEAD, (PARTY_OF_NURSE,), answers=self.refusal.digest, thread="v" * 26)
        assert fold([again]).request is RequestState.REQUESTED
        assert fold([again]).waiting == frozenset()

    def test_permit_asks_the_same_questions(self) -> None:
        status = fold([self.request])
        permit(status, "refuse", None, NURSE, answers=self.request.digest, is_member=nobody)
        permit(status, "share", None, NURSE, answers=self.request.digest, is_member=nobody)
        with pytest.raises(NotYours):
            permit(status, "refuse", None, LEAD, answers=self.request.digest, is_member=anybody)
        with pytest.raises(StepNotAllowed, match="it "):
            permit(
                fold([self.request, self.refusal]),
                "refuse",
                None,
                NURSE,
                answers=self.request.digest,
                is_member=anybody,
            )


class TestPermit:
    def test_a_role_is_for_its_members(self) -> None:
        table = Table()
        answers = table.opening.digest
        permit(table.status, "accept", 0, SOCIAL_WORKER, answers=answers, is_member=anybody)
        with pytest.raises(NotYours):
            permit(table.status, "accept", 0, SOCIAL_WORKER, answers=answers, is_member=nobody)
        permit(table.status, "note", 0, SOCIAL_WORKER, answers=None, is_member=nobody)
        permit(table.status, "withdraw", 0, LEAD, answers=answers, is_member=nobody)

    def test_what_has_moved_on_is_superseded(self) -> None:
        table = Table()
        table.lay("accept", SOCIAL_WORKER)
        table.lay("amend", LEAD)
        with pytest.raises(Superseded):
            permit(
                table.status,
                "read_back",
                0,
                SOCIAL_WORKER,
                answers=table.opening.digest,
                is_member=anybody,
            )

    def test_what_the_table_does_not_name(self) -> None:
        table = Table()
        with pytest.raises(StepNotAllowed):
            permit(
                table.status,
                "read_back",
                0,
                SOCIAL_WORKER,
                answers=table.opening.digest,
                is_member=anybody,
            )
        with pytest.raises(StepNotAllowed):
            permit(table.status, "note", 5, LEAD, answers=None, is_member=anybody)
        with pytest.raises(StepNotAllowed):
            permit(fold([]), "note", None, LEAD, answers=None, is_member=anybody)
        with pytest.raises(StepNotAllowed):
            permit(
                table.status,
                "hear_back",
                0,
                LEAD,
                answers=table.opening.digest,
                verdict="agreed",
                is_member=anybody,
            )

    def test_a_stranger_may_take_no_step_at_all(self) -> None:
        table, asked = Table(), fold([TestRequest.request])
        for status, leg, kind in (
            (table.status, 0, "accept"),
            (table.status, None, "note"),
            (asked, None, "refuse"),
        ):
            opening = status.opening
            assert opening is not None
            with pytest.raises(NotYours):
                permit(status, kind, leg, STRANGER, answers=opening.digest, is_member=anybody)  # type: ignore[arg-type]

    def test_a_refusal_of_something_else_is_superseded(self) -> None:
        with pytest.raises(Superseded):
            permit(fold([TestRequest.request]), "refuse", None, NURSE, answers="9" * 64, is_member=anybody)
        with pytest.raises(StepNotAllowed):
            permit(Table().status, "withdraw", None, LEAD, answers="9" * 64, is_member=anybody)
