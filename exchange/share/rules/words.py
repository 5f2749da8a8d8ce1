"""The words of each kind of step, judged.

Promises: words that belong to another step, thread, author or version are refused before anything else is
said about them; then everything that is wrong is named together.
Never: it compares a read-back with its share. See `answering`, and `understanding` for the sense.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import (
    CategoryMissing,
    ChangeMissing,
    ContentsDisagree,
    ContentsMalformed,
    HeardIncomplete,
    NewGroundsMissing,
    RestatementUnknown,
    StatementIds,
)
from exchange.share.clocks import day_in_london
from exchange.share.rules.answering import statement_ids
from exchange.share.rules.law import needs_categories
from exchange.share.rules.people import categories, informed, known, subjects
from exchange.share.rules.statements import statements
from exchange.share.rules.text import is_blank, texts
from exchange.wire.contents import (
    DecisionContents,
    DeclineContents,
    HearBackContents,
    ReadBackContents,
    RefuseContents,
    RequestContents,
    ShareContents,
)
from keys.record import parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from exchange.share.catalogue import Catalogue
    from exchange.wire.contents import AttachmentNote, Contents
    from exchange.wire.slip import Slip
    from keys.errors import Problem


def check_contents(contents: Contents, slip: Slip, catalogue: Catalogue) -> list[Problem]:
    """Name everything that is wrong with the words of the step that `slip` is."""
    bound = _bound(contents, slip)
    if bound:
        return bound
    return [*texts(contents), *_of_its_kind(contents, slip, parse_time(slip.created), catalogue)]


def _of_its_kind(  # noqa: PLR0911 -- one answer for each kind of step
    contents: Contents, slip: Slip, created: datetime, catalogue: Catalogue
) -> list[Problem]:
    match contents:
        case ShareContents():
            return _share(contents, slip, created, catalogue)
        case RequestContents():
            return _request(contents, slip, created, catalogue)
        case DecisionContents() if contents.about:
            return subjects(contents.about, created, catalogue, "about")
        case DeclineContents():
            return [*known("decline", contents.reason, created, catalogue, "reason")]
        case RefuseContents():
            return [*known("refuse", contents.reason, created, catalogue, "reason")]
        case ReadBackContents():
            return _once([item.statement for item in contents.restatements])
        case HearBackContents():
            return _hear_back(contents, slip.verdict)
        case _:
            return []


def _bound(contents: Contents, slip: Slip) -> list[Problem]:
    pairs = [
        ("kind", contents.kind, slip.kind),
        ("step", contents.step, slip.id),
        ("thread", contents.thread, slip.thread),
        ("agency", contents.agency, slip.author.agency),
        ("person", contents.person, slip.author.person),
    ]
    if isinstance(contents, ReadBackContents):
        pairs.append(("version", contents.version, slip.answers or ""))
    if isinstance(contents, HearBackContents):
        pairs.append(("read_back", contents.read_back, slip.answers or ""))
    return [ContentsDisagree(field) for field, said, signed in pairs if said != signed]


def _share(share: ShareContents, slip: Slip, created: datetime, catalogue: Catalogue) -> list[Problem]:
    problems = statements(share.facts, share.opinions, created)
    problems += subjects(share.subjects, created, catalogue)
    problems += informed(share.subject_informed, len(share.subjects), created, catalogue)
    if share.law_enforcement:
        problems += categories(share.subjects)
    elif needs_categories(slip.basis, day_in_london(created), catalogue):
        problems.append(CategoryMissing("law_enforcement"))
    problems += _attachments(share.attachments, len(slip.attachments))
    if (share.kind == "amend") != (share.change is not None):
        problems.append(ChangeMissing("change"))
    present = statement_ids(share)
    problems += [
        StatementIds(f"retracted[{index}]") if share.kind == "amend" else ChangeMissing(f"retracted[{index}]")
        for index, name in enumerate(share.retracted)
        if share.kind == "share" or name in present
    ]
    return problems


def _request(request: RequestContents, slip: Slip, created: datetime, catalogue: Catalogue) -> list[Problem]:
    problems = subjects(request.subjects, created, catalogue)
    if slip.answers is not None and is_blank(request.new_grounds):
        problems.append(NewGroundsMissing("new_grounds"))
    return problems


def _attachments(notes: tuple[AttachmentNote, ...], pinned: int) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[int] = set()
    for index, note in enumerate(notes):
        if note.pin >= pinned or note.pin in seen:
            problems.append(ContentsDisagree(f"attachments[{index}].pin"))
        seen.add(note.pin)
        if not is_file_name(note.name):
            problems.append(ContentsMalformed(f"attachments[{index}].name"))
    return problems


def is_file_name(name: str) -> bool:
    """Say whether this is the name of a file and no path: it will be a file on somebody's machine."""
    return not set(name) & set('/\\:*?"<>|\n\t') and not name.startswith(".") and name == name.strip(" .")


def _once(names: list[str]) -> list[Problem]:
    return [
        RestatementUnknown(f"restatements[{index}].statement")
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def _hear_back(contents: HearBackContents, verdict: str | None) -> list[Problem]:
    names = [item.statement for item in contents.heard]
    problems: list[Problem] = []
    for index, item in enumerate(contents.heard):
        if item.statement in names[:index]:
            problems.append(HeardIncomplete(f"heard[{index}].statement"))
        if item.understood == (item.correction is not None):
            problems.append(HeardIncomplete(f"heard[{index}].correction"))
        if verdict == "agreed" and not item.understood:
            problems.append(HeardIncomplete(f"heard[{index}].understood"))
    nothing_wrong = all(item.understood for item in contents.heard) and is_blank(contents.words)
    if verdict == "corrected" and nothing_wrong:
        problems.append(HeardIncomplete("words"))
    return problems
