"""The pages in docs/spec say what the code does, where that can be checked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ring_shapes import key_id, step_id

from exchange.wire import limits
from exchange.wire.envelope import (
    POSTAL_SLOTS,
    EnvelopeHeader,
    KeptHeader,
    KeySlot,
    MailboxSlot,
    PartHeader,
    Ring,
)
from exchange.wire.slip import Slip
from keys.statement import Kind

SPEC = Path(__file__).resolve().parent.parent.parent / "docs" / "spec"


def page(name: str) -> str:
    return " ".join((SPEC / f"{name}.md").read_text(encoding="utf-8").split())


def test_the_headers_table_is_the_models() -> None:
    text = page("envelope")
    for name, model in (("envelope", EnvelopeHeader), ("part", PartHeader), ("kept", KeptHeader)):
        fields = ", ".join(f"`{field}`" for field in model.model_fields)
        assert f"| {name} | `{model.magic.decode()}` | {fields} of {{" in text


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (
            "envelope",
            EnvelopeHeader(id=step_id(1), slots=(MailboxSlot(mailbox="moorfield-primary", key=key_id(1)),)),
        ),
        ("part", PartHeader(id=step_id(1), part=0, slots=tuple(KeySlot(key=key_id(n)) for n in range(4)))),
    ],
)
def test_the_examples_header_has_the_length_it_shows(name: str, header: EnvelopeHeader | PartHeader) -> None:
    printed = Ring(header, header.model_dump_json().encode(), (), b"").to_bytes()
    assert f"{printed[:4].decode()} {printed[4:6].hex()} " in page(name)


def test_the_slips_example_and_table_have_its_fields() -> None:
    text = (SPEC / "slip.md").read_text(encoding="utf-8")
    example = re.search(r"```\n(\{.*?\})\n```", text, re.DOTALL)
    assert example
    assert list(json.loads(example[1])) == list(Slip.model_fields)
    described = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))))
    assert described == set(Slip.model_fields) - {"v", "suite", "id"}
    assert Kind.SLIP.value in text
    assert Kind.SLIP.context.decode() in text


def test_the_limits_are_those_of_the_code() -> None:
    assert f"1 to {POSTAL_SLOTS} slots and at most {limits.ENVELOPE // limits.MIB} MiB" in page("envelope")
    assert f"1 to {limits.PART_SLOTS} slots" in page("part")
    assert f"`count` is at most {limits.ATTACHMENTS}" in page("part")
    assert f"at most {limits.CONTENTS // limits.KIB} KiB" in page("part")
    assert f"at most {limits.SLIP // limits.KIB} KiB" in page("slip")
    assert f"at most {limits.HEADS}, each once" in page("slip")
    assert f"up to {limits.ATTACHMENT // limits.MIB // 1024} GiB" in page("attachment")
