"""A desk far away, as the page for operators needs one: it joins a hub, keeps its log, and holds the hub to it.

python -m far_desk join HUB ADDRESS EXPORT      the operator admits it; it registers, and keeps an export
python -m far_desk tell ADDRESS EXPORT          it shows the hub the checkpoint that it holds
"""

from __future__ import annotations

import asyncio
import io
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.hub.config import HubConfig
from exchange.hub.service import admit
from exchange.wire import keylog
from keys.event import Enrol, Mailbox, signed_of
from keys.notekey import WitnessKey
from keys.record import digest, encode, format_time
from keys.statement import Kind, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.note import read_note
from keys.transparency.tiles import read_entries, tile_path

if TYPE_CHECKING:
    from pydantic import BaseModel

AGENCY = "moorfield-primary"


def join(hub: Path, address: str, export: Path) -> None:
    """Register, and keep what the hub shows then."""
    root = SigningKey.generate()
    event = Enrol(
        agency=AGENCY,
        prev=None,
        created=format_time(datetime.now(UTC)),
        name="Moorfield Primary School",
        root=encode(root.verifying_key.to_bytes()),
        next_root=digest(SigningKey.generate().verifying_key.to_bytes()),
        signing=encode(SigningKey.generate().verifying_key.to_bytes()),
        mailbox=Mailbox(epoch=1, key=encode(OpeningKey.generate().sealing_key.to_bytes())),
        transport=encode(TransportKey.generate().public.to_bytes()),
        witness=encode(WitnessKey.generate().public.to_bytes()),
    )
    compared = fingerprint(root.verifying_key.to_bytes())
    asyncio.run(admit(HubConfig.read(hub), AGENCY, compared))
    _send(address + keylog.AGENCIES, keylog.SignedEvent.of(sign(Kind.AGENCY_EVENT, dump(event), root)))
    note = _get(address + keylog.CHECKPOINT)
    size = read_checkpoint(read_note(note).text).size
    bundle = _get(f"{address}{keylog.LOG}/{tile_path(None, 0, size)}")
    entries = map(signed_of, read_entries(bundle, size))
    export.write_bytes(b"".join(keylog.write_export(entries, note.decode())))


def tell(address: str, export: Path) -> None:
    """Show the hub what it has forgotten."""
    *_, note = keylog.read_export(io.BytesIO(export.read_bytes()))
    assert isinstance(note, str)
    _send(address + keylog.EVIDENCE, keylog.NoteDocument(note=note))


def _send(url: str, document: BaseModel) -> None:
    request = urllib.request.Request(url, dump(document), {"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
        return body


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["join", hub, address, export]:
            join(Path(hub), address, Path(export))
        case ["tell", address, export]:
            tell(address, Path(export))
