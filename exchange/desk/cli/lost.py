"""What a home that was caught up has lost, and what to do about it: the words of that ceremony's record.

Promises: every private half that is gone is named, with the command or the act that goes on without it.
Never: it tells anybody to go on before they asked whether an old copy was put back at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keys.ceremony.catching_up import Lost
    from keys.ceremony.home import AgencyHome

_USES = {
    "signing": "the signing key, which vouches for your people",
    "mailbox": "the mailbox key, to which others seal what they send",
    "transport": "the transport key, which proves the desk to the hub",
    "witness": "the witness key, which vouches for the key log",
}


def following(home: Path, before: AgencyHome, gone: Lost) -> Iterator[str]:
    """Say what to do next, line by line; `before` is the home as it was put back."""
    yield (
        "If nobody put an old copy of this home back, stop: somebody else signed these events with your "
        "root. Ring the other agencies, and let the next root take over: `readback keys succeed-root`."
    )
    yield from (f"The private half is not here of {_USES[kind]}." for kind in gone.everyday)
    yield from _mail(gone)
    yield from _root(home, gone)
    if gone.everyday:
        yield "Make new keys in their place, under the root:"
        yield f"readback keys rotate {home} --by NAME"
    if "witness" in gone.everyday:
        yield "The witness key changes with that. Give whoever makes the policy its new line:"
        yield f"readback keys policy witness {home}"
    yield (
        f"People, roles, administrators and custodians are those of {before.roster_document.list().created}. "
        "Suspend who has left since, revoke again what was stolen since, and enrol who came:"
    )
    yield f"readback keys roster {home}"
    yield "Then start the desk, and make a backup at once."


def _mail(gone: Lost) -> Iterator[str]:
    if gone.mailboxes:
        yield "Nobody can open what others sealed to these mailbox keys. Ask the agencies to send it again:"
        yield from (f"key {key}" for key in gone.mailboxes)


def _root(home: Path, gone: Lost) -> Iterator[str]:
    if not gone.root:
        yield "The present root is here. Take it off this machine again when you are done."
        return
    if gone.other_root:
        yield f"The root in {home / 'offline'} is a former one. The present root is on your newest sticks."
    else:
        yield "The root is not on this machine. It is on your newest sticks."
    yield f"Bring the whole folder from there: {home / 'offline'}"
    yield "If that root is lost, the next root on those sticks takes over, before anything else:"
    yield f"readback keys succeed-root {home} --by NAME --by NAME"
