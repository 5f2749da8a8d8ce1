"""What a share, a request and an answer must say.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


class PurposeMissing(ExchangeProblem, LocalProblem):
    """A share or request must say its purpose."""

    code = "purpose_missing"
    hint = "Choose a purpose from the catalogue and say it in a sentence of your own."


class PurposeUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such purpose on that day."""

    code = "purpose_unknown"
    hint = "Choose one that is in force: `readback catalogue purposes`."


class BasisMissing(ExchangeProblem, LocalProblem):
    """A share or request must say its lawful basis."""

    code = "basis_missing"
    hint = "Choose the lawful basis you rely on from the catalogue."


class BasisUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such lawful basis, gateway or reason on that day."""

    code = "basis_unknown"
    hint = "Choose one that is in force: `readback catalogue bases`."


class BasisIncomplete(ExchangeProblem, LocalProblem):
    """This lawful basis needs something more to be said with it."""

    code = "basis_incomplete"
    hint = "Add the gateway, or the reason why consent is not relied on, that the catalogue asks for."


class OpinionRestsOnNothing(ExchangeProblem, LocalProblem):
    """An opinion must say what it rests on."""

    code = "opinion_rests_on_nothing"
    hint = "Name the facts it rests on, or its other grounds."


class OpinionRestsOnHidden(ExchangeProblem, LocalProblem):
    """An opinion rests on a fact that one of its recipients does not receive, or that is not there."""

    code = "opinion_rests_on_hidden"
    hint = "Give that recipient the fact too, withhold the opinion, or give other grounds."


class FactWithoutSource(ExchangeProblem, LocalProblem):
    """A fact must say how it is known."""

    code = "fact_without_source"
    hint = "Say whether it was observed, reported or recorded, and by whom or where."


class FactWithoutDate(ExchangeProblem, LocalProblem):
    """A fact must say when it was so."""

    code = "fact_without_date"
    hint = "Give the date, month or year; a period has a start and an end."


class DateAbsurd(ExchangeProblem, LocalProblem):
    """This date does not exist, lies in the future, or lies too far back."""

    code = "date_absurd"
    hint = "Write it as 2026-11-22, 2026-11 or 2026."


class StatementsMissing(ExchangeProblem, LocalProblem):
    """A share must say at least one thing to each of its recipients."""

    code = "statements_missing"
    hint = "Add a fact or an opinion for every recipient."


class StatementIds(ExchangeProblem, LocalProblem):
    """Each statement needs an id of its own: F1, F2 … for facts, O1, O2 … for opinions."""

    code = "statement_ids"
    hint = "Number the facts and the opinions, each id once."


class EmphasisIncomplete(ExchangeProblem, LocalProblem):
    """Every statement needs a weight, and one that all recipients receive is the key point."""

    code = "emphasis_incomplete"
    hint = "Rank each statement critical, significant or context, and name the key point."


class CategoryMissing(ExchangeProblem, LocalProblem):
    """Law-enforcement processing must say each person's category."""

    code = "category_missing"
    hint = "Give each subject a category: suspect, convicted, victim, witness or other."


class NotInformedReason(ExchangeProblem, LocalProblem):
    """A share must say whether its subject was told, and if not, why not."""

    code = "subject_informed_missing"
    hint = "Say when and by whom, by when it is planned, or the reason why not."


class ContentsMalformed(ExchangeProblem, LocalProblem):
    """A field is missing, too long, or not of its kind."""

    code = "contents_malformed"
    hint = "The place is named; mend it and send again."

    def __init__(self, where: str = "", allowed: str = "") -> None:
        """Name the place; `allowed` lists what may stand there, in the model's own words."""
        super().__init__(where)
        self.allowed = allowed

    @property
    def message(self) -> str:
        """The sentence, the place, and what is allowed there."""
        return f"{super().message} Allowed: {self.allowed}." if self.allowed else super().message


class TooMany(ContentsMalformed):
    """There are more of these than one message carries."""

    code = "too_many"
    hint = "Leave some out, or send them in a message of their own."


class TooLong(ContentsMalformed):
    """This text is longer than its place holds."""

    code = "too_long"
    hint = "Say it more briefly, or attach a file."


class JsonRefused(ExchangeProblem, LocalProblem):
    """This body is not JSON as the desk reads it."""

    code = "json_refused"
    hint = "Send one JSON object in UTF-8: each key once, whole numbers only, nested a few levels at most."


class BasisContradictory(ExchangeProblem, LocalProblem):
    """It relies on consent and also gives a reason for doing without."""

    code = "basis_contradictory"
    hint = "Choose one: consent, or another basis with the reason why consent is not relied on."


class BasisNotForThis(ExchangeProblem, LocalProblem):
    """This lawful basis may be named in a request, but nothing can be shared on it."""

    code = "basis_not_for_this"
    hint = "Choose the lawful basis that lets you share, or record a decision not to."


class ReasonUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such reason on that day."""

    code = "reason_unknown"
    hint = "Choose one that is in force: `readback catalogue` lists them all."


class SectionUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such section."""

    code = "section_unknown"
    hint = "Choose one of those that are named, or none: then all of them are listed."


class SubjectMissing(ExchangeProblem, LocalProblem):
    """It must say whom it is about."""

    code = "subject_missing"
    hint = "Name the child, and every other person that it says something about."


class IdentifierMissing(ExchangeProblem, LocalProblem):
    """Each person needs an identifier, or the reason why it is left out; not both."""

    code = "identifier_missing"
    hint = "Give the identifier you have, or choose why you leave it out."


class ChangeMissing(ExchangeProblem, LocalProblem):
    """An amendment must say what changed and why; nothing else may."""

    code = "change_missing"
    hint = "Say in a sentence what was wrong and what is right."


class NewGroundsMissing(ExchangeProblem, LocalProblem):
    """A request that was refused may be asked again only with new grounds."""

    code = "new_grounds_missing"
    hint = "Say what has changed since the refusal."


class TextBlank(ExchangeProblem, LocalProblem):
    """Words are needed here, and there is nothing to read."""

    code = "text_blank"
    hint = "Write it in a sentence, or leave the field out where that is allowed."


class TextUnprintable(ExchangeProblem, LocalProblem):
    """This text contains characters that cannot be seen or that reverse what is seen."""

    code = "text_unprintable"
    hint = "Write it again by hand instead of pasting it."


class HeardIncomplete(ExchangeProblem, LocalProblem):
    """A hear-back answers each statement once, and agrees only if each was understood."""

    code = "heard_incomplete"
    hint = (
        "Mark every statement understood, or say the correction; agree only when nothing is left to correct."
    )


class RestatementUnknown(ExchangeProblem, LocalProblem):
    """This restates a statement that is not in the version it answers, or one of them twice."""

    code = "restatement_unknown"
    hint = "Restate each statement of the newest version once."


class ContentsRefused(ExchangeProblem, LocalProblem):
    """These words break one or more rules; `problems` has each with its place."""

    code = "contents_refused"
    hint = "Mend each place that is named and send again."

    def __init__(self, problems: Sequence[Problem]) -> None:
        """`problems` has at least one; its first gives code and hint."""
        super().__init__(problems[0].where)
        self.problems = tuple(problems)
        self.code = problems[0].code  # type: ignore[misc]  # as grave as its first, by that one's name
        self.hint = problems[0].hint  # type: ignore[misc]  # the same

    @property
    def message(self) -> str:
        """Every problem's sentence."""
        return " ".join(problem.message for problem in self.problems)
