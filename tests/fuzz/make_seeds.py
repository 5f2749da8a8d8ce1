"""Makes the fuzzer's good seeds afresh: `python tests/fuzz/make_seeds.py`. Needed when a format gains a field.

It takes what the tests already know how to make; inputs that were found (`found-…`) stay as they are.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS), str(TESTS / "evidence"), str(TESTS / "wire")]

from parsers import JUDGE, NOW, SEEDS, mint  # noqa: E402 - the line above finds the next ones
from ring_shapes import envelope_header, kept_header, part_header, ring  # noqa: E402
from two_agencies import POLICY, Table, closed  # noqa: E402

from exchange.evidence.certify import certify  # noqa: E402
from exchange.hub.ceremonies import HubTranscript  # noqa: E402
from exchange.tokens import Proof  # noqa: E402
from exchange.wire import api, contents, keylog, padding  # noqa: E402
from exchange.wire.letter import Letter, LetterKind  # noqa: E402
from keys.ceremony.parts import seal  # noqa: E402
from keys.ceremony.transcript import Act, Transcript  # noqa: E402
from keys.custody import split  # noqa: E402
from keys.entry import Custodians, Records, RosterDraft, sign_roster  # noqa: E402
from keys.event import Anchor, Mailbox, Revoke, Rotate, Sponsor, Succeed, entry_of  # noqa: E402
from keys.keystore import Cost, Passphrase  # noqa: E402
from keys.keystore.backup import pack, seal_backup  # noqa: E402
from keys.notekey import LogKey, WitnessKey  # noqa: E402
from keys.record import encode  # noqa: E402
from keys.statement import Signed, dump  # noqa: E402
from keys.suite import SIGNATURE_SIZE, OpeningKey, fingerprint  # noqa: E402
from keys.transparency import checkpoint, cosignature, merkle, policy, tiles  # noqa: E402
from keys.transparency.note import NoteSigner, read_note  # noqa: E402
from keys.vouched import SharedKey  # noqa: E402

SEAL = Passphrase("nine kites over leeds")
MADE: dict[str, Any] = {
    "created": "2026-01-01T00:00:00Z",
    "cost": Cost(memory_kib=64, passes=1, lanes=1),
}
BOUND = {"step": "s" * 26, "thread": "t" * 26, "agency": "moorfield-primary", "person": "p" * 26}
SUBJECT = contents.Subject(name="Ellis", born="2017-03", relation="child", identifier_omitted="not-known")
WORDS: dict[str, dict[str, Any]] = {
    "request": {
        "purpose": "To decide whether he is safe.",
        "subjects": (SUBJECT,),
        "asked": ("Was he seen?",),
        "authority": "Section 47 enquiry.",
    },
    "decision": {"outcome": "do_not_share", "reasons": ("Nothing of it bears on him.",), "about": (SUBJECT,)},
    "decline": {"reason": "wrong-person", "words": "I left that team."},
    "withdraw": {"reason": "Sent in error."},
    "refuse": {"reason": "detriment", "words": "It would harm him.", "would_change": "Her agreement."},
}

_TRANSCRIPT = Transcript(
    number=2,
    ceremony="suspend",
    agency="moorfield-primary",
    rehearsal=False,
    at="2026-11-22T15:04:05Z",
    by=("a" * 26,),
    keys=("k" * 32,),
    reasons="3" * 64,
    acts=(Act(act="person_suspended", person="p" * 26), Act(act="roster_signed", number=31)),
    prev="4" * 64,
)
_BY_THE_DESK = Transcript(
    number=1,
    ceremony="drill",
    agency="moorfield-primary",
    rehearsal=True,
    at="2026-11-22T15:04:05Z",
    by=(),
    keys=("k" * 32,),
    reasons=None,
    acts=(Act(act="backup_tried", number=31, fingerprint="5" * 60),),
    prev=None,
)
_AT_THE_HUB = HubTranscript(
    number=1,
    ceremony="found",
    log=NoteSigner("hub.example", LogKey.from_seed(bytes(32))).verifier.vkey,
    opened_by="credential",
    at="2026-11-22T15:04:05Z",
    prev=None,
)


def contents_seeds() -> dict[str, list[bytes]]:
    spoken = [spoken.contents for spoken in closed().spoken]
    seeds: dict[str, list[bytes]] = {f"contents-{kind}": [] for kind in contents.MODEL_OF}
    for words in spoken:
        seeds[f"contents-{json.loads(words)['kind']}"].append(words)
    seeds["contents-amend"].append(seeds["contents-share"][0].replace(b'"kind":"share"', b'"kind":"amend"'))
    for kind, fields in WORDS.items():
        seeds[f"contents-{kind}"].append(
            contents.write(contents.MODEL_OF[kind](kind=kind, **BOUND, **fields))
        )
    emphasis = contents.Emphasis(weights={"F1": "critical", "O1": "context"}, key_point="F1")
    seeds["emphasis"] = [contents.write(emphasis)]
    return seeds


def keys_seeds() -> dict[str, list[bytes]]:
    table = closed()
    roster = table.recipient.roster
    later = {"agency": "moorfield-primary", "seq": 1, "prev": "0" * 64, "created": "2026-02-01T00:00:00Z"}
    mailbox = encode(OpeningKey.from_seed(bytes(32)).sealing_key.to_bytes())
    rotated = {"signing": None, "transport": None, "mailbox": Mailbox(epoch=2, key=mailbox)}
    rotated["witness"] = encode(WitnessKey.from_seed(bytes(32)).public.to_bytes())
    anchor = Anchor(
        agency=later["agency"], key="k" * 32, number=8151, head="3" * 64, created=later["created"]
    )
    trusted = Custodians(need=2, people=("s" * 26, "w" * 26))
    draft = RosterDraft(
        agency="northshire-childrens",
        version=2,
        created="2026-02-01T00:00:00Z",
        expires="2026-03-01T00:00:00Z",
        administrators=("s" * 26,),
        custodians=trusted,
    )
    governed = sign_roster(draft, (), table.recipient.signing)
    shared = SharedKey(epoch=2, sealing=mailbox, created="2026-02-01T00:00:00Z", revoked=None)
    parts = split(bytes(range(32)), agency="moorfield-primary", key="k" * 32, need=2, of=3)
    return {
        "custody-part": [part.to_bytes() for part in parts],
        "custody-sealed": [dump(seal(parts[0], "p" * 26, OpeningKey.from_seed(bytes(32)).sealing_key))],
        "transcript": [dump(_TRANSCRIPT), dump(_BY_THE_DESK)],
        "transcript-hub": [dump(_AT_THE_HUB)],
        "agency-event": [
            table.sender.event.payload,
            dump(Rotate(**later, **rotated)),
            dump(Revoke(**later, key="k" * 32, from_index=4711)),
            dump(Sponsor(**later, newcomer="northshire-police", enrolment="1" * 64)),
            dump(
                Succeed(**later, root=encode(table.sender.root.verifying_key.to_bytes()), next_root="2" * 64)
            ),
            dump(anchor),
        ],
        "log-entry": [entry_of(table.sender.event)],
        "roster-entry": [*roster.entries[-2:], dump(Records(id="r" * 26, salt="s" * 26, keys=(shared,)))],
        "roster-list": [roster.payload, governed.payload],
        "roster-document": [table.sender.roster.to_bytes(), governed.to_bytes()],
        **{name: certificates(table) for name in ("certificate", "certified", "certified-unpinned")},
        "slip": [signed.payload for signed in table.signed],
        "backup": [seal_backup({"agency.json": b"{}"}, SEAL, agency="moorfield-primary", **MADE)],
        "backup-inside": [
            pack({}),
            pack({"a": b""}),
            pack({"people/ann.keystore": b"{}", "pins.json": b"[]"}),
        ],
    }


EXPORTED = [Signed(b'{"v":1}', b"signature"), Signed(b"", b"")]


def certificates(table: Table) -> list[bytes]:
    return [
        certify(0, table.signed, table.shown(), table.rosters, spoken) for spoken in ((), table.spoken[:3])
    ]


def log_seeds() -> dict[str, list[bytes]]:
    log = NoteSigner("hub.example", LogKey.from_seed(bytes(32)))
    witness = NoteSigner("moorfield-primary", WitnessKey.from_seed(bytes([1] * 32)))
    head = checkpoint.Checkpoint("hub.example", 7, merkle.leaf_hash(b"root"))
    empty = checkpoint.Checkpoint("hub.example", 0, merkle.EMPTY_ROOT)
    note = read_note(checkpoint.sign_checkpoint(head, log))
    cosigned = cosignature.cosign(head.text, NOW, witness)
    pinned = policy.Policy(
        origin="hub.example",
        log=log.verifier.vkey,
        witnesses=(witness.verifier.vkey,),
        quorum=1,
        faults=0,
        founders={"moorfield-primary": fingerprint(b"root")},
        sponsors=1,
    )
    said = note.joined(cosigned).to_bytes().decode()
    return {
        "log-export": [b"".join(keylog.write_export(entries, said)) for entries in ([], EXPORTED)],
        "note": [note.to_bytes(), note.joined(cosigned).to_bytes()],
        "note-key": [log.verifier.vkey.encode(), witness.verifier.vkey.encode()],
        "checkpoint": [head.text.encode(), empty.text.encode()],
        "cosignature": [cosigned.signature],
        "policy": [pinned.to_bytes()],
        "tile-path": [b"tile/0/x001/x234/067", b"tile/entries/000.p/8", b"tile/63/999.p/255"],
        "entries-bundle": [tiles.write_entries([b"one", b"two"]), tiles.write_entries([b"", bytes(4000)])],
    }


def wire_seeds() -> dict[str, list[bytes]]:
    frozen = json.loads((TESTS / "vectors" / "cx1" / "rings.json").read_text())["vectors"]
    rings = {
        kind: [b64decode(row["ring"]) for row in frozen if row["opens"] == kind]
        for kind in ("envelope", "part", "kept")
    }
    signature = bytes(SIGNATURE_SIZE)
    part = ring(part_header(2)).to_bytes()
    return {
        "envelope": [rings["envelope"][1], ring(envelope_header(3)).to_bytes()],
        "part": [rings["part"][1], part],
        "kept": [*rings["kept"], ring(kept_header(2)).to_bytes()],
        "letter": [
            Letter(LetterKind.SLIP, b'{"v":1}', signature, (part,)).to_bytes(),
            Letter(LetterKind.ROSTER, b'{"v":1}', signature, (b"{}", b'{"kind":"person"}')).to_bytes(),
        ],
        "inside-of-a-part": [bytes(32) + b"\0{}", bytes(32) + b"\2" + bytes(64) + b'{"words":"Seen."}'],
        "padding": [padding.pad(b""), padding.pad(b"words"), padding.pad(bytes(1000))],
        "batch": [api.write_batch([part]), api.write_batch([b"one", b"two", b""])],
        "mail": [
            api.write_mail([api.Mail(api.MailKind.ENVELOPE, 1, part)]),
            api.write_mail(
                [api.Mail(api.MailKind.NOTICE, n, b'{"notice":"expired"}') for n in (1, 5, 2**60)]
            ),
        ],
        "content-range": [b"bytes 0-99/200", b"bytes 4194304-8388607/2147483648"],
        "range": [b"bytes=0-", b"bytes=5-99"],
        "proof": [mint(Proof("moorfield-primary", "j" * 26, NOW, 0))],
        "strict-json": [b'{"a":[1,{"b":"c"},null,true,-5],"d":{"e":"\\u00e9"}}', b"[]", b'"text"', b"7"],
    }


def main() -> None:
    JUDGE.write_bytes(POLICY.to_bytes())
    for name, seeds in (wire_seeds() | keys_seeds() | log_seeds() | contents_seeds()).items():
        folder = SEEDS / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("good-*"):
            old.unlink()
        for number, seed in enumerate(dict.fromkeys(seeds)):
            (folder / f"good-{number}").write_bytes(seed)


if __name__ == "__main__":
    main()
