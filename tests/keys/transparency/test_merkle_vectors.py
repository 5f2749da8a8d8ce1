"""Every published Merkle proof, good and bad: transparency-dev/merkle, `testdata/`."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from keys.errors import ProofInvalid
from keys.transparency.proof import verify_consistency, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INCLUSION = {"0", "1", "2", "3", "4", "additional", "single-entry"}
CONSISTENCY = {"0", "1", "2", "3", "4", "additional"}


def read(folder: Path) -> dict[Path, dict[str, Any]]:
    return {path: json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))}


def refuses(check: Callable[[dict[str, Any]], None], vector: dict[str, Any]) -> bool:
    try:
        check(vector)
    except ProofInvalid:
        return True
    return False


def inclusion(vector: dict[str, Any]) -> None:
    proof = [b64decode(node) for node in vector["proof"] or []]
    leaf, root = b64decode(vector["leafHash"] or ""), b64decode(vector["root"] or "")
    verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof, root)


def consistency(vector: dict[str, Any]) -> None:
    proof = [b64decode(node) for node in vector["proof"] or []]
    root1, root2 = b64decode(vector["root1"] or ""), b64decode(vector["root2"] or "")
    verify_consistency(vector["size1"], root1, vector["size2"], root2, proof)


@pytest.mark.parametrize(
    ("kind", "check", "folders", "least"),
    [("inclusion", inclusion, INCLUSION, 98), ("consistency", consistency, CONSISTENCY, 98)],
)
def test_every_vector_is_judged_as_published(
    vectors: Path, kind: str, check: Callable[[dict[str, Any]], None], folders: set[str], least: int
) -> None:
    found = read(vectors / "merkle" / kind)
    assert {path.relative_to(vectors / "merkle" / kind).parts[0] for path in found} == folders
    assert len(found) >= least
    wrong = [path.name for path, vector in found.items() if refuses(check, vector) != vector["wantErr"]]
    assert wrong == []


def test_the_corpus_has_good_and_bad_ones_and_nothing_unread(vectors: Path) -> None:
    folder = vectors / "merkle"
    found = read(folder)
    assert set(found) == {path for path in folder.rglob("*") if path.is_file()}
    verdicts = [vector["wantErr"] for vector in found.values()]
    assert verdicts.count(False) >= 10
    assert verdicts.count(True) >= 150
    assert len(found) == sum(len(read(folder / kind)) for kind in ("inclusion", "consistency"))
