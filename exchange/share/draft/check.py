"""Everything that keeps a draft from being sent, named together with its places.

Promises: the rules are those that the opener applies (`rules`), plus what only the whole draft can show: that
each recipient receives something, the key point, and the facts that an opinion of theirs rests on.
Never: it stops at the first problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from exchange.errors import (
    CategoryMissing,
    ChangeMissing,
    ContentsMalformed,
    DateAbsurd,
    EmphasisIncomplete,
    NewGroundsMissing,
    NotInformedReason,
    OpinionRestsOnHidden,
    PurposeMissing,
    RecipientMissing,
    RecipientRepeated,
    RecipientUnknown,
    StatementIds,
    StatementsMissing,
    TextBlank,
    TooLarge,
)
from exchange.share.clocks import day_in_london
from exchange.share.draft.audience import audiences, places, received
from exchange.share.draft.models import AmendDraft, ForSome, ShareDraft, WordsDraft
from exchange.share.rules import LONGEST_DUE
from exchange.share.rules.law import law, needs_categories
from exchange.share.rules.people import categories, informed, subjects
from exchange.share.rules.statements import statements
from exchange.share.rules.text import is_blank, texts
from exchange.share.rules.words import is_file_name
from exchange.wire import limits
from exchange.wire.contents import Bound, write
from keys.record import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from exchange.share.catalogue import Catalogue
    from exchange.wire.contents import Subject
    from exchange.wire.slip import Basis, StepKind
    from keys.errors import Problem


class Asking(Protocol):
    """What a draft of a request has, wherever it is defined."""

    @property
    def purpose(self) -> str | None:
        """A code of the catalogue."""

    @property
    def purpose_text(self) -> str | None:
        """The same in a sentence of one's own."""

    @property
    def basis(self) -> Basis | None:
        """The lawful basis."""

    @property
    def due(self) -> str | None:
        """By when."""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """About whom."""

    @property
    def answers(self) -> str | None:
        """The refusal after which it is asked again."""

    @property
    def new_grounds(self) -> str | None:
        """What has changed since."""

    def model_dump(self) -> dict[str, object]:
        """All of it, as plain data."""


def check_share(draft: ShareDraft, created: datetime, catalogue: Catalogue) -> list[Problem]:
    """Name everything that keeps this draft from being sent at `created`."""
    problems: list[Problem] = [] if draft.recipients else [RecipientMissing("recipients")]
    problems += [
        RecipientRepeated(f"recipients[{index}]")
        for index, party in enumerate(draft.recipients)
        if party in draft.recipients[:index]
    ]
    return [*problems, *_words(draft, "share", created, catalogue), *_parts(draft)]


def check_amend(draft: AmendDraft, created: datetime, catalogue: Catalogue) -> list[Problem]:
    """Name everything that keeps this amendment from being sent at `created`."""
    problems: list[Problem] = [ChangeMissing("change")] if is_blank(draft.change) else []
    present = {fact.id for fact in draft.facts} | {opinion.id for opinion in draft.opinions}
    problems += [
        StatementIds(f"retracted[{index}]") for index, name in enumerate(draft.retracted) if name in present
    ]
    return [*problems, *_words(draft, "amend", created, catalogue), *_parts(draft)]


def check_request(draft: Asking, created: datetime, catalogue: Catalogue) -> list[Problem]:
    """Name everything that keeps this request from being sent at `created`."""
    problems = [*texts(draft), *_said_of_law(draft, "request", created, catalogue)]
    if draft.answers is not None and is_blank(draft.new_grounds):
        problems.append(NewGroundsMissing("new_grounds"))
    return [*problems, *subjects(draft.subjects, created, catalogue)]


def _said_of_law(
    draft: WordsDraft | Asking, kind: StepKind, created: datetime, catalogue: Catalogue
) -> list[Problem]:
    problems = law(kind, draft.purpose, draft.basis, day_in_london(created), catalogue)
    if draft.purpose_text is None:
        problems.append(PurposeMissing("purpose_text"))
    if draft.due is not None and not created < parse_time(draft.due) <= created + LONGEST_DUE:
        problems.append(DateAbsurd("due"))
    return problems


def _words(draft: WordsDraft, kind: StepKind, created: datetime, catalogue: Catalogue) -> list[Problem]:
    problems = [*texts(draft), *_said_of_law(draft, kind, created, catalogue)]
    if draft.need is None:
        problems.append(TextBlank("need"))
    problems += statements(draft.facts, draft.opinions, created)
    problems += subjects(draft.subjects, created, catalogue)
    if draft.subjects:
        problems += informed(draft.subject_informed, len(draft.subjects), created, catalogue)
    elif not draft.subject_informed:
        problems.append(NotInformedReason("subject_informed"))
    if draft.law_enforcement:
        problems += categories(draft.subjects)
    elif needs_categories(draft.basis, day_in_london(created), catalogue):
        problems.append(CategoryMissing("law_enforcement"))
    problems += [
        ContentsMalformed(f"attachments[{index}].name")
        for index, item in enumerate(draft.attachments)
        if not is_file_name(item.name)
    ]
    return problems


def _parts(draft: ShareDraft | AmendDraft) -> list[Problem]:
    """Judge what each recipient would receive."""
    # An amendment may repeat what is for legs that it leaves alone; a share has nobody else to be for.
    problems = _strangers(draft, places(draft)) if isinstance(draft, ShareDraft) else []
    ids = {fact.id for fact in draft.facts} | {opinion.id for opinion in draft.opinions}
    weights, key_point = draft.emphasis.weights, draft.emphasis.key_point
    if weights.keys() != ids:
        problems.append(EmphasisIncomplete("emphasis.weights"))
    for index in places(draft):
        facts = {fact.id for fact in received(draft.facts, index)}
        opinions = received(draft.opinions, index)
        theirs = facts | {opinion.id for opinion in opinions}
        if ids and not theirs:
            problems.append(StatementsMissing(f"recipients[{index}]"))
        elif ids and key_point not in theirs:
            problems.append(EmphasisIncomplete("emphasis.key_point"))
        hidden = {opinion.id for opinion in opinions if not facts.issuperset(opinion.rests_on)}
        problems += [
            OpinionRestsOnHidden(f"opinions[{place}].rests_on")
            for place, opinion in enumerate(draft.opinions)
            if opinion.id in hidden
        ]
    return _each_once([*problems, *_sizes(draft)])


def _strangers(draft: WordsDraft, recipients: Sequence[int]) -> list[Problem]:
    fields: tuple[tuple[str, Sequence[ForSome]], ...] = (
        ("facts", draft.facts),
        ("opinions", draft.opinions),
        ("attachments", draft.attachments),
    )
    return [
        RecipientUnknown(f"{field}[{index}].only_for")
        for field, items in fields
        for index, item in enumerate(items)
        if not set(recipients).issuperset(item.only_for)
    ]


def _sizes(draft: ShareDraft | AmendDraft) -> list[Problem]:
    """Refuse a part that would be too large, before anything is sealed."""
    if not draft.purpose_text or not draft.need:
        return []
    bound = Bound(step="a" * 26, thread="a" * 26, agency="a" * 40, person="a" * 26)
    files = {item.handle: (limits.ATTACHMENT, limits.ATTACHMENTS - 1) for item in draft.attachments}
    try:
        parts = audiences(draft)
    except EmphasisIncomplete:  # already named, with its place
        return []
    sizes = [len(write(part.contents(bound, "0" * 64, files))) for part in parts]
    return [TooLarge("facts and opinions")] if max(sizes, default=0) > limits.CONTENTS else []


def _each_once(problems: Iterable[Problem]) -> list[Problem]:
    return list({(type(problem), problem.where): problem for problem in problems}.values())
