"""What goes into the mailroom and comes out of it.

Never: any of these knows what an envelope says; `data` is ciphertext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.delivery import Verdict
    from exchange.wire.api import Mail


class Posting(NamedTuple):
    """One envelope to be put into mailboxes: its own id and slots, its exact bytes, their SHA-256."""

    id: str
    mailboxes: tuple[str, ...]
    data: bytes
    digest: bytes


class Post(NamedTuple):
    """The envelopes of one request, who posts them, and when (seconds since 1970)."""

    agency: str
    at: int
    envelopes: tuple[Posting, ...]


class Issued(NamedTuple):
    """What one committed transaction put into mailboxes.

    `before` is the last cursor issued by anybody until then: whoever kept up with every `Issued` of one
    process knows by it whether another process has issued cursors in between.
    """

    before: int
    last: int
    mail: Sequence[tuple[str, Mail]]


class Posted(NamedTuple):
    """What became of one `Post`: each envelope's verdict; the transaction's `Issued`, with its first post."""

    verdicts: tuple[Verdict, ...]
    issued: Issued | None
