"""Wycheproof's JWS cases: whatever other algorithms and forms there are, none is a proof."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from exchange import tokens
from exchange.errors import ProofRefused
from keys.record import digest
from keys.suite import TransportKey

if TYPE_CHECKING:
    from pathlib import Path


def test_not_one_published_jws_is_taken_for_a_proof(vectors: Path) -> None:
    """Also those that are valid for their own key: none of them is EdDSA over our claims."""
    path = vectors / "jws" / "json_web_signature_test.json"
    published = json.loads(path.read_text())
    ours = TransportKey.from_seed(bytes(32)).public
    seen = 0
    for group in published["testGroups"]:
        for case in group["tests"]:
            jws = case["jws"] if isinstance(case["jws"], str) else json.dumps(case["jws"])
            seen += 1
            with pytest.raises(ProofRefused):
                tokens.verify(
                    jws,
                    keys=lambda _agency, _kid: ours,
                    audience="hub.example",
                    method="GET",
                    target="/",
                    body_digest=digest(b""),
                    now=1_795_273_445,
                )
    assert seen == published["numberOfTests"] > 400
