"""Transcripts: what each ceremony did, signed by those who held it, one chained to the next.

Promises: a transcript counts only if everybody in its `by` signed its exact bytes, it follows from the one
before it, and none is missing up to the newest; whose key signed is told by the roster now in force, and of
those who left by the transcripts that say so, back from the newest. One that cannot be undone has two hands;
one that people do not hold is signed by the desk itself, and then does nothing but what a desk may.
Never: a name, a word, or anything private stands in it. A rehearsal's transcript changes nobody's trust.

See `docs/spec/transcript.md`. Each is a file of strict JSON, whose payload, `Kind.TRANSCRIPT`, is::

    {"v":1,"number":12,"ceremony":"suspend","agency":"moorfield-primary","rehearsal":false,
     "at":"2026-11-22T15:04:05Z","by":["…26…"],"keys":["…32…"],"reasons":null,
     "acts":[{"act":"person_suspended","person":"…26…","role":null,"agency":null,"keys":[],"index":null,
              "number":null,"fingerprint":null}],
     "prev":"…64 hex…"}
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from keys.ceremony.kinds import (
    DESK_MAY,
    FEWEST,
    GONE,
    HANDS,
    IRREVERSIBLE,
    OF_ONES_OWN,
    ONLY_IN,
    OWN,
    UNATTENDED,
    UNTIL_TWO,
    Ceremony,
    Deed,
)
from keys.errors import (
    KeystoreMissing,
    Malformed,
    SignatureInvalid,
    TranscriptForged,
    TranscriptMissing,
    TranscriptNotChained,
)
from keys.files import read_private
from keys.record import AgencyId, Base64, Digest, Frozen, Id, KeyId, LogIndex, Time, decode, digest, encode
from keys.statement import Kind, Signed, dump, load, sign, verify
from keys.suite import VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from keys.agency import AgencyKeys
    from keys.roster import Roster
    from keys.suite import SigningKey

FOLDER: Final = "ceremonies"
LIMIT: Final = 1024 * 1024  # bytes of one transcript's file


class Act(Frozen):
    """One thing that was done. `number` is a roster's version, an event's place, or how many are needed.

    `fingerprint` is the 60 digits of a root or policy that was pinned, or of a backup's file.
    """

    act: Deed
    person: Id | None = None
    role: Id | None = None
    agency: AgencyId | None = None
    keys: Annotated[tuple[KeyId, ...], Field(max_length=400)] = ()
    index: LogIndex | None = None
    number: Annotated[int, Field(ge=0, lt=2**48)] | None = None
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9]{60}$")] | None = None


class Transcript(Frozen):
    """What one ceremony did. `keys` are those with which `by` signed, in the same order, or the desk's one.

    `reasons` is SHA-256 of a salt and the reasons, which are kept sealed beside it.
    """

    v: Annotated[int, Field(ge=1, le=1)] = 1
    number: Annotated[int, Field(ge=1, lt=2**31)]
    ceremony: Ceremony
    agency: AgencyId
    rehearsal: bool
    at: Time
    by: Annotated[tuple[Id, ...], Field(max_length=HANDS)]
    keys: Annotated[tuple[KeyId, ...], Field(max_length=HANDS)]
    reasons: Digest | None
    acts: Annotated[tuple[Act, ...], Field(max_length=5000)]
    prev: Digest | None  # of the file before

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if len(set(self.by)) != len(self.by) or len(self.keys) != len(self.by) + self.by_the_desk:
            raise ValueError("each person once, with one key")
        if (self.number == 1) != (self.prev is None):
            raise ValueError("the first, and no other, has none before it")
        if not self.by and not self.by_the_desk and (self.ceremony, self.number) != ("found", 1):
            raise ValueError("held by nobody")
        if self.ceremony in UNATTENDED and not {act.act for act in self.acts} <= DESK_MAY:
            raise ValueError("more than a desk may")
        if any(self.ceremony not in ONLY_IN.get(act.act, {self.ceremony}) for act in self.acts):
            raise ValueError("another ceremony's")
        if self.ceremony in OWN and any(
            (act.person,) != self.by or act.act not in OF_ONES_OWN for act in self.acts
        ):
            raise ValueError("not about whoever held it")
        return self

    @property
    def by_the_desk(self) -> bool:
        """Whether no person held it, and the desk signed with the agency's everyday signing key."""
        return self.ceremony in UNATTENDED and not self.by


class _Signature(Frozen):
    key: Base64
    signature: Base64


class _File(Frozen):
    payload: Annotated[str, Field(max_length=LIMIT)]
    signatures: Annotated[tuple[_Signature, ...], Field(max_length=HANDS)]


class Kept(NamedTuple):
    """A transcript, and the digest of its file, to which the next one is chained."""

    transcript: Transcript
    digest: str


def sign_transcript(transcript: Transcript, hands: Sequence[SigningKey]) -> bytes:
    """Print a transcript's file, signed by `hands` in the order of its `by`."""
    payload = dump(transcript)
    signatures = tuple(
        _Signature(
            key=encode(key.verifying_key.to_bytes()),
            signature=encode(sign(Kind.TRANSCRIPT, payload, key).signature),
        )
        for key in hands
    )
    return dump(_File(payload=encode(payload), signatures=signatures))


def name_of(number: int) -> str:
    """Name the file of that number."""
    return f"{number:04}.json"


def read_files(home: Path) -> tuple[bytes, ...]:
    """Read every transcript's file in order, without believing it; `TranscriptMissing` for a gap."""
    numbers = sorted(int(path.stem) for path in (home / FOLDER).glob("*.json") if path.stem.isdigit())
    files = []
    for at, number in enumerate(numbers, 1):
        if number != at:
            raise TranscriptMissing(name_of(at))
        try:
            files.append(read_private(home / FOLDER / name_of(number), limit=LIMIT))
        except KeystoreMissing:  # under another spelling of its number
            raise TranscriptNotChained(name_of(number)) from None
    return tuple(files)


def check(files: Sequence[bytes], roster: Roster, agency: AgencyKeys) -> tuple[Kept, ...]:
    """Believe an agency's transcripts, the oldest first.

    `TranscriptForged` or `TranscriptNotChained`, with the file's name.
    """
    kept: list[Kept] = []
    for number, data in enumerate(files, 1):
        transcript = _signed(data, name_of(number))
        before = kept[-1].digest if kept else None
        if transcript.agency != agency.agency:
            raise TranscriptForged(name_of(number))
        if (transcript.number, transcript.prev) != (number, before):
            raise TranscriptNotChained(name_of(number))
        kept.append(Kept(transcript, digest(data)))
    _check_hands(kept, _vouched(roster), frozenset(agency.signing_keys))
    return tuple(kept)


@lru_cache(maxsize=4096)  # a home is loaded again and again, and signatures take a millisecond each
def _signed(data: bytes, name: str) -> Transcript:
    """Read one file, and check that the keys it names signed it."""
    try:
        transcript, payload, file = _read(data)
        for one in file.signatures:
            key = VerifyingKey.from_bytes(decode(one.key))
            verify(Kind.TRANSCRIPT, Signed(payload, decode(one.signature)), key)
    except (Malformed, SignatureInvalid, ValueError):
        raise TranscriptForged(name) from None
    return transcript


def _read(data: bytes) -> tuple[Transcript, bytes, _File]:
    """Read one file in its one spelling, whose signatures are by the keys that it names."""
    file = load(data, _File, limit=LIMIT)
    payload = decode(file.payload)
    transcript = load(payload, Transcript, limit=LIMIT)
    keys = tuple(VerifyingKey.from_bytes(decode(one.key)).key_id for one in file.signatures)
    if dump(file) != data or keys != transcript.keys:
        raise Malformed("transcript")
    return transcript, payload, file


def _vouched(roster: Roster) -> dict[str, str]:
    return {key.verifying_key.key_id: person.id for person in roster.people for key in person.keys}


def _check_hands(kept: Sequence[Kept], vouched: Mapping[str, str], desk: Collection[str]) -> None:
    """From the newest back: the roster says whose a key is, and the acts what it no longer says.

    The desk's are all signing keys that the agency ever had.
    """
    known, enough = dict(vouched), _two_stood(kept)
    for (transcript, _), two in zip(reversed(kept), reversed(enough), strict=True):
        if any(known.get(key) != person for key, person in zip(transcript.keys, transcript.by, strict=False)):
            raise TranscriptForged(name_of(transcript.number))
        if transcript.by_the_desk and transcript.keys[0] not in desk:
            raise TranscriptForged(name_of(transcript.number))
        alone = transcript.ceremony in UNTIL_TWO and not two
        naming = any(act.act == "administrator_named" for act in transcript.acts)
        if (naming or transcript.ceremony in IRREVERSIBLE) and len(transcript.by) < FEWEST and not alone:
            raise TranscriptForged(name_of(transcript.number))
        if transcript.rehearsal:
            continue
        for act in transcript.acts:
            if act.act in GONE and act.person is not None:
                known.update(dict.fromkeys(act.keys, act.person))


def _two_stood(kept: Sequence[Kept]) -> list[bool]:
    """For each, whether two administrators had been named before it."""
    named: set[str] = set()
    found = []
    for transcript, _ in kept:
        found.append(len(named) >= FEWEST)
        for act in () if transcript.rehearsal else transcript.acts:
            if act.act == "administrator_named" and act.person is not None:
                named.add(act.person)
    return found
