"""This agency as a witness: its desk says, signed, which checkpoint is the largest that it verified.

Promises: a checkpoint is cosigned only after the casebook has it, as cosigned, on disk: there one size has
one root, and nothing below the largest is cosigned any more. So no two histories ever have our signature,
whenever this process is killed and whatever the hub shows afterwards.
Never: a checkpoint is cosigned whose every entry was not verified here (see `desk.keylog`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from exchange.errors import HubRefused
from exchange.store.casebook import AuditEntry, Change, CheckpointRow
from keys.errors import KeysProblem
from keys.record import format_time
from keys.transparency.cosignature import cosign
from keys.transparency.note import NoteSigner, read_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.hub_client import HubClient
    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome

AGAIN = 6 * 3600  # seconds after which it says again that this is the largest it saw
REPEAT = 30  # seconds after which it says so once more to a hub that did not take it up


class Witness:
    """One desk's witness, if the policy names its key."""

    def __init__(
        self,
        hub: HubClient,
        trust: Trust,
        casebook: Casebook,
        *,
        home: Callable[[], AgencyHome],
        now: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._trust = trust
        self._casebook = casebook
        self._home = home
        self._now = now
        self._said = 0, 0  # of which size, and when

    async def cosign(self) -> None:
        """Cosign the largest checkpoint that was verified, unless that was said lately."""
        newest, moment = self._trust.log.newest, self._now()
        signer, now = self._signer(), int(moment.timestamp())
        if newest is None or newest.size == 0 or signer is None:
            return
        said = dict(newest.witnessed.witnesses).get(signer.name, 0)
        if now - said < AGAIN or (self._said[0] == newest.size and now - self._said[1] < REPEAT):
            return
        at, note = format_time(moment), read_note(newest.note)
        row = CheckpointRow(newest.size, newest.root, newest.note, newest.quorum, at, cosigned=at)
        first = await self._casebook.cosigned() < newest.size
        audit = (AuditEntry("log_cosigned", at, code=str(newest.size)),) if first else ()
        await self._casebook.record(Change(checkpoints=(row,), audit=audit))
        self._said = newest.size, now
        with suppress(HubRefused):  # it went on to a newer checkpoint, which is the next that we see
            await self._hub.cosign(note.joined(cosign(note.text, now, signer)).to_bytes())

    def _signer(self) -> NoteSigner | None:
        home = self._home()
        with suppress(KeysProblem):  # it was revoked, and not replaced yet
            signer = NoteSigner(home.agency, home.witness_key)
            if signer.verifier in self._trust.policy.witness_keys:
                return signer
        return None
