"""An agency's home: the folder in which its keys, people and roster live.

Promises: what is loaded was checked: the events against the agency's root, the roster against its signing
key, each keystore by its own secret. A home is loaded as it stood at one moment; load again after a ceremony.
Never: a name stands in it unencrypted, but the agency's own; a person's keys open without that person.

::

    HOME/agency.json                      id, name, fingerprint of the root
    HOME/desk.keystore, desk.credential   signing, mailbox, transport, witness keys, storage secrets
    HOME/offline/*.keystore               root, next root, records: passphrase; to be moved off the machine
    HOME/people/<person>.keystore         that person's own passphrase
    HOME/people/<person>.passkeys         public halves of their passkeys, encrypted under the desk's secret
    HOME/roles/<role>/<person>.wrapped    the role's keys, sealed to that member
    HOME/events/<seq>.json                signed agency events, to register with a hub
    HOME/ceremonies/<number>.json         what each ceremony did, signed by those who held it
    HOME/roster.sealed                    the current roster, encrypted under the desk's secret
    HOME/pins.json                        other agencies' roots, as compared by people
    HOME/tokens.json                      where a token is that opens one of these keystores
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from pydantic import Field, RootModel, StringConstraints

from keys.agency import EVERYDAY
from keys.ceremony.journal import settle, unsettled
from keys.ceremony.kept import read_transcripts
from keys.ceremony.roles import role_keys
from keys.ceremony.unlocking import fitting, unlock_desk
from keys.directory import Directory
from keys.errors import (
    HomeBusy,
    HomeMissing,
    KeysNotHere,
    KeystoreDamaged,
    KeystoreMissing,
    NameRefused,
    PersonSuspended,
    PinMalformed,
)
from keys.files import read_private, remove, write_private
from keys.keystore import Keystore, PasskeyOutput, Passphrase, open_at_rest, seal_at_rest
from keys.record import AgencyId, Base64, Frozen, Name, decode, encode
from keys.roster import RosterDocument, open_roster
from keys.statement import Signed, dump, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from keys.agency import AgencyKeys, Everyday
    from keys.ceremony.transcript import Kept
    from keys.keyring import Keyring
    from keys.keystore import HolderSecret
    from keys.notekey import WitnessKey
    from keys.roster import Roster
    from keys.suite import SigningKey, TransportKey

STORAGE: Final = "storage"  # the desk's secret for what it keeps
ROSTER: Final = "roster"  # the desk's secret for the roster's file
_ROSTER_LABEL = b"roster"
_FILE_LIMIT = 8 * 1024 * 1024
OURS: Final = -1  # before every index: our own roster is read whoever revoked its key, to be signed anew

Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{60}$")]


class AgencyCard(Frozen):
    """Who lives here."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    name: Name
    root: Pin


class _Event(Frozen):
    payload: Base64
    signature: Base64


class _Pins(RootModel[dict[AgencyId, Pin]]):
    pass


_Model = TypeVar("_Model", AgencyCard, _Event, _Pins)


@dataclass(frozen=True, slots=True, repr=False)
class AgencyHome:
    """An agency as its own desk knows it, with the desk's private keys."""

    path: Path
    card: AgencyCard
    keyring: Keyring
    keys: AgencyKeys
    events: tuple[Signed, ...]
    roster_document: RosterDocument
    roster: Roster
    pins: Mapping[str, str]
    ceremonies: tuple[Kept, ...]

    @property
    def agency(self) -> str:
        """The agency's id."""
        return self.card.agency

    @property
    def name(self) -> str:
        """The agency's name."""
        return self.card.name

    @property
    def lacking(self) -> tuple[Everyday, ...]:
        """The kinds of keys in use whose private halves are not in the desk's keystore: of an old backup."""
        held = set(self.keyring.ids())
        return tuple(kind for kind in EVERYDAY if self.keys.current[kind] not in held)

    def demand_keys(self, *kinds: Everyday) -> None:
        """Raise `KeysNotHere` if the private half of a key in use is not here; of these kinds, or of any."""
        for kind in self.lacking:
            if not kinds or kind in kinds:
                raise KeysNotHere(kind)

    @property
    def signing_key(self) -> SigningKey:
        """The key that signs the roster; `KeysNotHere`. So the next two."""
        self.demand_keys("signing")
        return self.keyring.signing(self.keys.signing.key_id)

    @property
    def transport_key(self) -> TransportKey:
        """The key that proves the desk's requests to the hub."""
        self.demand_keys("transport")
        return self.keyring.transport(self.keys.transport.key_id)

    @property
    def witness_key(self) -> WitnessKey:
        """The key with which the desk cosigns checkpoints."""
        self.demand_keys("witness")
        return self.keyring.witness(self.keys.witness.key_id)

    @property
    def storage_secret(self) -> bytes:
        """32 bytes for what the desk keeps encrypted (see `keystore.seal_at_rest`)."""
        return self.keyring.secret(STORAGE)

    def directory(self) -> Directory:
        """Fold the agency's own events anew, with its own root pinned."""
        return _fold(self.card, self.events)

    def unlock_person(self, person: str, given: Passphrase | PasskeyOutput) -> Keyring:
        """Open a person's keyring, with the keys of the roles whose member they are.

        Where a token opens their keys, what they typed is its PIN. A passkey opens what it was let in to.

        `KeyUnknown` for nobody of that id, `PersonSuspended`, `KeystoreLocked`. Slow: call it in a thread.
        """
        entry = self.roster.person(person)
        if entry.suspended is not None:
            raise PersonSuspended
        keystore = Keystore.open(person_keystore(self.path, entry.id))
        secret = given if isinstance(given, PasskeyOutput) else fitting(self.path, keystore, given)
        keyring = keystore.unlock(secret)
        if keyring.holder != entry.id:
            raise KeystoreDamaged  # one person's file in another's place
        return self.with_roles(entry.id, keyring)

    def secret_of(self, person: str, passphrase: Passphrase) -> HolderSecret:
        """Give what opens a person's keystore, of what they typed; `CredentialMissing`, `TokenUnknown`."""
        return fitting(self.path, Keystore.open(person_keystore(self.path, person)), passphrase)

    def with_roles(self, person: str, keyring: Keyring) -> Keyring:
        """Add the keys of the roles whose member that person is, as they stand in this home."""
        return keyring.joined(*role_keys(self.path, self.roster, person, keyring))


def person_keystore(home: Path, person: str) -> Path:
    """Where that person's keystore is; `person` must be an id from the roster."""
    return home / "people" / f"{person}.keystore"


def offline_keystore(home: Path, name: str) -> Path:
    """Where an offline keystore is at first: `root`, `next-root` or `records`."""
    return home / "offline" / f"{name}.keystore"


def load_home(path: Path, now: datetime | None = None) -> AgencyHome:
    """Load and check a home; `now` is this moment unless told otherwise.

    A ceremony that was cut short while it was put in place is finished first; `HomeBusy` while one is.

    `HomeMissing`, `KeystoreLocked`, `FileExposed`, or what `Directory.apply`, `open_roster` and
    `read_transcripts` raise. A roster whose time has passed, or whose signing key was revoked, is loaded;
    what must not happen after that is refused where it would happen.
    """
    if unsettled(path):
        with changing(path):
            pass  # entering finishes what a journal holds
    try:
        card = _read(path / "agency.json", AgencyCard)
        keyring = unlock_desk(path)
        events = tuple(_read_events(path))
        sealed = read_private(path / "roster.sealed", limit=_FILE_LIMIT)
    except KeystoreMissing:
        raise HomeMissing from None
    keys = _fold(card, events).agency(card.agency)
    document = RosterDocument.from_bytes(open_at_rest(keyring.secret(ROSTER), _ROSTER_LABEL, sealed))
    moment = now or datetime.now(UTC)
    roster = open_roster(document, keys, moment, newer_than=None, expired_too=True, index=OURS)
    held = read_transcripts(path, keyring.secret(ROSTER), roster, keys)
    return AgencyHome(path, card, keyring, keys, events, document, roster, read_pins(path), held)


def write_card(home: Path, card: AgencyCard) -> None:
    """Write who lives here."""
    write_private(home / "agency.json", dump(card), new=True)


def write_event(home: Path, seq: int, event: Signed, *, anew: bool = False) -> None:
    """Write one signed event beside the others, or `anew` in the place of another."""
    record = _Event(payload=encode(event.payload), signature=encode(event.signature))
    write_private(_event_file(home, seq), dump(record), new=not anew)


def remove_event(home: Path, seq: int) -> None:
    """Take away an event that the log has no place for."""
    remove(_event_file(home, seq))


def write_roster(home: Path, keyring: Keyring, document: RosterDocument) -> None:
    """Put a roster in the present one's place, encrypted under the desk's secret."""
    sealed = seal_at_rest(keyring.secret(ROSTER), _ROSTER_LABEL, document.to_bytes())
    write_private(home / "roster.sealed", sealed)


def read_pins(home: Path) -> Mapping[str, str]:
    """Give the compared fingerprints, by agency; none where nothing was compared yet."""
    try:
        return _read(home / "pins.json", _Pins).root
    except KeystoreMissing:
        return {}


def pin(home: Path, agency: str, compared: str) -> None:
    """Remember another agency's root as people compared it; `PinMalformed`, `NameRefused`."""
    digits = digits_of(compared)
    with changing(home):
        try:
            pins = _Pins.model_validate({**read_pins(home), agency: digits})
        except ValueError:
            raise NameRefused from None
        write_private(home / "pins.json", dump(pins))


def digits_of(fingerprint: str) -> str:
    """Give the sixty digits of a fingerprint, however they are grouped; `PinMalformed`."""
    if not re.fullmatch(r"[0-9]{60}", digits := "".join(fingerprint.split())):
        raise PinMalformed
    return digits


@contextmanager
def changing(home: Path) -> Iterator[None]:
    """Let one ceremony at a time change a home; `HomeBusy` or `HomeMissing` otherwise."""
    try:
        handle = os.open(home / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno in {errno.EROFS, errno.ENOSPC, errno.EDQUOT}:  # a home, on a disk that takes nothing
            raise
        raise HomeMissing from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeBusy from None
        settle(home)
        yield
    finally:
        os.close(handle)


def _fold(card: AgencyCard, events: tuple[Signed, ...]) -> Directory:
    directory = Directory({card.agency: card.root}, whole=False)
    for event in events:
        directory.apply(event)
    return directory


def _read(path: Path, model: type[_Model]) -> _Model:
    return load(read_private(path, limit=_FILE_LIMIT), model, limit=_FILE_LIMIT)


def read_event_file(path: Path) -> Signed:
    """Read a signed event from a file as `write_event` makes it, without believing it; `HomeMissing`."""
    try:
        record = load(path.read_bytes()[: _FILE_LIMIT + 1], _Event, limit=_FILE_LIMIT)
    except OSError:
        raise HomeMissing from None
    return Signed(decode(record.payload), decode(record.signature))


def _event_file(home: Path, seq: int) -> Path:
    return home / "events" / f"{seq:06}.json"


def _read_events(home: Path) -> Iterator[Signed]:
    for path in sorted((home / "events").glob("[0-9]*.json")):
        record = _read(path, _Event)
        yield Signed(decode(record.payload), decode(record.signature))
