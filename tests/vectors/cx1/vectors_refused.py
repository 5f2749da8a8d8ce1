"""Rings that every reader of `cx1` must refuse, each with the code of its refusal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from vector_share import (
    CLINIC,
    LETTER,
    MAILBOXES,
    OTHER_STEP,
    OTHER_WORDS,
    PARTS,
    PLAIN,
    SCHOOL,
    SIGNED,
    SLIP,
    SMALL,
    STEP,
    WORDS,
    Vector,
    opening,
    part,
    post,
    slip_for,
    text,
)

from exchange.errors import EnvelopeRefused
from exchange.sealing import Letter, LetterKind, rings
from exchange.wire.envelope import (
    EnvelopeHeader,
    KeySlot,
    MailboxSlot,
    PartHeader,
    Ring,
    parse_envelope,
    parse_part,
)
from exchange.wire.padding import pad
from exchange.wire.slip import write
from keys.record import digest
from keys.statement import dump


def with_header(data: bytes, header: bytes) -> bytes:
    old = int.from_bytes(data[4:6], "big")
    return data[:4] + len(header).to_bytes(2, "big") + header + data[6 + old :]


def header_changes() -> list[tuple[str, bytes]]:
    header = parse_envelope(SMALL).header_bytes
    slot = json.loads(header)["slots"][0]
    twice = json.dumps(json.loads(header) | {"slots": [slot, slot]}, separators=(",", ":")).encode()
    changes = [
        ("white space in the header", header.replace(b":1,", b": 1,")),
        ("a line end after the header", header + b"\n"),
        ("a duplicate key in the header", header.replace(b'"v":1', b'"v":1,"v":1')),
        ("an escaped letter in the header", header.replace(b"cx1", b"c\\u00781")),
        ("an unknown field in the header", header.replace(b'"v":1', b'"v":1,"w":1')),
        ("a float in the header", header.replace(b'"v":1', b'"v":1.0')),
        ("another version", header.replace(b'"v":1', b'"v":2')),
        ("another suite", header.replace(b"cx1", b"cx2")),
        ("another id", header.replace(STEP.encode(), OTHER_STEP.encode())),
        ("no header", b""),
    ]
    return [(name, with_header(SMALL, new)) for name, new in changes] + [
        ("a mailbox twice", with_header(SMALL, twice)),
    ]


def _shorter(data: bytes) -> bytes:
    """The longest beginning that no length gives away."""
    for end in range(len(data) - 1, 0, -1):
        with suppress(EnvelopeRefused):
            return parse_envelope(data[:end]).to_bytes()
    raise AssertionError


def altered() -> list[tuple[str, bytes]]:
    def flip(at: int) -> bytes:
        return SMALL[:at] + bytes([SMALL[at] ^ 1]) + SMALL[at + 1 :]

    other = parse_envelope(post(PLAIN, SCHOOL))
    mine = parse_envelope(SMALL)
    return [
        *header_changes(),
        ("another magic", b"RBE2" + SMALL[4:]),
        ("a part's magic", b"RBP1" + SMALL[4:]),
        ("a flipped bit in the wrap's encapsulation", flip(500)),
        ("a flipped bit in the wrap's tag", flip(len(SMALL) - len(mine.body) - 1)),
        ("a flipped bit in the body's salt", flip(len(SMALL) - len(mine.body))),
        ("a flipped bit in the body's commitment", flip(len(SMALL) - len(mine.body) + 30)),
        ("a flipped bit in the body", flip(len(SMALL) - 100)),
        ("a flipped bit in the last tag", flip(len(SMALL) - 1)),
        ("the body of another envelope", Ring(mine.header, mine.header_bytes, mine.wraps, other.body).to_bytes()),
        ("the wrap of another envelope", Ring(mine.header, mine.header_bytes, other.wraps, mine.body).to_bytes()),
        ("cut by one byte", SMALL[:-1]),
        ("cut to a length that another body has", _shorter(SMALL)),
        ("cut before the body", SMALL[: -len(mine.body)]),
        ("cut in the header", SMALL[:40]),
        ("nothing", b""),
        ("lengthened by one byte", SMALL + b"\0"),
    ]  # fmt: skip


def hostile_letters() -> list[tuple[str, bytes]]:
    """Truly sealed to the school, with something else inside than a letter."""
    key = opening(MAILBOXES[SCHOOL]).sealing_key
    header = EnvelopeHeader(id=STEP, slots=(MailboxSlot(mailbox=SCHOOL, key=key.key_id),))
    good = PLAIN.to_bytes()
    sealed = [
        (name, rings._seal(header, inside, [key], b"readback/cx1/envelope"))
        for name, inside in (
            ("a letter with a trailing byte", good + b"\0"),
            ("a letter cut by one byte", good[:-1]),
            ("a letter of an unknown object", b"\3" + good[1:]),
            ("a letter that counts a part too many", good[:-2] + b"\0\1"),
            ("an empty letter", b""),
        )
    ]
    sealed.append(
        ("a letter sealed under a part's label", rings._seal(header, good, [key], b"readback/cx1/part"))
    )
    for name, padding in (
        ("padding that is not zeros", lambda data: pad(data)[:-1] + b"\1"),
        ("padding whose length lies", lambda data: b"\xff\xff\xff\xff" + pad(data)[4:]),
    ):
        honest, rings.pad = rings.pad, padding
        sealed.append((name, rings._seal(header, good, [key], b"readback/cx1/envelope")))
        rings.pad = honest
    return sealed


def refused_vectors() -> list[Vector]:
    school = {"opens": "envelope", "mailbox": SCHOOL, "key": MAILBOXES[SCHOOL]}
    clinic = {"opens": "envelope", "mailbox": CLINIC, "key": MAILBOXES[CLINIC]}
    rows = [school | {"comment": name, "ring": text(data), "code": "envelope_refused"}
            for name, data in (*altered(), *hostile_letters())]  # fmt: skip
    rows += [
        clinic | {"comment": "another agency's envelope", "ring": text(SMALL), "code": "not_for_me"},
        school | {"comment": "the right mailbox, without its key", "key": "outsider", "ring": text(SMALL), "code": "not_for_me"},
    ]  # fmt: skip
    match = {"then": "match", "slip": SIGNED.payload.decode()}
    exchanged = Letter(LetterKind.SLIP, LETTER.payload, LETTER.signature, LETTER.parts[::-1])
    stripped = Letter(LetterKind.SLIP, LETTER.payload, LETTER.signature, LETTER.parts[:1])
    as_roster = Letter(LetterKind.ROSTER, LETTER.payload, LETTER.signature, ())
    elsewhere = part(0, WORDS, ("teacher",), step=OTHER_STEP)
    moved = slip_for((elsewhere,))
    moved_letter = Letter(LetterKind.SLIP, write(moved), LETTER.signature, (elsewhere.ring,))
    for comment, where, data, code, slip in (
        (
            "sealed on to an agency that the slip does not name",
            clinic,
            post(LETTER, CLINIC),
            "header_disagrees",
            SLIP,
        ),
        ("sealed on to one more agency", school, post(LETTER, SCHOOL, CLINIC), "header_disagrees", SLIP),
        (
            "posted again under another id",
            school,
            post(LETTER, SCHOOL, step=OTHER_STEP),
            "header_disagrees",
            SLIP,
        ),
        ("a slip sent as a roster", school, post(as_roster, SCHOOL), "header_disagrees", SLIP),
        ("a part stripped", school, post(stripped, SCHOOL), "header_disagrees", SLIP),
        ("parts exchanged", school, post(exchanged, SCHOOL), "contents_disagree", SLIP),
        (
            "another step's part, pinned by this slip",
            school,
            post(moved_letter, SCHOOL),
            "header_disagrees",
            moved,
        ),
    ):
        rows.append(
            where
            | match
            | {"comment": comment, "ring": text(data), "code": code, "slip": write(slip).decode()}
        )
    return rows + refused_parts()


def refused_parts() -> list[Vector]:
    ring = parse_part(PARTS[1].ring)

    def changed(**changes: Any) -> bytes:
        header = ring.header.model_copy(update=changes)
        return Ring(header, dump(header), ring.wraps, ring.body).to_bytes()

    swapped = Ring(ring.header, ring.header_bytes, ring.wraps[::-1], ring.body).to_bytes()
    outsider = KeySlot(key=opening("outsider").sealing_key.key_id)
    key = opening("worker").sealing_key
    header = PartHeader(id=STEP, part=0, slots=(KeySlot(key=key.key_id),))
    many = rings._seal(header, bytes(32) + b"\x15" + bytes(21 * 32) + b"{}", [key], b"readback/cx1/part")
    cut = rings._seal(header, bytes(32) + b"\1" + bytes(31), [key], b"readback/cx1/part")
    rows = [
        {"comment": comment, "opens": "part", "keys": ["worker"], "ring": text(data), "code": code}
        for comment, data, code in (
            ("a part under another number", changed(part=2), "envelope_refused"),
            ("a part under another step", changed(id=OTHER_STEP), "envelope_refused"),
            ("a part's slots exchanged", changed(slots=ring.header.slots[::-1]), "envelope_refused"),
            ("a part's wraps exchanged", swapped, "envelope_refused"),
            ("a part's slot renamed", changed(slots=(outsider, ring.header.slots[1])), "envelope_refused"),
            ("a part with 21 attachment keys", many, "envelope_refused"),
            ("a part cut within its attachment keys", cut, "envelope_refused"),
        )
    ]
    rows.append({"comment": "a part for others", "opens": "part", "keys": ["teacher"],
                 "ring": text(PARTS[1].ring), "code": "not_for_me"})  # fmt: skip
    same_length = part(1, OTHER_WORDS.swapcase(), ("worker",))
    pin = PARTS[1].pin.model_dump() | {"ring": digest(same_length.ring)}
    rows.append({"comment": "other words of the same length than the commitment's", "opens": "part",
                 "keys": ["worker"], "ring": text(same_length.ring), "then": "pin", "pin": pin,
                 "code": "contents_disagree"})  # fmt: skip
    kept = rings.seal_kept(b"emphasis/1", b"kept words", [opening("worker").sealing_key])
    rows.append({"comment": "kept under another name", "opens": "kept", "keys": ["worker"],
                 "name": "emphasis/2", "ring": text(kept), "code": "envelope_refused"})  # fmt: skip
    return rows
