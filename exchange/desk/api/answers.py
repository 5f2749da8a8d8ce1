"""Shapes that only the API has: what a list is wrapped in, and what stands in a path or a query.

Promises: every answer is an object, so that it can grow.
Never: a rule.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from exchange.desk.service.leading import AlarmView
from exchange.desk.service.views import DeliveryView, FoundParty, ReminderView
from keys.record import AgencyId, Frozen, Time

YesNo = Literal["yes", "no"]


class SignIn(Frozen):
    """A person, by id or by the exact name in the roster, and their own passphrase."""

    person: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    passphrase: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class WhomQuery(Frozen):
    """Parts of a name; nothing finds everybody. It is a body, since a name has no place in an address.

    With an `agency`, only its own people and roles are found.
    """

    q: Annotated[str, StringConstraints(max_length=200)] = ""
    agency: AgencyId | None = None


class CertificateQuery(Frozen):
    """`words=yes` for a certificate that carries the words too."""

    words: YesNo = "no"


class Parties(Frozen):
    """People and roles that one may write to."""

    parties: tuple[FoundParty, ...]


class Reminders(Frozen):
    """What is overdue."""

    rows: tuple[ReminderView, ...]


class Alarms(Frozen):
    """What stands wrong at this desk, for the agency's lead."""

    rows: tuple[AlarmView, ...]


class LineNow(Frozen):
    """The line to the hub: `up` is null before the first answer; `since` is when that last changed."""

    up: bool | None
    since: Time | None
    waiting: int  # envelopes of the whole agency that the hub does not have yet
    oldest: Time | None  # since when the first of them waits


class Deliveries(Frozen):
    """What became of what was sent."""

    rows: tuple[DeliveryView, ...]
