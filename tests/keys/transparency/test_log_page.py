"""The page that specifies the log: its examples are what the code makes and takes."""

from __future__ import annotations

import re
from pathlib import Path

from keys.notekey import LogKey, WitnessKey
from keys.suite import fingerprint
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.cosignature import cosign
from keys.transparency.merkle import Tree, leaf_hash
from keys.transparency.note import NoteSigner, read_note
from keys.transparency.policy import Policy, open_checkpoint, read_policy
from keys.transparency.tiles import read_tile_path

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "spec" / "log.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
NOTE = next(block for block in BLOCKS if "\n\n— " in block)
POLICY = next(block for block in BLOCKS if block.startswith('{"v":1'))
TILES = next(block for block in BLOCKS if block.startswith("tile/"))

LOG = NoteSigner("hub.example", LogKey.from_seed(bytes(32)))
WITNESSES = [
    NoteSigner(name, WitnessKey.from_seed(bytes([number] * 32)))
    for number, name in enumerate(("ashby-police", "moorfield-primary", "northshire-childrens"), 1)
]
TIMES = (1_795_273_445, 1_795_273_446)


def test_the_note_of_the_page_is_the_one_that_these_keys_make() -> None:
    tree = Tree()
    for number in range(7):
        tree.append(leaf_hash(b"entry %d" % number))
    checkpoint = Checkpoint("hub.example", 7, tree.root_at(7))
    lines = [cosign(checkpoint.text, time, witness) for time, witness in zip(TIMES, WITNESSES, strict=False)]
    assert read_note(sign_checkpoint(checkpoint, LOG)).joined(*lines).to_bytes().decode() == NOTE


def test_the_policy_of_the_page_is_the_one_that_names_them_and_takes_the_note() -> None:
    policy = Policy(
        origin="hub.example",
        log=LOG.verifier.vkey,
        witnesses=tuple(witness.verifier.vkey for witness in WITNESSES),
        quorum=2,
        faults=0,
        founders={
            name: fingerprint(f"the root of {name}".encode())
            for name in ("ashby-police", "moorfield-primary")
        },
        sponsors=2,
    )
    assert policy.to_bytes().decode() + "\n" == POLICY
    witnessed = open_checkpoint(NOTE.encode(), read_policy(POLICY.encode()))
    assert witnessed.require_quorum().size == 7
    assert witnessed.witnesses == tuple(zip(("ashby-police", "moorfield-primary"), TIMES, strict=True))


def test_the_tiles_of_the_page_are_spelt_as_the_code_spells_them() -> None:
    places = [read_tile_path(line.split()[0]) for line in TILES.splitlines()]
    assert [(place.level, place.index, place.width) for place in places] == [
        (0, 1_234_067, 256),
        (1, 0, 17),
        (None, 273, 112),
    ]
