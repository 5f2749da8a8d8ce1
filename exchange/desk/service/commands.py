"""The commands with which ceremonies are held, with the ids filled in: for a page to show, never to run.

Promises: every command is one that `readback` has, with options that it has; a ceremony's rehearsal comes
before it; whatever takes two people says so.
Never: a passphrase, a path of this machine, or a name: people are named by their ids, and `HOME` and `NAME`
are for whoever types it. Whether a ceremony may be held is for the command to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keys.ceremony.kinds import IRREVERSIBLE
from keys.record import Frozen

if TYPE_CHECKING:
    from keys.ceremony.kinds import Ceremony
    from keys.roster import Person, Role

_KEYS: Final = "readback keys"
_WHY: Final = " --reasons TEXT"
_TAKES_REASONS: Final = frozenset({"suspend", "remove", "succeed-root", "revoke", "recover"})
_AGENCY: Final[tuple[tuple[str, Ceremony, str], ...]] = (
    ("Enrol somebody", "enrol", "enrol HOME --name TEXT --post TEXT"),
    ("Create a role", "role", "role HOME NAME --member ID"),
    ("Name or relieve an administrator", "administrators", "administrators HOME --name ID"),
    ("Replace the everyday keys", "rotate", "rotate HOME"),
    ("Begin a new epoch, once a year", "rotate-epoch", "rotate-epoch HOME"),
    ("Put the next root in the root’s place", "succeed-root", "succeed-root HOME"),
    (
        "Recover from a theft of the agency’s keys",
        "recover",
        "recover HOME --of agency --from-index NUMBER",
    ),
)


REHEARSE_RECORDS: Final = f"{_KEYS} rehearse-records HOME --with ID --with ID"
CEREMONIES: Final = f"{_KEYS} ceremonies HOME"
POLICY: Final = f"{_KEYS} policy show HOME"
FINGERPRINT: Final = f"{_KEYS} fingerprint HOME"
TRAIL: Final = "readback desk audit HOME"
FORKS: Final = "readback desk forks HOME"


class CommandView(Frozen):
    """One ceremony: what it does, and the two commands, the rehearsal first; `two` if two people hold it."""

    does: str
    rehearsal: str
    command: str
    two: bool


def for_agency() -> tuple[CommandView, ...]:
    """Give the ceremonies of the agency as a whole."""
    erasing = _made("Erase old keys whose time is over", "erase-keys", "readback desk erase-keys HOME")
    return (*(_made(does, name, f"{_KEYS} {words}") for does, name, words in _AGENCY), erasing)


def for_person(person: Person, *, lead: bool) -> tuple[CommandView, ...]:
    """Give the ceremonies about one person."""
    who = person.id
    found = [_made("Give them new keys", "renew", f"{_KEYS} enrol HOME --renew {who}")]
    if person.suspended is None:
        found.append(_made("Suspend them", "suspend", f"{_KEYS} suspend HOME {who}"))
    else:
        found.append(_made("End the suspension", "restore", f"{_KEYS} restore HOME {who}"))
    if not lead and person.suspended is None:
        found.append(_made("Make them the agency’s lead", "lead", f"{_KEYS} lead HOME {who}"))
    stolen = f"{_KEYS} recover HOME --of {who} --from-index NUMBER"
    found.append(_made("Recover from a theft of their keys", "recover", stolen))
    found.append(_made("Remove them for good", "remove", f"{_KEYS} remove HOME {who}"))
    return tuple(found)


def for_role(role: Role) -> tuple[CommandView, ...]:
    """Give the ceremonies about one role: everybody who stays in it is named again."""
    members = "".join(f" --member {person}" for person in role.members)
    return (_made("Say anew who is in it", "role", f"{_KEYS} role HOME {role.id}{members}"),)


def for_key(key: str) -> CommandView:
    """Give the ceremony that revokes one of the agency's keys."""
    return _made("Revoke it", "revoke", f"{_KEYS} revoke HOME {key} --from-index NUMBER")


def for_list() -> CommandView:
    """Give the ceremony that signs the list of people for another term."""
    return _made("Sign the list for another term", "renew-roster", f"{_KEYS} roster HOME --renew")


def for_custodians() -> CommandView:
    """Give the ceremony that gives the records key to custodians."""
    words = "custodians HOME --name ID --name ID --name ID --need 2"
    return _made("Give the records key to custodians", "custodians", f"{_KEYS} {words}")


def over(alarm: str) -> str:
    """Give the command that says that an alarm was dealt with."""
    return f"readback desk alarms HOME --over {alarm}"


def _made(does: str, ceremony: Ceremony, words: str) -> CommandView:
    two = ceremony in IRREVERSIBLE
    whole = f"{words}{_WHY if ceremony in _TAKES_REASONS else ''} --by NAME{' --by NAME' if two else ''}"
    return CommandView(does=does, rehearsal=f"{whole} --rehearse", command=whole, two=two)
