"""Every parser that a stranger's bytes can reach, and how to print what it took."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchange import tokens
from exchange.evidence import certificate
from exchange.evidence.verify import verify, verify_unpinned
from exchange.hub.ceremonies import HubTranscript
from exchange.sealing import open_part, rings
from exchange.wire import api, contents, envelope, keylog, letter, padding, slip
from keys import custody, entry, event
from keys.ceremony import parts, transcript
from keys.keystore import backup
from keys.record import digest
from keys.statement import check_json, dump, load
from keys.suite import OpeningKey, TransportKey
from keys.transparency import checkpoint, cosignature, note, policy, tiles

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = Path(__file__).resolve().parent / "seeds"
JUDGE = SEEDS.parent / "certified.policy.json"  # by which the certificates among the seeds are good


@dataclass(frozen=True)
class Parser:
    """`parse` takes bytes or refuses them; `show` prints what it took, `exact` to the same bytes."""

    name: str
    parse: Callable[[bytes], Any]
    show: Callable[[Any], bytes]
    exact: bool = True

    def seeds(self) -> list[bytes]:
        """Good inputs, and ones that were found once; kept in files."""
        return [path.read_bytes() for path in sorted((SEEDS / self.name).iterdir())]


def _to_bytes(thing: Any) -> bytes:
    return bytes(thing.to_bytes())


def _range(data: bytes) -> api.ByteRange:
    return api.read_range(data.decode("latin-1"), 10**7)


TRANSPORT = TransportKey.from_seed(bytes(32))
REQUEST = {"audience": "hub.example", "method": "POST", "target": "/v1/envelopes", "body_digest": digest(b"")}
NOW = 1_795_273_445


def _proof(data: bytes) -> tokens.Proof:
    return tokens.verify(data.decode("latin-1"), keys=lambda _a, _k: TRANSPORT.public, now=NOW, **REQUEST)


def mint(proof: tokens.Proof) -> bytes:
    return tokens.mint(TRANSPORT, agency=proof.agency, now=proof.issued, jti=proof.jti, **REQUEST).encode()


READER = OpeningKey.from_seed(bytes(32))
PART = envelope.PartHeader(id="s" * 26, part=0, slots=(envelope.KeySlot(key=READER.sealing_key.key_id),))


def _inside_of_a_part(data: bytes) -> Any:
    """Truly sealed by a hostile sender; what stands inside is what is tried."""
    ring = rings._seal(PART, data, [READER.sealing_key], b"readback/cx1/part")
    return open_part(ring, {READER.sealing_key.key_id: READER})


def _show_part(opened: Any) -> bytes:
    return b"".join(
        (opened.salt, bytes([len(opened.attachment_keys)]), *opened.attachment_keys, opened.contents)
    )


def _note_key(data: bytes) -> note.VerifierKey:
    return note.VerifierKey.from_vkey(data.decode("latin-1"))


def _tile_path(data: bytes) -> tiles.TilePlace:
    return tiles.read_tile_path(data.decode("latin-1"))


def _show_tile_path(place: tiles.TilePlace) -> bytes:
    return tiles.tile_path(place.level, place.index, place.width).encode("latin-1")


def _show_export(read: tuple[Any, ...]) -> bytes:
    return b"".join(keylog.write_export(read[:-1], read[-1]))


def _certified(data: bytes) -> certificate.Certificate:
    """What verifies has no byte that could be another: it is printed as it was."""
    verify(data, policy.read_policy(JUDGE.read_bytes()))
    return certificate.read(data)


def _certified_unpinned(data: bytes) -> certificate.Certificate:
    verify_unpinned(data)
    return certificate.read(data)


CONTENTS = tuple(contents.MODEL_OF)

PARSERS = (
    Parser("envelope", envelope.parse_envelope, _to_bytes),
    Parser("part", envelope.parse_part, _to_bytes),
    Parser("kept", envelope.parse_kept, _to_bytes),
    Parser("letter", letter.parse_letter, _to_bytes),
    Parser("inside-of-a-part", _inside_of_a_part, _show_part),
    Parser("padding", padding.unpad, padding.pad),
    Parser("batch", api.read_batch, api.write_batch),
    Parser("mail", api.read_mail, api.write_mail),
    Parser(
        "content-range",
        lambda data: api.read_content_range(data.decode("latin-1")),
        lambda part: api.write_content_range(part).encode(),
    ),
    Parser("range", _range, lambda part: f"bytes={part.start}-{part.end}".encode(), exact=False),
    Parser("proof", _proof, mint),
    Parser(
        "strict-json", partial(check_json, limit=10**6), lambda tree: json.dumps(tree).encode(), exact=False
    ),
    Parser("slip", slip.read, slip.write, exact=False),
    *(
        Parser(f"contents-{kind}", partial(contents.read, kind), contents.write, exact=False)
        for kind in CONTENTS
    ),
    Parser("emphasis", contents.read_emphasis, contents.write, exact=False),
    Parser("agency-event", event.read_logged, dump, exact=False),
    Parser("log-entry", event.signed_of, event.entry_of),
    Parser("note", note.read_note, _to_bytes),
    Parser("note-key", _note_key, lambda key: bytes(key.vkey.encode("latin-1"))),
    Parser(
        "checkpoint",
        lambda data: checkpoint.read_checkpoint(data.decode("latin-1")),
        lambda read: bytes(read.text.encode("latin-1")),
    ),
    Parser("cosignature", cosignature.TimestampedSignature.from_bytes, _to_bytes),
    Parser("policy", policy.read_policy, _to_bytes, exact=False),
    Parser("tile-path", _tile_path, _show_tile_path),
    Parser("entries-bundle", partial(tiles.read_entries, width=2), tiles.write_entries),
    Parser("log-export", lambda data: tuple(keylog.read_export(io.BytesIO(data))), _show_export),
    Parser("roster-entry", entry.read_entry, dump, exact=False),
    Parser("roster-list", partial(load, model=entry.RosterList, limit=entry.LIST_LIMIT), dump, exact=False),
    Parser("roster-document", entry.RosterDocument.from_bytes, _to_bytes),
    Parser("certificate", certificate.read, dump),
    Parser("certified", _certified, dump),
    Parser("certified-unpinned", _certified_unpinned, dump),
    Parser("custody-part", custody.Part.from_bytes, _to_bytes),
    Parser(
        "custody-sealed",
        partial(load, model=parts.SealedPart, limit=2 * custody.PART_LIMIT),
        dump,
        exact=False,
    ),
    Parser(
        "transcript",
        partial(load, model=transcript.Transcript, limit=transcript.LIMIT),
        dump,
        exact=False,
    ),
    Parser("transcript-hub", partial(load, model=HubTranscript, limit=8192), dump, exact=False),
    Parser("backup", backup.read_backup, _to_bytes),
    Parser("backup-inside", backup.unpack, backup.pack),
)
