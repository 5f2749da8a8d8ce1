"""What each person said about being told: their mail address, of what, and their quiet hours.

Promises: it is kept sealed under the desk's own storage secret, always the same length, so that the casebook
shows neither an address nor a habit; the desk opens it at night, without the person.
Never: an address is logged, or given to anybody but the person themselves and the mail server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints, ValidationError

from exchange.desk.notifying.quiet import Quiet
from exchange.store.casebook import Change, KeptRow
from keys.errors import KeysProblem
from keys.keystore import open_at_rest, seal_at_rest
from keys.record import Frozen, format_time

if TYPE_CHECKING:
    from datetime import datetime

    from exchange.desk.notifying.matters import Kind
    from exchange.store.casebook import Casebook

PREFIX = "notices/"
_LABEL = b"notices\0"
_LENGTH = 1024  # bytes of every sealed record: blanks fill it up
_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_PART = r"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*"
DOMAIN = rf"{_PART}(?:\.{_PART})+"
MailAddress = Annotated[str, StringConstraints(max_length=254, pattern=rf"^{_LOCAL}@{DOMAIN}$")]


class Wishes(Frozen):
    """Where a person is told (None: nowhere), of what, and when not (None: at any hour)."""

    mail: MailAddress | None = None
    new: bool = True
    reminders: bool = True
    alarms: bool = True
    quiet: Quiet | None = Quiet()

    def wants(self, kind: Kind) -> bool:
        """Whether they want to be told of such things."""
        return {"new": self.new, "reminder": self.reminders, "alarm": self.alarms}[kind]


NOTHING = Wishes()


def name_of(person: str) -> str:
    """Under which name a person's wishes are kept."""
    return f"{PREFIX}{person}"


def kept(secret: bytes, person: str, wishes: Wishes, now: datetime) -> Change:
    """Keep a person's wishes in place of any others; `secret` is the desk's storage secret."""
    data = wishes.model_dump_json().encode().ljust(_LENGTH)
    sealed = seal_at_rest(secret, _LABEL + person.encode(), data)
    return Change(kept=(KeptRow(name_of(person), person, None, sealed, format_time(now)),))


async def wishes_of(casebook: Casebook, secret: bytes, person: str) -> Wishes:
    """Give a person's wishes; those of somebody who never said any are to be told nowhere."""
    row = await casebook.kept(name_of(person))
    if row is None:
        return NOTHING
    try:
        return Wishes.model_validate_json(open_at_rest(secret, _LABEL + person.encode(), row.sealed))
    except (KeysProblem, ValidationError):
        return NOTHING  # another desk's, or somebody else's put in their place
