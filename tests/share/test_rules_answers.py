"""Requests and their refusals, read-backs and hear-backs: what they must say, and the emphasis that binds."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from cases import consistent_with, correction, wrong_restatement
from cases_more import asked_again, decided_not_to, everything_you_have, not_without_more
from judged import CATALOGUE, NOW, SALT, SHARE, bound_to, slip_of, told
from thread_steps import LEAD, SOCIAL_WORKER, Table

from exchange.errors import ContentsDisagree
from exchange.share.draft import audiences, check_request, commit, reveal
from exchange.share.rules import check_contents, check_hear_back, check_read_back, check_slip, open_emphasis
from exchange.wire.contents import (
    DeclineContents,
    Emphasis,
    EmphasisReveal,
    Heard,
    RequestContents,
    Restatement,
    write,
)
from exchange.wire.slip import Basis
from keys.record import encode


class TestRequests:
    def test_a_request_may_honestly_claim_no_basis(self) -> None:
        slip = slip_of("request", basis=Basis(code="none-claimed"), purpose="attendance-support")
        assert check_slip(slip, CATALOGUE) == []

    def test_a_request_after_a_refusal_needs_new_grounds(self) -> None:
        draft = asked_again("2" * 64)
        slip = slip_of("request", answers=draft.answers)
        words = RequestContents(
            **bound_to(slip),
            kind="request",
            purpose=draft.purpose_text or "",
            subjects=draft.subjects,
            asked=draft.asked,
            authority=draft.authority or "",
            new_grounds=draft.new_grounds,
        )
        assert check_contents(words, slip, CATALOGUE) == []
        again = words.model_copy(update={"new_grounds": None})
        assert told(check_contents(again, slip, CATALOGUE)) == {("new_grounds_missing", "new_grounds")}

    def test_the_draft_is_judged_by_the_same_rules(self) -> None:
        assert check_request(everything_you_have(), NOW, CATALOGUE) == []
        assert check_request(asked_again("2" * 64), NOW, CATALOGUE) == []
        gap = asked_again("2" * 64).model_copy(
            update={"new_grounds": " ", "purpose": None, "purpose_text": None, "subjects": ()}
        )
        assert told(check_request(gap, NOW, CATALOGUE)) == {
            ("text_blank", "new_grounds"),
            ("new_grounds_missing", "new_grounds"),
            ("purpose_missing", "purpose"),
            ("purpose_missing", "purpose_text"),
            ("subject_missing", "subjects"),
        }

    def test_refusals_declines_and_decisions_use_the_catalogues_reasons(self) -> None:
        slip = slip_of("refuse", answers="1" * 64, prev=("1" * 64,))
        words = not_without_more(**bound_to(slip))
        assert check_contents(words, slip, CATALOGUE) == []
        idle = words.model_copy(update={"reason": "no-time"})
        assert told(check_contents(idle, slip, CATALOGUE)) == {("reason_unknown", "reason")}
        slip = slip_of("decision", to=())
        assert check_contents(decided_not_to(**bound_to(slip)), slip, CATALOGUE) == []
        about = decided_not_to(**bound_to(slip)).model_copy(update={"about": SHARE.subjects})
        assert check_contents(about, slip, CATALOGUE) == []
        slip = slip_of("decline", leg=0, answers="1" * 64)
        words_ = DeclineContents(**bound_to(slip), kind="decline", reason="wrong-person")
        assert check_contents(words_, slip, CATALOGUE) == []
        odd = words_.model_copy(update={"reason": "not-necessary"})
        assert told(check_contents(odd, slip, CATALOGUE)) == {("reason_unknown", "reason")}


class TestTheLoop:
    emphasis = audiences(consistent_with())[0].emphasis
    share = SHARE.model_copy(update={"emphasis": commit(emphasis, SALT)})
    table = Table()
    table.lay("accept", SOCIAL_WORKER)
    back_step = table.lay("read_back", SOCIAL_WORKER)
    hear_step = table.lay("hear_back", LEAD, verdict="corrected")
    back = wrong_restatement(table.opening.digest, **bound_to(back_step.slip))
    heard = correction(back_step.digest, reveal(emphasis, SALT), **bound_to(hear_step.slip))

    def test_case_one_is_in_order_as_it_went_wrong(self) -> None:
        assert check_contents(self.back, self.back_step.slip, CATALOGUE) == []
        assert check_read_back(self.back, self.share) == []
        assert check_contents(self.heard, self.hear_step.slip, CATALOGUE) == []
        assert check_hear_back(self.heard, self.share) == []
        assert open_emphasis(self.share, self.heard.reveal) == self.emphasis

    def test_a_read_back_or_hear_back_of_another_version_does_not_fit_its_slip(self) -> None:
        other = self.back.model_copy(update={"version": "5" * 64})
        assert told(check_contents(other, self.back_step.slip, CATALOGUE)) == {
            ("contents_disagree", "version")
        }
        another = self.heard.model_copy(update={"read_back": "5" * 64})
        assert told(check_contents(another, self.hear_step.slip, CATALOGUE)) == {
            ("contents_disagree", "read_back")
        }

    def test_restatements_are_of_what_was_shared_each_once_and_not_blank(self) -> None:
        first = self.back.restatements[0]
        twice = self.back.model_copy(update={"restatements": (first, first), "key_point": "F9"})
        assert told(check_contents(twice, self.back_step.slip, CATALOGUE)) == {
            ("restatement_unknown", "restatements[1].statement")
        }
        assert told(check_read_back(twice, self.share)) == {("restatement_unknown", "key_point")}
        stray = Restatement(statement="F9", meaning=" ", taken_as="fact", weight="context")
        odd = self.back.model_copy(update={"restatements": (stray,)})
        assert told(check_contents(odd, self.back_step.slip, CATALOGUE)) == {
            ("text_blank", "restatements[0].meaning")
        }
        assert told(check_read_back(odd, self.share)) == {
            ("restatement_unknown", "restatements[0].statement")
        }

    def test_nobody_agrees_while_saying_that_something_was_not_understood(self) -> None:
        agreed = self.hear_step.slip.model_copy(update={"verdict": "agreed"})
        assert told(check_contents(self.heard, agreed, CATALOGUE)) == {
            ("heard_incomplete", "heard[5].understood"),
            ("heard_incomplete", "heard[6].understood"),
        }

    def test_a_correction_says_what_is_corrected(self) -> None:
        slip = self.hear_step.slip
        good = tuple(Heard(statement=one.statement, understood=True) for one in self.heard.heard)
        nothing = self.heard.model_copy(update={"heard": good})
        assert told(check_contents(nothing, slip, CATALOGUE)) == {("heard_incomplete", "words")}
        general = nothing.model_copy(update={"words": "You left out the bruises."})
        assert check_contents(general, slip, CATALOGUE) == []
        mute = (
            Heard(statement="F1", understood=False),
            Heard(statement="F1", understood=True, correction="x1"),
        )
        odd = self.heard.model_copy(update={"heard": mute})
        assert told(check_contents(odd, slip, CATALOGUE)) == {
            ("heard_incomplete", "heard[0].correction"),
            ("heard_incomplete", "heard[1].correction"),
            ("heard_incomplete", "heard[1].statement"),
        }

    def test_a_hear_back_answers_every_statement_and_no_other(self) -> None:
        for heard in (self.heard.heard[1:], (*self.heard.heard, Heard(statement="F8", understood=True))):
            short = self.heard.model_copy(update={"heard": heard})
            assert told(check_hear_back(short, self.share)) == {("heard_incomplete", "heard")}

    def test_the_emphasis_cannot_be_changed_after_it_was_committed_to(self) -> None:
        weights: dict[str, Any] = dict(self.emphasis.weights) | {"F3": "critical"}
        other = Emphasis(weights=weights, key_point="F1")
        for false in (
            reveal(other, SALT),
            reveal(self.emphasis, bytes([1] * 32)),
            self.heard.reveal.model_copy(update={"salt": "", "emphasis": "AAAA"}),
        ):
            with pytest.raises(ContentsDisagree):
                open_emphasis(self.share, false)
        with pytest.raises(ValueError, match="32"):
            commit(self.emphasis, b"short")

    def test_a_boundary_between_salt_and_words_cannot_be_moved(self) -> None:
        """The salt has one length, so that no other emphasis hides behind the same digest."""
        joined = SALT + write(self.emphasis)
        share = self.share.model_copy(update={"emphasis": sha256(joined).hexdigest()})
        moved = EmphasisReveal(salt=encode(joined[:31]), emphasis=encode(joined[31:]))
        with pytest.raises(ContentsDisagree):
            open_emphasis(share, moved)

    def test_an_emphasis_that_ranks_too_little_or_too_much_is_none_even_if_committed_to(self) -> None:
        for weights in ({"F1": "critical"}, dict(self.emphasis.weights) | {"F9": "context"}):
            partial = Emphasis(weights=weights, key_point="F1")  # type: ignore[arg-type]
            share = self.share.model_copy(update={"emphasis": commit(partial, SALT)})
            with pytest.raises(ContentsDisagree):
                open_emphasis(share, reveal(partial, SALT))
        garbage = b"{}"
        share = self.share.model_copy(update={"emphasis": sha256(SALT + garbage).hexdigest()})
        with pytest.raises(ContentsDisagree):
            open_emphasis(share, EmphasisReveal(salt=encode(SALT), emphasis=encode(garbage)))
