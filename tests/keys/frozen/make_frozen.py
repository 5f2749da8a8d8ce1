"""Makes the frozen files; see README.md. Run once, never again for the same suite.

python tests/keys/frozen/make_frozen.py FOLDER      writes a fresh set into FOLDER, which must not exist
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from enrolled_agency import NOW, Agency, Somebody, at, enrolled, records, role

from keys.directory import Directory
from keys.entry import Custodians
from keys.event import Mailbox
from keys.keyring import Secret
from keys.keystore import Cost, FileCredential, Keystore, Passphrase
from keys.keystore.backup import seal_backup
from keys.notekey import WitnessKey
from keys.record import encode, format_time
from keys.roster import excerpt
from keys.statement import Kind, sign
from keys.suite import OpeningKey, SigningKey, TransportKey

WORDS = "three invented words"


def seed(name: str, size: int) -> bytes:
    return hashlib.shake_256(b"readback/cx1/frozen/" + name.encode()).digest(size)


def signing(name: str) -> SigningKey:
    return SigningKey.from_seed(seed(name, 64))


def opening(name: str) -> OpeningKey:
    return OpeningKey.from_seed(seed(name, 32))


def transport(name: str) -> TransportKey:
    return TransportKey.from_seed(seed(name, 32))


def witness(name: str) -> WitnessKey:
    return WitnessKey.from_seed(seed(name, 32))


AGENCY = Agency(
    root=signing("root"),
    next_root=signing("root 2"),
    signing=signing("agency"),
    mailbox=opening("mailbox"),
    transport=transport("desk"),
    witness=witness("witness"),
)
FOUNDER = Agency(
    id="eastvale-police",
    root=signing("founder"),
    next_root=signing("founder 2"),
    signing=signing("founder desk"),
    mailbox=opening("founder"),
    transport=transport("founder"),
    witness=witness("founder"),
)
ANN = Somebody(name="Ann Invented", id="a" * 26, signing=signing("ann"), opening=opening("ann"))
BOB = Somebody(name="Bob Invented", id="b" * 26, signing=signing("bob"), opening=opening("bob"))


def statements() -> dict[str, object]:
    key = signing("ann")
    rows = []
    for kind in Kind:
        signed = sign(kind, f'{{"an":"invented {kind.name.lower()}"}}'.encode(), key)
        rows.append(
            {"kind": kind.name, "payload": encode(signed.payload), "signature": encode(signed.signature)}
        )
    return {"key": encode(key.verifying_key.to_bytes()), "key_id": key.verifying_key.key_id, "signed": rows}


def directory() -> dict[str, object]:
    told = Directory()
    rows = []
    for make in (
        lambda: AGENCY.signs(AGENCY.enrol()),
        lambda: FOUNDER.signs(FOUNDER.enrol()),
        lambda: FOUNDER.signs(FOUNDER.sponsor(told, AGENCY)),
        lambda: AGENCY.signs(
            AGENCY.rotate(
                told,
                signing=encode(signing("agency 2").verifying_key.to_bytes()),
                mailbox=Mailbox(epoch=2, key=encode(opening("mailbox 2").sealing_key.to_bytes())),
                transport=encode(transport("desk 2").public.to_bytes()),
                witness=encode(witness("witness 2").public.to_bytes()),
            )
        ),
        lambda: AGENCY.anchor(8151, signing("agency 2")),
        lambda: AGENCY.signs(AGENCY.succeed(told, signing("root 3")), AGENCY.next_root),
        lambda: AGENCY.signs(
            AGENCY.revoke(told, transport("desk").public.key_id, created=at(1), from_index=5),
            AGENCY.next_root,
        ),
    ):
        signed = make()
        told.apply(signed)
        rows.append(
            {"payload": encode(signed.payload), "signature": encode(signed.signature), "root": told.root}
        )
    keys = told.agency(AGENCY.id)
    return {
        "events": rows,
        "agency": AGENCY.id,
        "founder": FOUNDER.id,
        "first_root": keys.first_root.key_id,
        "root": keys.root.key_id,
        "signing": keys.signing.key_id,
        "mailbox": keys.mailbox.key_id,
        "transport": keys.transport.key_id,
        "witness": keys.witness.key_id,
        "retired": signing("agency").verifying_key.key_id,
        "revoked": transport("desk").public.key_id,
    }


def roster() -> dict[str, object]:
    document = AGENCY.roster(
        ANN.entry(),
        BOB.entry(),
        role("Duty", ANN.id),
        records(),
        version=7,
        lead=BOB.id,
        administrators=(ANN.id,),
        custodians=Custodians(need=2, people=(ANN.id, BOB.id)),
    )
    signed = AGENCY.signs(AGENCY.enrol())
    assert enrolled(AGENCY).agency(AGENCY.id).signing == AGENCY.signing.verifying_key
    return {
        "enrol": {"payload": encode(signed.payload), "signature": encode(signed.signature)},
        "agency": AGENCY.id,
        "now": format_time(NOW),
        "document": document.to_bytes().decode(),
        "excerpt": excerpt(document, frozenset({ANN.id})).to_bytes().decode(),
        "people": {
            who.id: {
                "name": who.name,
                "signing": who.signing.verifying_key.key_id,
                "sealing": who.opening.sealing_key.key_id,
            }
            for who in (ANN, BOB)
        },
    }


def keystore(folder: Path) -> dict[str, object]:
    held = (signing("ann"), opening("ann"), transport("desk"), Secret("storage", seed("storage", 32)))
    credential = FileCredential.create(folder / "credential")
    cost = Cost(memory_kib=1024, passes=2, lanes=2)
    Keystore.create(folder / "passphrase.keystore", Passphrase(WORDS), holder="ann", keys=held, cost=cost)
    Keystore.create(folder / "credential.keystore", credential, holder="desk", keys=held)
    answer = {
        "words": WORDS,
        "credential": encode((folder / "credential").read_bytes()),
        "under_words": (folder / "passphrase.keystore").read_text(),
        "under_credential": (folder / "credential.keystore").read_text(),
        "seeds": [encode(key.seed) for key in held],
    }
    for path in folder.iterdir():
        path.unlink()
    return answer


def backup() -> dict[str, object]:
    files = {
        "agency.json": b"{}",
        "people/ann.keystore": b"sealed",
        "desk.credential": seed("credential", 32),
    }
    cost = Cost(memory_kib=1024, passes=2, lanes=2)
    sealed = seal_backup(
        files, Passphrase(WORDS), agency="northshire-childrens", created="2026-11-22T15:04:05Z", cost=cost
    )
    return {
        "words": WORDS,
        "agency": "northshire-childrens",
        "backup": encode(sealed),
        "files": {name: encode(data) for name, data in files.items()},
    }


def main(folder: Path) -> None:
    folder.mkdir()
    made = {
        "keystore": keystore(folder),
        "backup": backup(),
        "statements": statements(),
        "directory": directory(),
        "roster": roster(),
    }
    for name, data in made.items():
        (folder / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
