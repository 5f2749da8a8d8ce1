"""A notice's words, for people and for programs: the same for everybody, but for a number.

Promises: what waits, for whom, and of what kind cannot be told from it; sent again it is the same notice, by
its id (RFC 5322 `Message-ID`, Standard Webhooks `webhook-id`), so that a receiver can drop a double.
Never: a name, an id of anything but the notice, or a word that somebody wrote.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from keys.record import format_time

if TYPE_CHECKING:
    from datetime import datetime

_TEXT = """\
Something waits for you at the desk of {agency}:
{address}

How many things: {count}.
{urgency}

This message says no more on purpose. Open the desk as you always do. Nobody who
writes to you in its name needs your passphrase.
If a child is in danger now, ring 999.
"""
_IMMEDIATE = "At least one of them is IMMEDIATE: look now."
_NOT_IMMEDIATE = "None of them is immediate."


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said: how many things wait, and whether any is immediate; `kind` is for programs alone."""

    id: str
    made: datetime
    count: int
    urgent: bool
    kind: str = "new"


def as_mail(notice: Notice, *, agency: str, address: str, sender: str, to: str) -> bytes:
    """Spell a notice as a mail (RFC 5322), marked as written by a program (RFC 3834)."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = "Immediate: something waits for you" if notice.urgent else "Something waits for you"
    mail["Date"] = format_datetime(notice.made)
    mail["Message-ID"] = f"<{notice.id}@{urlsplit(address).hostname or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    urgency = _IMMEDIATE if notice.urgent else _NOT_IMMEDIATE
    text = _TEXT.format(agency=agency, address=address, count=notice.count, urgency=urgency)
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes()


def as_event(notice: Notice) -> bytes:
    """Spell a notice as an event (Standard Webhooks)."""
    event = {
        "type": f"notice.{notice.kind}",
        "timestamp": format_time(notice.made),
        "data": {"count": notice.count, "urgent": notice.urgent},
    }
    return json.dumps(event, separators=(",", ":")).encode()
