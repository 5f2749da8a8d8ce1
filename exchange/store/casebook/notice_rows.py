"""What the casebook keeps of notices: which went out, and about what each of them was.

Promises: as `rows`: ids, states and times; where a notice goes is looked up when it goes.
Never: an address, a name, or a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NoticeState = Literal["waiting", "sent", "dropped", "failed"]
WAITING: NoticeState = "waiting"


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice to one recipient, and what became of it.

    `id` says nothing and stays the same however often it is sent, so that a receiver can tell a double. `to`
    is a person or role by id, or a webhook with the event; `lane` is `mail`, or `webhook:` and its name.
    `next` is when to try, `attempts` how often that failed, `code` why it failed last. While it is `waiting`
    it may be `dropped`: what it was about is handled; or `failed`: nobody takes it.
    """

    id: str
    to: str
    lane: str
    urgent: bool
    state: NoticeState
    made: str
    next: str
    attempts: int = 0
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ToldRow:
    """That a notice is about a matter (32 hexadecimal digits, see `notifying.matters`): nobody is told twice.

    `thread` is where to look whether it still waits; empty for an alarm.
    """

    to: str
    matter: str
    notice: str
    thread: str
    at: str
