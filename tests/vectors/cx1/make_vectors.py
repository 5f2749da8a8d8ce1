"""Makes the frozen vectors of suite `cx1`; see README.md. Run once per suite, never again for the same name.

python tests/vectors/cx1/make_vectors.py FOLDER      writes a fresh set into FOLDER, which must not exist
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from vector_share import (
    AUDIENCE,
    CLINIC,
    ENVELOPE,
    LETTER,
    MAILBOXES,
    NOW,
    OTHER_WORDS,
    PARTS,
    READERS,
    SCHOOL,
    SENDER,
    SIGNER,
    STEP,
    WORDS,
    Vector,
    opening,
    part,
    post,
    text,
    transport,
)
from vectors_refused import refused_vectors

from exchange.sealing import AttachmentSealer, Letter, LetterKind, rings
from exchange.tokens import mint
from exchange.wire.envelope import parse_part
from exchange.wire.padding import padme
from keys.record import digest


def key_vectors() -> list[Vector]:
    named = [("opening", name, opening(name)) for name in (*READERS, *MAILBOXES.values(), "outsider")]
    rows = [
        {"kind": kind, "name": name, "seed": text(key.seed), "public": key.sealing_key}
        for kind, name, key in named
    ]
    rows.append(
        {"kind": "signing", "name": "worker", "seed": text(SIGNER.seed), "public": SIGNER.verifying_key}
    )
    desk = transport("desk")
    rows.append({"kind": "transport", "name": "desk", "seed": text(desk.seed), "public": desk.public})
    return [
        row | {"public": digest(row["public"].to_bytes()), "key_id": row["public"].key_id} for row in rows
    ]


def ring_vectors() -> list[Vector]:
    letter = {
        "object": 1,
        "payload": LETTER.payload.decode(),
        "signature_sha256": digest(LETTER.signature),
        "parts_sha256": [digest(p.ring) for p in PARTS],
    }
    two = post(LETTER, SCHOOL, CLINIC)
    vectors = [
        {"comment": "a share of two parts, to one agency", "opens": "envelope", "mailbox": agency,
         "key": MAILBOXES[agency], "ring": text(data), "id": STEP, "mailboxes": list(boxes), "letter": letter}
        for data, agency, boxes in ((ENVELOPE, SCHOOL, (SCHOOL,)), (two, CLINIC, (SCHOOL, CLINIC)))
    ]  # fmt: skip
    roster = Letter(
        LetterKind.ROSTER, b'{"v":1,"list":[]}', LETTER.signature, (b"entry one", b"", b"entry three")
    )
    vectors.append({
        "comment": "a roster with its entries", "opens": "envelope", "mailbox": SCHOOL,
        "key": MAILBOXES[SCHOOL], "ring": text(post(roster, SCHOOL)), "id": STEP, "mailboxes": [SCHOOL],
        "letter": {"object": 2, "payload": roster.payload.decode(),
                   "signature_sha256": digest(roster.signature),
                   "parts_sha256": [digest(entry) for entry in roster.parts]},
    })  # fmt: skip
    long_words = (b"A sentence that was said more than once. " * 900)[:36_000]
    long = part(7, long_words, ("teacher",), files=20)
    for comment, sealed, readers, words, files in (
        ("words for everyone, two attachment keys", PARTS[0], READERS, WORDS, 2),
        ("words for the role alone", PARTS[1], ("duty role", "worker"), OTHER_WORDS, 0),
        ("words over three chunks, twenty attachment keys", long, ("teacher",), long_words, 20),
    ):
        vectors.append({
            "comment": comment, "opens": "part", "keys": list(readers), "ring": text(sealed.ring),
            "step": STEP, "part": parse_part(sealed.ring).header.part, "salt": text(sealed.salt),
            "attachment_keys": [text(bytes([0xA0 + n]) * 32) for n in range(files)],
            "contents_sha256": digest(words), "commitment": sealed.pin.commitment, "length": len(words),
        })  # fmt: skip
    kept = rings.seal_kept(b"emphasis/1", b"kept words", [opening("worker").sealing_key])
    vectors.append({"comment": "kept at one's own desk", "opens": "kept", "keys": ["worker"], "name": "emphasis/1",
                    "ring": text(kept), "data": text(b"kept words")})  # fmt: skip
    return vectors


def attachment_vectors() -> list[Vector]:
    vectors: list[Vector] = []
    for length in (0, 1, 300, 16_380, 17_000):
        file = (hashlib.sha512(b"cx1 vector file").digest() * (length // 64 + 1))[:length]
        sealer = AttachmentSealer()
        sealed = sealer.update(file) + b"".join(sealer.finish())
        row = {"comment": f"a file of {length} bytes", "key": text(sealer.key), "size": length,
               "pin": sealer.pin.model_dump(), "ciphertext": text(sealed), "file_sha256": digest(file)}  # fmt: skip
        vectors.append(row)
        if length == 300:
            flipped = sealed[:100] + bytes([sealed[100] ^ 4]) + sealed[101:]
            vectors += [
                row | {"comment": "a flipped bit", "ciphertext": text(flipped), "code": "contents_disagree"},
                row | {"comment": "a flipped bit that the slip pins", "ciphertext": text(flipped),
                       "pin": {"size": len(flipped), "digest": digest(flipped)}, "code": "envelope_refused"},
                row | {"comment": "cut", "ciphertext": text(sealed[:-1]), "code": "contents_disagree"},
                row | {"comment": "a shorter size than the file's", "size": 299, "code": "envelope_refused"},
                row | {"comment": "a size that this ciphertext cannot have", "size": 600, "code": "contents_disagree"},
            ]  # fmt: skip
    return vectors


def proof_vectors() -> list[Vector]:
    request = {
        "audience": AUDIENCE,
        "method": "POST",
        "target": "/v1/envelopes",
        "body_digest": digest(b"body"),
    }
    made = {"agency": SENDER, "now": NOW, "jti": "j" * 26}
    token = mint(transport("desk"), **request, **made)  # type: ignore[arg-type]  # mixed on purpose
    good = {"comment": "a post", "key": "desk", "request": request, "made": made, "now": NOW, "token": token}
    header, claims, signature = token.split(".")
    return [
        good,
        good | {"comment": "30 seconds after its end", "now": NOW + 60},
        good | {"comment": "31 seconds after its end", "now": NOW + 61, "code": "proof_refused"},
        good | {"comment": "31 seconds early", "now": NOW - 31, "code": "proof_refused"},
        good
        | {
            "comment": "another target",
            "request": request | {"target": "/v1/mailbox"},
            "code": "proof_refused",
        },
        good
        | {
            "comment": "another body",
            "request": request | {"body_digest": digest(b"")},
            "code": "proof_refused",
        },
        good
        | {
            "comment": "another hub",
            "request": request | {"audience": "other.example"},
            "code": "proof_refused",
        },
        good | {"comment": "no signature", "token": f"{header}.{claims}.", "code": "proof_refused"},
        good
        | {"comment": "padded base64", "token": f"{header}.{claims}.{signature}==", "code": "proof_refused"},
    ]


def main(folder: Path) -> None:
    folder.mkdir()
    lengths = [*range(20), 100, 1000, 4096, 5000, 16_384, 65_537, 262_144, 10**6, 2**31]
    for name, vectors in (
        ("keys", key_vectors()),
        ("rings", ring_vectors()),
        ("refused", refused_vectors()),
        ("attachments", attachment_vectors()),
        ("proofs", proof_vectors()),
        ("padding", [{"length": length, "padded": padme(length)} for length in lengths]),
    ):
        content = json.dumps({"suite": "cx1", "vectors": vectors}, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
