"""Why custodians opened a thread: signed by each of them, and sealed to the lead.

Promises: whoever is said to have opened a thread signed that they did, for these reasons, at that time; a
name that somebody else put there is shown as not signed.
Never: it says a word of the thread.

What is kept, under `opened/<thread>/<id>`, is strict JSON of the payload and its signatures, `Kind.OPENING`::

    {"payload":"…","signatures":[{"person":"…26…","key":"…32…","signature":"…"},…]}
    payload: {"v":1,"agency":"…","thread":"…26…","at":"…","by":["…26…","…"],"reasons":"…"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints

from exchange.errors import ContentsDisagree
from keys.custody import MOST
from keys.errors import KeysProblem
from keys.record import AgencyId, Base64, Frozen, Id, KeyId, Time, canonical_base64, decode, encode
from keys.statement import Kind, Signed, dump, load, sign, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.keyring import Keyring
    from keys.roster import Roster

REASONS_LIMIT: Final = 4000  # characters
_LIMIT: Final = 128 * 1024  # bytes of what is kept


class WhyOpened(Frozen):
    """Who opened which thread together, when, and why."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    thread: Id
    at: Time
    by: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST)]
    reasons: Annotated[str, StringConstraints(min_length=1, max_length=REASONS_LIMIT)]


class _Hand(Frozen):
    person: Id
    key: KeyId
    signature: Base64


class _Kept(Frozen):
    payload: Annotated[str, StringConstraints(max_length=_LIMIT), AfterValidator(canonical_base64)]
    signatures: Annotated[tuple[_Hand, ...], Field(max_length=MOST)]


class Read(NamedTuple):
    """What was kept, and whose signature under it is theirs by the roster."""

    why: WhyOpened
    signed: frozenset[str]


def sign_why(why: WhyOpened, roster: Roster, present: Mapping[str, Keyring]) -> bytes:
    """Have each of those present sign it with their newest key. A millisecond each."""
    payload = dump(why)
    hands = []
    for person in why.by:
        key = roster.person(person).keys[0].verifying_key.key_id
        signature = sign(Kind.OPENING, payload, present[person].signing(key)).signature
        hands.append(_Hand(person=person, key=key, signature=encode(signature)))
    return dump(_Kept(payload=encode(payload), signatures=tuple(hands)))


def read_why(data: bytes, thread: str, roster: Roster) -> Read:
    """Read it back; `Malformed`, or `ContentsDisagree` if it is about another thread or agency."""
    kept = load(data, _Kept, limit=_LIMIT)
    payload = decode(kept.payload)
    why = load(payload, WhyOpened, limit=_LIMIT)
    if (why.agency, why.thread) != (roster.agency, thread):
        raise ContentsDisagree("opened")
    signed = {hand.person for hand in kept.signatures if _is_theirs(hand, payload, roster)}
    return Read(why, frozenset(signed))


def _is_theirs(hand: _Hand, payload: bytes, roster: Roster) -> bool:
    """Whether that signature is by a key of that person's, also one that ended since."""
    try:
        keys = {key.verifying_key.key_id: key.verifying_key for key in roster.person(hand.person).keys}
        verify(Kind.OPENING, Signed(payload, decode(hand.signature)), keys[hand.key])
    except (KeysProblem, KeyError):
        return False
    return True
