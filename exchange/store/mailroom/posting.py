"""Put envelopes into mailboxes: many posts, one transaction, four statements.

Promises: cursors rise in the order of commits. The counter's row is locked from the moment a cursor is issued
until the commit, so nobody ever sees a higher cursor while a lower one is still to appear: a reader who moves
on from the last cursor it saw has missed nothing.
Never: an id is put into a mailbox twice.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from exchange.delivery import Verdict, judge
from exchange.store.mailroom.records import Issued, Post, Posted, Posting
from exchange.store.mailroom.tables import COUNTER, CURSOR, DELIVERY, ENVELOPE
from exchange.store.prepared import Prepared
from exchange.wire.api import Mail, MailKind, mail_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_ASKED = 500  # ids asked for in one statement

_ISSUE = Prepared(
    update(COUNTER)
    .where(COUNTER.c.name == CURSOR)
    .values(last=COUNTER.c.last + bindparam("count"))
    .returning(COUNTER.c.last)
)
_INSERT_ENVELOPE = Prepared(insert(ENVELOPE), tuple(ENVELOPE.c.keys()))
INSERT_DELIVERY = Prepared(insert(DELIVERY), tuple(DELIVERY.c.keys()))


@cache
def _known_among(count: int) -> Prepared:
    asked = [bindparam(str(number), type_=ENVELOPE.c.id.type) for number in range(count)]
    return Prepared(
        select(ENVELOPE.c.id, ENVELOPE.c.digest, ENVELOPE.c.agency).where(ENVELOPE.c.id.in_(asked))
    )


def issue(connection: Connection, count: int) -> int:
    """Issue `count` cursors, the last of which is returned; holds everybody else's issue until the commit."""
    ((last,),) = _ISSUE.rows(connection, {"count": count})
    return int(last)


def put(connection: Connection, posts: Sequence[Post]) -> list[Posted]:
    """Put all envelopes of all `posts` into their mailboxes, each once; verdicts in the posts' order."""
    wanted = sum(len(envelope.mailboxes) for post in posts for envelope in post.envelopes)
    last = issue(connection, wanted)
    known = _known(connection, [envelope.id for post in posts for envelope in post.envelopes])
    cursor = before = last - wanted
    verdicts: list[tuple[Verdict, ...]] = []
    envelopes: list[dict[str, object]] = []
    deliveries: list[dict[str, object]] = []
    mail: list[tuple[str, Mail]] = []
    for post in posts:
        judged: list[Verdict] = []
        for envelope in post.envelopes:
            verdict = judge(known.get(envelope.id), envelope.digest, post.agency)
            judged.append(verdict)
            if verdict == "accepted":
                known[envelope.id] = (envelope.digest, post.agency)
                envelopes.append(_envelope_row(cursor + 1, envelope, post))
                for mailbox in envelope.mailboxes:
                    deliveries.append(_delivery_row(cursor := cursor + 1, mailbox, envelope, envelopes[-1]))
                    mail.append((mailbox, Mail(MailKind.ENVELOPE, cursor, envelope.data)))
        verdicts.append(tuple(judged))
    if envelopes:
        _INSERT_ENVELOPE.many(connection, envelopes)
        INSERT_DELIVERY.many(connection, deliveries)
    issued: Issued | None = Issued(before, last, mail)
    return [Posted(judged, None if index else issued) for index, judged in enumerate(verdicts)]


def _known(connection: Connection, ids: list[str]) -> dict[str, tuple[bytes, str]]:
    known: dict[str, tuple[bytes, str]] = {}
    for start in range(0, len(ids), _ASKED):
        asked = ids[start : start + _ASKED]
        # A statement is prepared for each number of ids: ask for a power of two, the last one repeatedly.
        asked += asked[-1:] * ((1 << (len(asked) - 1).bit_length()) - len(asked))
        numbered = {str(number): name for number, name in enumerate(asked)}
        rows = _known_among(len(asked)).rows(connection, numbered)
        known.update({name: (digest, agency) for name, digest, agency in rows})
    return known


def _envelope_row(number: int, envelope: Posting, post: Post) -> dict[str, object]:
    slots = len(envelope.mailboxes)
    return {
        "number": number,
        "id": envelope.id,
        "digest": envelope.digest,
        "agency": post.agency,
        "posted": post.at,
        "slots": slots,
        "waiting": slots,
        "body": envelope.data,
    }


def _delivery_row(cursor: int, mailbox: str, envelope: Posting, row: dict[str, object]) -> dict[str, object]:
    size = mail_size(envelope.data)
    return {"cursor": cursor, "mailbox": mailbox, "envelope": row["number"], "size": size, "notice": None}
