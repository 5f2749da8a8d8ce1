"""What was done with the hub's own key: the founding, and each change of what opens it.

Promises: each is a note that the key itself signed, chained to the one before; one that was altered, dropped
from between, or put in another order is refused by name. It stands before what it tells of is done.
Never: a person is named: a hub has none. Who was there signs the printed record, whose digits it carries.

A file for each, HOME/ceremonies/0001.note: a C2SP signed note of the log's key, whose text is two lines. No
checkpoint begins like the first, since an origin has no spaces; the second is strict JSON::

    readback hub ceremony v1
    {"v":1,"number":1,"ceremony":"found","log":"hub.example.org+…","opened_by":"credential",
     "at":"2026-11-22T15:04:05Z","prev":null}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from keys.errors import (
    KeystoreMissing,
    Malformed,
    SignatureInvalid,
    TranscriptForged,
    TranscriptMissing,
    TranscriptNotChained,
)
from keys.files import make_private_folder, read_private, write_private
from keys.record import Digest, Frozen, Time, digest, format_time
from keys.statement import dump, load
from keys.transparency.note import Note, read_note

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from keys.transparency.note import NoteSigner, VerifierKey

FOLDER: Final = "ceremonies"
FIRST_LINE: Final = "readback hub ceremony v1"
_LIMIT: Final = 8 * 1024

Ceremony = Literal["found", "secret"]
Opener = Literal["credential", "pkcs11"]


class HubTranscript(Frozen):
    """One ceremony; `log` is the verifier key, `opened_by` what opens its private half from then on."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    number: Annotated[int, Field(ge=1, lt=10_000)]
    ceremony: Ceremony
    log: Annotated[str, StringConstraints(max_length=512)]
    opened_by: Opener
    at: Time
    prev: Digest | None  # of the file before

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not (self.number == 1) == (self.prev is None) == (self.ceremony == "found"):
            raise ValueError("the founding is the first, and has none before it")
        return self


def name_of(number: int) -> str:
    """Name the file of that number."""
    return f"{number:04}.note"


def keep(
    home: Path, signer: NoteSigner, ceremony: Ceremony, opened_by: Opener, now: datetime
) -> HubTranscript:
    """Sign one more, and write it; as `read_all`."""
    before = read_all(home, signer.verifier)
    if not before and ceremony != "found":
        raise TranscriptMissing(name_of(1))
    prev = (home / FOLDER / name_of(len(before))).read_bytes() if before else None
    made = HubTranscript(
        number=len(before) + 1,
        ceremony=ceremony,
        log=signer.verifier.vkey,
        opened_by=opened_by,
        at=format_time(now),
        prev=None if prev is None else digest(prev),
    )
    text = f"{FIRST_LINE}\n{dump(made).decode()}\n"
    make_private_folder(home / FOLDER)
    data = Note(text, (signer.sign(text),)).to_bytes()
    write_private(home / FOLDER / name_of(made.number), data, new=True)
    return made


def read_all(home: Path, log: VerifierKey) -> tuple[HubTranscript, ...]:
    """Read and believe them all, the oldest first.

    `TranscriptMissing` for a gap, `TranscriptForged`, `TranscriptNotChained`, with the file's name.
    """
    found: list[HubTranscript] = []
    prev = None
    for number in range(1, len(list((home / FOLDER).glob("*.note"))) + 1):
        name = name_of(number)
        try:
            data = read_private(home / FOLDER / name, limit=_LIMIT)
        except KeystoreMissing:
            raise TranscriptMissing(name) from None
        transcript = _signed(data, log, name)
        if (transcript.number, transcript.prev) != (number, prev):
            raise TranscriptNotChained(name)
        found.append(transcript)
        prev = digest(data)
    return tuple(found)


def _signed(data: bytes, log: VerifierKey, name: str) -> HubTranscript:
    try:
        note = read_note(data)
        (signature,) = note.signatures
        log.verify(signature, note.text)
        first, payload, end = note.text.split("\n")
        transcript = load(payload.encode(), HubTranscript, limit=_LIMIT)
    except (Malformed, SignatureInvalid, ValueError):
        raise TranscriptForged(name) from None
    if (first, end, transcript.log) != (FIRST_LINE, "", log.vkey) or note.to_bytes() != data:
        raise TranscriptForged(name)
    return transcript
