"""A thread as custodians opened it, on the terminal.

Promises: every step in its order, whose it is, and its words; what could not be opened says so by its code.
Never: more than the thread that was asked for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from exchange.desk.cli import pages, share_page
from exchange.desk.cli.say import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.desk.service.breakglass import OpenedStep, OpenedThread, OpenedWords


def lines(opened: OpenedThread) -> Iterator[str]:
    """Print it, in lines of at most 80 columns."""
    yield from wrapped(f"OPENED BY CUSTODIANS: thread {opened.thread} of {opened.agency}.")
    yield from wrapped("It is in the audit trail, and an alarm tells the agency's lead.")
    versions: Counter[int | None] = Counter()
    for step in opened.steps:
        versions[step.leg] += step.kind == "amend"
        yield ""
        yield from wrapped(_heading(step), hang=4)
        for said in step.said:
            yield from _said(step, said, 1 + versions[step.leg])
        for ranking in step.ranking:
            weights = ", ".join(f"{name} {weight}" for name, weight in ranking.weights.items())
            text = f"the sender's ranking: key point {ranking.key_point}; {weights}"
            yield from wrapped(text, indent=4)


def _heading(step: OpenedStep) -> str:
    who = f"{step.name or step.person} ({step.agency})"
    leg = "" if step.leg is None else f" on leg {step.leg}"
    verdict = f": {step.verdict}" if step.verdict else ""
    return f"{pages.moment(step.created)}  {who} {pages.did(step.kind)}{leg}{verdict}"


def _said(step: OpenedStep, said: OpenedWords, version: int) -> Iterator[str]:
    if said.words is None:
        yield f"    not opened: {said.refused}"
    elif step.kind in {"share", "amend"}:
        view: dict[str, Any] = {"words": said.words, "version_number": version, "attachments": ()}
        yield from share_page.words(view)
        for note in said.words["attachments"]:
            yield from wrapped(f"Attachment: {note['name']}. {note['why_needed']}", hang=2)
    else:
        yield from pages.words_of({"words": said.words, "words_refused": None})
