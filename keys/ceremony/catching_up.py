"""A home that was put back from an old backup, brought up to its agency's own events in the key log.

Promises: nothing is written unless every event follows from the home's last and the agency's root of that
time signed it; where the log has another event in a place where the home has one, nothing is; the roster
takes a version above every one that was seen, so that others may believe the next.
Never: a private half comes back that is not in the home. `Lost` says which are not; new keys are made under
the root, by `agency.rotate`. Nor do people come back: those of the home are those of the backup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.ceremony.home import AgencyHome, changing, load_home, offline_keystore, write_event
from keys.ceremony.publish import publish
from keys.ceremony.root import NEXT, ROOT
from keys.errors import AgencyUnknown, HomeContradicted, KeystoreMissing
from keys.event import read_event
from keys.keystore import Keystore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from keys.agency import Everyday
    from keys.statement import Signed


@dataclass(frozen=True, slots=True)
class Lost:
    """What a home has no private half of.

    `everyday`: kinds of the keys in use; `mailboxes`: ids of mailbox keys, present and past, so that nobody
    opens what was sealed to them; `root`: whether the present root's keystore is not in `offline/`, and
    `other_root` whether a former root's lies there in its place.
    """

    everyday: tuple[Everyday, ...]
    mailboxes: tuple[str, ...]
    root: bool
    other_root: bool


def catch_up(path: Path, *, listed: Sequence[Signed], newest_roster: int, now: datetime) -> AgencyHome:
    """Take over the agency's events in the log, `listed` from the first on, that the home lacks.

    `newest_roster` is the highest version of its roster that anybody was seen to have; 0 where none is known.
    `HomeContradicted` where the home has another event in a place; what `Directory.apply` raises for events
    that the agency's roots did not sign, or that do not follow; `AgencyUnknown` for another agency's.
    """
    with changing(path):
        home = load_home(path, now)
        for seq, (ours, theirs) in enumerate(zip(home.events, listed, strict=False)):
            if ours.payload != theirs.payload:
                raise HomeContradicted(f"event {seq}")
        directory, new = home.directory(), listed[len(home.events) :]
        for signed in new:
            if read_event(signed.payload).agency != home.agency:
                raise AgencyUnknown
            directory.apply(signed)
        for seq, signed in enumerate(new, len(home.events)):
            write_event(path, seq, signed)
        _settle_root(path, directory.agency(home.agency).root.key_id)
        home = load_home(path, now)
        return _raised(home, newest_roster, now) if newest_roster > home.roster.version else home


def lost(home: AgencyHome) -> Lost:
    """Say of which keys a home has no private half."""
    held, present = set(home.keyring.ids()), home.keys.root.key_id
    named = _names(offline_keystore(home.path, ROOT))
    return Lost(
        everyday=home.lacking,
        mailboxes=tuple(key for key in home.keys.mailbox_keys if key not in held),
        root=present not in named,
        other_root=bool(named) and present not in named,
    )


def _raised(home: AgencyHome, newest: int, now: datetime) -> AgencyHome:
    """Sign the home's roster anew above `newest`, with the newest signing key of the agency that is here."""
    held = [key for key in home.keyring.ids("signing") if key in home.keys.signing_keys]
    return publish(home, now, key=home.keyring.signing(held[0]), above=newest)


def _settle_root(path: Path, present: str) -> None:
    """Where the next root of the backup has succeeded since, it takes the root's place, as it did then."""
    root, following = offline_keystore(path, ROOT), offline_keystore(path, NEXT)
    if present in _names(following):
        following.replace(root)


def _names(keystore: Path) -> frozenset[str]:
    try:
        return frozenset(name for _, name in Keystore.open(keystore).names)
    except KeystoreMissing:
        return frozenset()
