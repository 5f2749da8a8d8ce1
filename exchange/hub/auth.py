"""Who asks: every request but a few public ones brings a proof, made for it alone.

Promises: a request is served for the agency whose transport key, in force by the log, signed its
method, target and body for this hub within the last minute; and once.
Never: a body is taken in for somebody who proved nothing; why a proof was refused is told to anybody but the
hub's own log.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from exchange import tokens
from exchange.errors import ProofRefused
from exchange.hub.log import Said, say
from exchange.wire.api import PROOF_SCHEME
from keys.record import digest

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.hub.keylog.agencies import LoggedAgencies

_PREFIX = PROOF_SCHEME + " "


class Doorkeeper:
    """Checks proofs made out to `address`."""

    def __init__(self, address: str, agencies: LoggedAgencies) -> None:
        self._address = address
        self._agencies = agencies
        self._taken = tokens.ReplayCache(began=int(time.time()))

    async def check(self, request: web.Request) -> tokens.Proof:
        """Verify the proof that a request brings, before its body is taken in; `ProofRefused`."""
        try:
            return self._verified(request)
        except ProofRefused as refusal:
            if refusal.where != "key" or not await self._agencies.look_again():
                say(Said.PROOF_REFUSED, reason=refusal.where)
                raise
        return self._verified(request)  # another process of this hub enrolled it

    def admit(self, proof: tokens.Proof, body: bytes) -> str:
        """Give the agency that proved a request with this very body; `ProofRefused`, also the second time."""
        if digest(body) != proof.body:
            say(Said.PROOF_REFUSED, reason="body")
            raise ProofRefused("body")
        try:
            self._taken.remember(proof, int(time.time()))
        except ProofRefused as refusal:
            say(Said.PROOF_REFUSED, reason=refusal.where)
            raise
        return proof.agency

    def _verified(self, request: web.Request) -> tokens.Proof:
        given = request.headers.getall("Authorization", ())
        if len(given) != 1 or not given[0].startswith(_PREFIX):
            raise ProofRefused("missing")
        return tokens.verify(
            given[0].removeprefix(_PREFIX),
            keys=self._agencies.transport_key,
            audience=self._address,
            method=request.method,
            target=request.raw_path,
            body_digest=None,
            now=int(time.time()),
        )
