"""The hub's parts, put together: what a route may ask for.

Promises: `start` leaves everything ready or nothing running; `close` commits what is queued, answers whoever
waits, and returns when nothing is left to do; what has waited too long expires, on a clock of its own.
Never: it knows HTTP.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints, ValidationError

from exchange.errors import HubMissing, SettingsRefused, StoreUnavailable
from exchange.hub.auth import Doorkeeper
from exchange.hub.blobs import Blobs
from exchange.hub.ceremonies import FOLDER, keep
from exchange.hub.config import HubConfig, write_settings
from exchange.hub.keylog import Keylog, key, mending
from exchange.hub.keylog.agencies import FOLLOW_EVERY
from exchange.hub.log import Said, say, say_failure
from exchange.hub.mailboxes import Mailboxes
from exchange.store.mailroom import Mailroom
from keys.errors import HomeBusy, KeystoreDamaged, PinMalformed
from keys.record import AgencyId, Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.hub.ceremonies import HubTranscript, Opener
    from exchange.hub.keylog.mending import Mended
    from keys.transparency.note import NoteSigner, VerifierKey


class Admission(Frozen):
    """Which agency may register, under the root of which fingerprint: 12 groups of 5 digits."""

    agency: AgencyId
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}( [0-9]{5}){11}$")]


SWEEP_EVERY = 60.0  # seconds
_ASIDE = ".ceremony."  # a change of what opens the log's key is tried in a folder that begins so
BLOB_GRACE = 7 * 86_400  # seconds that a blob outlives the envelopes that may name it


def found(home: Path, **settings: str | int) -> VerifierKey:
    """Set up a hub: its settings, and the key that signs its log; gives what verifies that.

    The founding's transcript is signed by that key. `FileExistsError` if there is a hub already,
    `SettingsRefused`.
    """
    write_settings(home, **settings)
    origin = HubConfig.read(home).origin
    log = key.draw(home, origin)
    keep(home, key.read(home, origin), "found", "credential", datetime.now(UTC))
    return log


def change_opener(
    home: Path, *, module: Path | None = None, label: str = "", pin_file: Path | None = None, rehearse: bool
) -> HubTranscript:
    """Put the log's key under a new credential, or under a token if `module`, `label` and `pin_file` say so.

    It is tried on a copy first, and a rehearsal ends there; then its transcript is written, then it is done:
    cut short in between, the hub opens it as before. `HomeBusy` while another is under way: it would clear
    away the credential that this one has just drawn. Errors as `key.read` and `key.move_to_token`.
    """
    with _alone(home):
        return _change_opener(home, module, label, pin_file, rehearse=rehearse)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let one at a time change a hub's folder; the system lets go of it for whoever was killed."""
    try:
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise HubMissing from None
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeBusy from None
        yield
    finally:
        os.close(folder)


def _change_opener(
    home: Path, module: Path | None, label: str, pin_file: Path | None, *, rehearse: bool
) -> HubTranscript:
    config = HubConfig.read(home)
    signer = key.read(home, config.origin)

    def change(place: Path) -> None:
        if module is not None and pin_file is not None:
            key.move_to_token(place, module=module, label=label, pin_file=pin_file)
        else:
            key.renew_credential(place)

    for left in home.glob(f"{_ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=home, prefix=_ASIDE) as folder:
        aside = Path(folder)
        for path in (home / name for name in key.FILES):
            if path.exists():
                shutil.copy2(path, aside / path.name)
        if (home / FOLDER).exists():
            shutil.copytree(home / FOLDER, aside / FOLDER)
        change(aside)
        if key.read(aside, config.origin).verifier != signer.verifier:
            raise KeystoreDamaged
        opened: Opener = "credential" if module is None else "pkcs11"
        kept = keep(aside if rehearse else home, signer, "secret", opened, datetime.now(UTC))
    if not rehearse:
        change(home)
    return kept


async def admit(config: HubConfig, agency: str, fingerprint: str) -> None:
    """Let `agency` register under the root of this fingerprint; also while the hub runs.

    Spaces in a fingerprint do not matter. `SettingsRefused` where the agency is not of the form of an id,
    `PinMalformed` where the fingerprint is none; `StoreUnavailable`.
    """
    digits = "".join(fingerprint.split())
    grouped = " ".join(digits[at : at + 5] for at in range(0, len(digits), 5))
    try:
        admission = Admission(agency=agency, fingerprint=grouped)
    except ValidationError as error:
        place = str(error.errors()[0]["loc"][0])
        if place == "fingerprint":
            raise PinMalformed from None
        raise SettingsRefused(place) from None
    room = await Mailroom.open(config.database_url)
    try:
        await room.admit(admission.agency, admission.fingerprint)
    finally:
        await room.close()


async def mend(config: HubConfig, export: Path) -> Mended:
    """Put back what the key log has lost; see `keylog.mending`. `FileMissing`, `StoreUnavailable`."""
    signer = await asyncio.to_thread(key.read, config.home, config.origin)
    room = await Mailroom.open(config.database_url)
    try:
        return await mending.mend(room, signer, export)
    finally:
        await room.close()


class Hub:
    """One process's hub. Made by `start`."""

    def __init__(self, config: HubConfig, room: Mailroom, signer: NoteSigner) -> None:
        self.config = config
        self.room = room
        self.keylog = Keylog(room, signer, wanted=config.witnesses_wanted, memory=config.home / key.NEWEST)
        self.mailboxes = Mailboxes(room)
        self.blobs = Blobs(config.blobs)
        self.door = Doorkeeper(config.address, self.keylog.agencies)
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, config: HubConfig) -> Hub:
        """Open the store, bring it to the present schema, and begin.

        `StoreUnavailable` if it is away, `LogKeyMissing`, `LogDamaged`.
        """
        signer = await asyncio.to_thread(key.read, config.home, config.origin)
        room = await Mailroom.open(config.database_url)
        hub = cls(config, room, signer)
        try:
            hub.blobs.start()
            await hub.keylog.start()
            await hub.mailboxes.start()
        except BaseException:
            await room.close()
            raise
        hub._tasks.append(asyncio.create_task(hub._keep_sweeping(), name="sweeping"))
        if room.shared:
            hub._tasks.append(asyncio.create_task(hub._keep_following(), name="following"))
        return hub

    def drain(self) -> None:
        """Let nobody wait any longer."""
        self.mailboxes.drain()

    async def close(self) -> None:
        """Stop, losing nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.keylog.close()
        await self.mailboxes.close()
        await self.room.close()

    async def sweep(self, now: int) -> None:
        """Let expire what has waited too long by `now` (seconds since 1970); forget what left long ago."""
        expired = await self.room.expire(self.config.keep, now)
        if expired:
            say(Said.EXPIRED, count=expired)
        await self.room.forget(self.config.remember, now)
        removed = await self.blobs.remove_older(now - self.config.keep - BLOB_GRACE)
        if removed:
            say(Said.BLOBS_REMOVED, count=removed)

    async def _keep_following(self) -> None:
        """Take over the events that other processes took: a key revoked there counts no more here."""
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            try:
                await self.keylog.agencies.look_again()
            except StoreUnavailable:
                say(Said.STORE_AWAY)

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep(int(time.time()))
            except StoreUnavailable:
                say(Said.STORE_AWAY)
            except Exception as error:  # noqa: BLE001 - the next sweep must come, whatever this one met
                say_failure(Said.SWEEP_FAILED, error)
            await asyncio.sleep(SWEEP_EVERY)
