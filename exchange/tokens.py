"""The request proof: made by a desk, checked by the hub, side by side.

Promises: a proof fits one request (method, target, body, hub), lives at most `LIFETIME_MAX` seconds, and has
one spelling: it is read, printed again, and refused if that gives other bytes; so there is no room for
another algorithm, an embedded key, an unknown header, or a second form of the same claims. Whatever is
wrong, the peer learns `ProofRefused` alone; `where` is for the local audit.
Never: it reads a clock (`now` is passed), chooses an algorithm by what a token says, or keeps a secret.

A proof is a JWT signed with EdDSA by the agency's transport key (`docs/spec/proof.md`)::

    {"alg":"EdDSA","kid":"…32…","typ":"readback-proof+jwt"}
    {"iss":"northshire-childrens","aud":"hub.example","htm":"POST","htu":"/v1/envelopes","iat":1795273445,
     "exp":1795273475,"jti":"…26…","bh":"…64 hex…"}
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

import jwt
from pydantic import Field, StringConstraints

from exchange.errors import ProofRefused
from keys.errors import KeysProblem
from keys.record import AgencyId, Digest, Frozen, Id
from keys.statement import dump
from keys.suite import TransportPublic

if TYPE_CHECKING:
    from keys.suite import TransportKey

LIFETIME = 30  # seconds for which a desk makes a proof
LIFETIME_MAX = 60  # seconds for which the hub takes one
SKEW = 30  # seconds by which two clocks may differ
SIZE_MAX = 4096  # characters of a proof
TARGET_MAX = 512  # characters of path and query
REMEMBERED = 1 << 20  # proofs of one agency at a time

TransportKeys = Callable[[str, str], TransportPublic]
"""From agency and key id to a transport key in force; raises a `KeysProblem` where there is none."""

Target = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=TARGET_MAX)]
Audience = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
Moment = Annotated[int, Field(ge=0, lt=2**40)]

_SIGNER = jwt.PyJWS(algorithms=["EdDSA"])
_EDDSA = jwt.get_algorithm_by_name("EdDSA")
_TYPE = "readback-proof+jwt"
_SEGMENTS = 3
_SIGNATURE_SIZE = 64


# A proof has one spelling, so reading it is a match: there is nothing to interpret. Text is printable ASCII.
_TEXT = r'[!#-\[\]-~]*(?:\\["\\][!#-\[\]-~]*)*'
_MOMENT = r"0|[1-9][0-9]{0,11}"
_HEADER = re.compile(rb'\{"alg":"EdDSA","kid":"([a-z2-7]{32})","typ":"readback-proof\+jwt"\}')
_CLAIMS = re.compile(
    r'\{"iss":"([a-z][a-z0-9-]{1,38}[a-z0-9])",'
    rf'"aud":"({_TEXT})","htm":"(GET|HEAD|POST|PUT)","htu":"(/{_TEXT})",'
    rf'"iat":({_MOMENT}),"exp":({_MOMENT}),'
    r'"jti":"([a-z2-7]{26})","bh":"([0-9a-f]{64})"\}'
)
_STANDARD, _URL_SAFE = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


class _Claims(Frozen):
    iss: AgencyId
    aud: Audience
    htm: Literal["GET", "HEAD", "POST", "PUT"]
    htu: Target
    iat: Moment
    exp: Moment
    jti: Id
    bh: Digest


@dataclass(frozen=True, slots=True)
class Proof:
    """A request that was proved: by which agency, under which name, until when (seconds since 1970)."""

    agency: str
    jti: str
    issued: int
    expires: int
    body: str = field(default="", compare=False)  # the SHA-256 that it was made for, in hexadecimal


def mint(  # noqa: PLR0913 - each is one thing that the proof binds, given by name
    key: TransportKey,
    *,
    agency: str,
    audience: str,
    method: str,
    target: str,
    body_digest: str,
    now: int,
    jti: str,
) -> str:
    """Prove one request: `target` is its path and query as sent, `body_digest` the SHA-256 of its body.

    `jti` is a fresh id (`keys.record.new_id`), `now` in seconds since 1970. `ValueError` for anything that
    `verify` could never take.
    """
    claims = _Claims.model_validate(
        {
            "iss": agency,
            "aud": audience,
            "htm": method,
            "htu": target,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": jti,
            "bh": body_digest,
        }
    )
    headers = {"kid": key.public.key_id, "typ": _TYPE}
    return _SIGNER.encode(dump(claims), key.raw, algorithm="EdDSA", headers=headers)


def verify(  # noqa: PLR0913 - each is one thing that the proof binds, given by name
    token: str,
    *,
    keys: TransportKeys,
    audience: str,
    method: str,
    target: str,
    body_digest: str | None,
    now: int,
) -> Proof:
    """Check a proof against the request it came with; `ProofRefused` otherwise.

    Without `body_digest` the body has still to come: compare it with the proof's `body` when it is there.
    It may still be a replay: give what comes back to `ReplayCache.remember` before acting on it.
    """
    segments = token.encode().split(b".") if len(token) <= SIZE_MAX and token.isascii() else []
    if len(segments) != _SEGMENTS:
        raise ProofRefused("form")
    key_id = _key_id_of(segments[0])
    claims = _CLAIMS.fullmatch(_unbase64(segments[1]).decode("latin-1"))
    signature = _unbase64(segments[2])
    if claims is None:
        raise ProofRefused("claims")
    agency, aud, htm, htu, iat, exp, jti, bh = claims.groups()
    expected = (_escaped(audience), method, _escaped(target), bh if body_digest is None else body_digest)
    if (aud, htm, htu, bh) != expected:
        raise ProofRefused("request")
    issued, expires = int(iat), int(exp)
    if not 0 < expires - issued <= LIFETIME_MAX:
        raise ProofRefused("lifetime")
    if not issued - SKEW <= now <= expires + SKEW:
        raise ProofRefused("time")
    try:
        key = keys(agency, key_id)
    except KeysProblem:
        raise ProofRefused("key") from None
    signed = b"%b.%b" % (segments[0], segments[1])
    if len(signature) != _SIGNATURE_SIZE or not _EDDSA.verify(signed, key.raw, signature):
        raise ProofRefused("signature")
    return Proof(agency, jti, issued, expires, bh)


@lru_cache(maxsize=4096)  # a desk's header is the same until it has another key
def _key_id_of(segment: bytes) -> str:
    header = _HEADER.fullmatch(_unbase64(segment))
    if header is None:
        raise ProofRefused("claims")
    return header[1].decode()


def _escaped(text: str) -> str:
    """Write printable ASCII as it stands between the quotes of JSON."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _unbase64(segment: bytes) -> bytes:
    """Undo unpadded URL-safe base64; the library alone would skip stray characters and spare bits."""
    try:
        data = a2b_base64(segment.translate(_STANDARD) + b"=" * (-len(segment) % 4))
    except ValueError:
        raise ProofRefused("base64") from None
    if b2a_base64(data, newline=False).rstrip(b"=").translate(_URL_SAFE) != segment:
        raise ProofRefused("base64")
    return data


class ReplayCache:
    """Every proof that could still be taken, so that none is taken twice.

    Promises: exact (it forgets a proof only once `verify` would refuse it, also where the clock is set back)
    and bounded (an agency that fills its share is refused until some have run out; nobody else notices). It
    knows nothing of what was taken before it `began`, so that proofs issued earlier are refused: the desk
    makes another. Cost per proof does not grow with how many there are.
    Never: it is shared between processes. Where several serve one hub, a proof counts once at each, which
    idempotent posts and sealed mail make harmless.
    """

    def __init__(self, began: int, *, limit: int = REMEMBERED) -> None:
        """`began` in seconds since 1970; `limit` proofs of one agency at a time."""
        self._began = began
        self._now = began
        self._limit = limit
        self._taken: dict[int, set[tuple[str, str]]] = {}  # by the second in which they run out
        self._count: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._count.total()

    def remember(self, proof: Proof, now: int) -> None:
        """Take `proof` once; `ProofRefused` the second time, before the beginning, or beyond the limit."""
        if now > self._now:
            self._forget(now)
        if proof.issued < self._began or proof.expires + SKEW < self._now:
            raise ProofRefused("time")
        taken = self._taken.setdefault(proof.expires, set())
        name = (proof.agency, proof.jti)
        if name in taken:  # the same proof runs out in the same second
            raise ProofRefused("replay")
        if self._count[proof.agency] >= self._limit:
            raise ProofRefused("too many")
        taken.add(name)
        self._count[proof.agency] += 1

    def _forget(self, now: int) -> None:
        self._now = now
        for second in [second for second in self._taken if second + SKEW < now]:
            self._count.subtract(agency for agency, _ in self._taken.pop(second))
        self._count = +self._count
