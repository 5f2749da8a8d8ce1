"""The frozen vectors of `cx1` open as they were frozen, and what they refuse is refused."""

from __future__ import annotations

import json
import runpy
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from exchange import tokens
from exchange.sealing import (
    AttachmentOpener,
    check_part,
    check_slip_matches,
    open_envelope,
    open_kept,
    open_part,
)
from exchange.wire import slip
from exchange.wire.padding import padme
from exchange.wire.slip import AttachmentPin, PartPin
from keys.errors import Problem
from keys.record import digest
from keys.statement import Kind, Signed, verify
from keys.suite import OpeningKey, SigningKey, TransportKey

FROZEN = Path(__file__).resolve().parent.parent / "vectors" / "cx1"
SHA256 = {  # of each file: they are never made again for this name
    "attachments.json": "b2432148cbbd2374060acc14033b7d9eeabe961bebf617b588ec7939ecb6df85",
    "keys.json": "e5ee1198543c328917efedcb3ba0ed0c5240ea2ad3a88e6f4ebba72032680241",
    "padding.json": "745ec21446df497f846a48521a8f4d05f1e21be536addb9e1e28177b7198c72c",
    "proofs.json": "57aa099f01073c05633183ab515d306dc50865ace6c1fa081dacca830e8dfddb",
    "refused.json": "117eff6b0544d894d26c862afbe678c958766f9413afc206a80f15bbb15f069f",
    "rings.json": "2c724fae229b4c79153b76a129bcc5f5458f749e5e6668b0c74fecc8210aeb9e",
}
COUNTS = {"keys": 11, "rings": 7, "refused": 54, "attachments": 10, "proofs": 9, "padding": 29}

Vector = dict[str, Any]


class Reader:
    """Reads one folder of vectors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opening: dict[str, OpeningKey] = {}
        for row in self.rows("keys"):
            seed = b64decode(row["seed"])
            if row["kind"] == "opening":
                self.opening[row["name"]] = OpeningKey.from_seed(seed)
            elif row["kind"] == "signing":
                self.signing = SigningKey.from_seed(seed)
            else:
                self.transport = TransportKey.from_seed(seed)

    def rows(self, name: str) -> list[Vector]:
        data = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        assert data["suite"] == "cx1"
        assert len(data["vectors"]) == COUNTS[name]
        return list(data["vectors"])

    def ring_of(self, *names: str) -> dict[str, OpeningKey]:
        return {self.opening[name].sealing_key.key_id: self.opening[name] for name in names}

    def envelope(self, row: Vector) -> Any:
        opened = open_envelope(b64decode(row["ring"]), row["mailbox"], self.ring_of(row["key"]))
        if row.get("then") == "match":
            check_slip_matches(slip.read(row["slip"].encode()), opened)
        return opened

    def part(self, row: Vector, *names: str) -> Any:
        ring = b64decode(row["ring"])
        opened = open_part(ring, self.ring_of(*names))
        if row.get("then") == "pin":
            check_part(opened, PartPin(**row["pin"]), ring)
        return opened

    def open(self, row: Vector) -> Any:
        if row["opens"] == "envelope":
            return self.envelope(row)
        if row["opens"] == "part":
            return self.part(row, *row["keys"])
        return open_kept(row["name"].encode(), b64decode(row["ring"]), self.ring_of(*row["keys"]))


def code_of(action: Any) -> str:
    try:
        action()
    except Problem as problem:
        return problem.code
    return "taken"


def check_keys(reader: Reader) -> None:
    for row in reader.rows("keys"):
        if row["kind"] == "opening":
            public: Any = reader.opening[row["name"]].sealing_key
        else:
            public = reader.signing.verifying_key if row["kind"] == "signing" else reader.transport.public
        assert (digest(public.to_bytes()), public.key_id) == (row["public"], row["key_id"])


def check_rings(reader: Reader) -> None:
    for row in reader.rows("rings"):
        if row["opens"] == "envelope":
            opened = reader.envelope(row)
            letter = opened.letter
            assert (opened.id, list(opened.mailboxes)) == (row["id"], row["mailboxes"])
            assert row["letter"] == {
                "object": letter.object,
                "payload": letter.payload.decode(),
                "signature_sha256": digest(letter.signature),
                "parts_sha256": [digest(part) for part in letter.parts],
            }
            if letter.object == 1:
                verify(Kind.SLIP, Signed(letter.payload, letter.signature), reader.signing.verifying_key)
        elif row["opens"] == "part":
            for name in row["keys"]:
                part = reader.part(row, name)
                assert (part.step_id, part.part) == (row["step"], row["part"])
                assert part.salt == b64decode(row["salt"])
                assert part.attachment_keys == tuple(b64decode(key) for key in row["attachment_keys"])
                assert digest(part.contents) == row["contents_sha256"]
                pin = PartPin(
                    commitment=row["commitment"], length=row["length"], ring=digest(b64decode(row["ring"]))
                )
                check_part(part, pin, b64decode(row["ring"]))
        else:
            assert reader.open(row) == b64decode(row["data"])


def check_refused(reader: Reader) -> None:
    for row in reader.rows("refused"):
        assert code_of(lambda row=row: reader.open(row)) == row["code"], row["comment"]


def check_attachments(reader: Reader) -> None:
    def open_all(row: Vector) -> bytes:
        opener = AttachmentOpener(b64decode(row["key"]), AttachmentPin(**row["pin"]), row["size"])
        return opener.update(b64decode(row["ciphertext"])) + opener.finish()

    for row in reader.rows("attachments"):
        if "code" in row:
            assert code_of(lambda row=row: open_all(row)) == row["code"], row["comment"]
        else:
            assert digest(open_all(row)) == row["file_sha256"], row["comment"]


def check_proofs(reader: Reader) -> None:
    for row in reader.rows("proofs"):
        found = code_of(
            lambda row=row: tokens.verify(
                row["token"],
                keys=lambda _agency, _kid: reader.transport.public,
                now=row["now"],
                **row["request"],
            )
        )
        assert found == row.get("code", "taken"), row["comment"]
        if row["comment"] == "a post":
            assert tokens.mint(reader.transport, **row["request"], **row["made"]) == row["token"]


def check_padding(reader: Reader) -> None:
    for row in reader.rows("padding"):
        assert padme(row["length"]) == row["padded"]


CHECKS = [check_keys, check_rings, check_refused, check_attachments, check_proofs, check_padding]


@pytest.mark.parametrize("check", CHECKS)
def test_the_frozen_vectors_read_as_they_were_frozen(check: Any) -> None:
    check(Reader(FROZEN))


def test_no_vector_was_changed_since() -> None:
    assert {path.name: digest(path.read_bytes()) for path in FROZEN.glob("*.json")} == SHA256


def test_what_is_made_today_still_reads_as_the_frozen_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(FROZEN)
    made = tmp_path / "made"
    runpy.run_path(str(FROZEN / "make_vectors.py"))["main"](made)
    for check in CHECKS:
        check(Reader(made))
