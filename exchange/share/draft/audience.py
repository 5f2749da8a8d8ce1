"""Who receives what: one part for each set of recipients that receives the same.

Promises: a statement or file goes only to the recipients it is for; each audience's emphasis ranks exactly
the statements that it receives, so that its reveal tells nobody of statements they were not to see.
Never: it seals, or draws the salt that the commitment needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from exchange.errors import EmphasisIncomplete
from exchange.share.draft.models import (
    AmendDraft,
    DraftAttachment,
    DraftFact,
    DraftOpinion,
    ForSome,
    ShareDraft,
    WordsDraft,
)
from exchange.share.rules.answering import check_emphasis
from exchange.wire.contents import AttachmentNote, Bound, Emphasis, Fact, Opinion, ShareContents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Audience:
    """Those recipients who receive exactly the same, and what that is."""

    recipients: tuple[int, ...]
    facts: tuple[Fact, ...]
    opinions: tuple[Opinion, ...]
    attachments: tuple[DraftAttachment, ...]
    emphasis: Emphasis
    draft: WordsDraft

    def contents(
        self, bound: Bound, commitment: str, files: Mapping[str, tuple[int, int]] | None = None
    ) -> ShareContents:
        """Write this audience's part of the step `bound` names.

        `commitment` is `rules.answering.commit(emphasis, salt)`; `files` gives each handle's size in bytes
        and its place in the slip's list of attachments.
        """
        draft, files = self.draft, files or {}
        amend = draft if isinstance(draft, AmendDraft) else None
        notes = tuple(
            AttachmentNote(
                name=item.name,
                media_type=item.media_type,
                size=files[item.handle][0],
                pin=files[item.handle][1],
                why_needed=item.why_needed,
            )
            for item in self.attachments
        )
        return ShareContents(
            **dict(bound),
            kind="share" if amend is None else "amend",
            purpose=draft.purpose_text or "",
            subjects=draft.subjects,
            facts=self.facts,
            opinions=self.opinions,
            not_known=draft.not_known,
            need=draft.need or "",
            subject_informed=draft.subject_informed,
            immediate_risk=draft.immediate_risk,
            never_tell=draft.never_tell,
            law_enforcement=draft.law_enforcement,
            attachments=notes,
            emphasis=commitment,
            change=None if amend is None else amend.change,
            retracted=() if amend is None else amend.retracted,
        )


def audiences(draft: ShareDraft | AmendDraft) -> tuple[Audience, ...]:
    """Group the recipients by what they receive; each group is one sealed part.

    Raises `EmphasisIncomplete` where the key point is not among what every recipient receives, or a
    statement has no weight. Check the draft first to hear of everything at once.
    """
    groups: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for index in places(draft):
        # By place and not by id: two statements that share an id by mistake must not share their readers.
        same = tuple(_mine(items, index) for items in (draft.facts, draft.opinions, draft.attachments))
        groups.setdefault(same, []).append(index)
    return tuple(_audience(draft, tuple(indexes)) for indexes in groups.values())


def places(draft: ShareDraft | AmendDraft) -> tuple[int, ...]:
    """List the places of the recipients that this draft is for."""
    if isinstance(draft, AmendDraft):
        return tuple(dict.fromkeys(draft.legs))
    return tuple(range(len(draft.recipients)))


_Item = TypeVar("_Item", bound=ForSome)


def received(items: Sequence[_Item], index: int) -> list[_Item]:
    """List those of `items` that are for recipient `index`."""
    return [item for item in items if not item.only_for or index in item.only_for]


def _mine(items: Sequence[ForSome], index: int) -> tuple[int, ...]:
    return tuple(place for place, item in enumerate(items) if not item.only_for or index in item.only_for)


def _audience(draft: WordsDraft, indexes: tuple[int, ...]) -> Audience:
    facts = tuple(Fact.model_validate(_without_audience(fact)) for fact in received(draft.facts, indexes[0]))
    opinions = tuple(
        Opinion.model_validate(_without_audience(opinion)) for opinion in received(draft.opinions, indexes[0])
    )
    ids = [*(fact.id for fact in facts), *(opinion.id for opinion in opinions)]
    weights = {name: draft.emphasis.weights[name] for name in ids if name in draft.emphasis.weights}
    if draft.emphasis.key_point is None:
        raise EmphasisIncomplete("emphasis.key_point")
    emphasis = Emphasis(weights=weights, key_point=draft.emphasis.key_point)
    problems = check_emphasis(emphasis, frozenset(ids))
    if problems:
        raise problems[0]
    attachments = tuple(received(draft.attachments, indexes[0]))
    return Audience(indexes, facts, opinions, attachments, emphasis, draft)


def _without_audience(item: DraftFact | DraftOpinion) -> dict[str, object]:
    return {name: value for name, value in item if name != "only_for"}
