"""The words in a certificate: shown only if they are those that the signed slips pinned.

Promises: each is the exact text that its slip committed to, was sealed for that very step, and names the same
version and read-back as the slip does, without a sign that hides or reverses what is read; an emphasis
that is revealed is the one that the share had committed to.
Never: it judges what was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import (
    CertificateIncomplete,
    CertificateRefused,
    ContentsDisagree,
    EmphasisDisagrees,
    TextUnprintable,
)
from exchange.sealing import SALT_SIZE, commitment
from exchange.share.rules.text import texts
from exchange.wire import contents
from exchange.wire.contents import HearBackContents, ReadBackContents, ShareContents
from keys.errors import Malformed
from keys.record import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.evidence.certificate import SpokenWords
    from exchange.wire.contents import Contents
    from exchange.wire.slip import Slip


def open_words(words: Sequence[SpokenWords], slips: Mapping[str, Slip]) -> dict[str, Contents]:
    """Give the words by their step's digest.

    `ContentsDisagree` or `EmphasisDisagrees` if they are not those that were signed for,
    `CertificateIncomplete` or `CertificateRefused` if they do not belong or are not as they should be.
    """
    names = [one.step for one in words]
    if names != sorted(set(names)):
        raise CertificateRefused("words")
    shown: dict[str, Contents] = {}
    for index, one in enumerate(words):
        slip = slips.get(one.step)
        if slip is None or one.part >= len(slip.contents):
            raise CertificateIncomplete(f"words[{index}]")
        shown[one.step] = _opened(one, slip, f"words[{index}]")
    for index, found in enumerate(shown.values()):
        if isinstance(found, HearBackContents):
            _check_reveal(found, shown, f"words[{index}]")
    return shown


def _opened(one: SpokenWords, slip: Slip, where: str) -> Contents:
    salt, raw, pin = decode(one.salt), decode(one.contents), slip.contents[one.part]
    if len(raw) != pin.length or not _commits(pin.commitment, salt, raw):
        raise ContentsDisagree(where)
    try:
        found = contents.read(slip.kind, raw)
    except Malformed:
        raise ContentsDisagree(where) from None
    author = slip.author
    bound = (found.kind, found.step, found.thread, found.agency, found.person)
    if bound != (slip.kind, slip.id, slip.thread, author.agency, author.person):
        raise ContentsDisagree(where)
    answered = (
        found.version
        if isinstance(found, ReadBackContents)
        else found.read_back
        if isinstance(found, HearBackContents)
        else slip.answers
    )
    if answered != slip.answers:
        raise ContentsDisagree(where)
    if any(isinstance(problem, TextUnprintable) for problem in texts(found)):
        raise TextUnprintable(where)
    return found


def _commits(to: str, salt: bytes, data: bytes) -> bool:
    return len(salt) == SALT_SIZE and commitment(salt, data) == to


def _check_reveal(heard: HearBackContents, shown: Mapping[str, Contents], where: str) -> None:
    read_back = shown.get(heard.read_back)
    version = shown.get(read_back.version) if isinstance(read_back, ReadBackContents) else None
    if not isinstance(version, ShareContents):
        return  # the share's own words are not shown, and with them the commitment is not
    if not _commits(version.emphasis, decode(heard.reveal.salt), decode(heard.reveal.emphasis)):
        raise EmphasisDisagrees(where)
