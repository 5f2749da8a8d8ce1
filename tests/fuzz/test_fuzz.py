"""A short share of the fuzzer's run, and that it can fail."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from fuzz import InvariantBroken, run, try_one
from mutations import Mutator
from parsers import PARSERS, SEEDS, Parser
from pydantic import BaseModel, ConfigDict, ValidationError

from exchange.wire import contents
from exchange.wire.slip import Slip
from keys.errors import Malformed
from keys.record import Frozen
from keys.statement import MAX_DEPTH, check_json, load, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_hostile_inputs_break_no_invariant(parser: Parser) -> None:
    tally = run(parser, 400, seed=1)
    assert tally.inputs > 400


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_every_parser_has_good_seeds_and_takes_them(parser: Parser) -> None:
    good = [path for path in (SEEDS / parser.name).iterdir() if path.name.startswith("good-")]
    assert good
    assert all(try_one(parser, path.read_bytes()) for path in good)


def _slowly(payload: bytes, model: type[BaseModel]) -> BaseModel:
    """`statement.load` without its short cut: strict JSON first, always."""
    check_json(payload, limit=10**6)
    try:
        return model.model_validate_json(payload, strict=True)
    except ValidationError as error:
        raise Malformed(place_of(error)) from None


def _outcome(read: Callable[[], BaseModel]) -> object:
    try:
        return read()
    except Malformed as refusal:
        return refusal.where


class _Loose(BaseModel):
    """As loose as a model may be: what strict JSON refuses, it must not let through."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = ""
    number: int = 0
    more: dict[str, tuple[int, ...]] | None = None


LOOSE = (
    b'{"text":"words","number":7,"more":null}',
    b'{"text":"\\u0000","number":7,"more":null}',
    b'{"text":"words","number":1234567890123456,"more":null}',
    b'{"text":"words","number":-1234567890123456,"more":null}',
    b'{"text":"1234567890123456","number":0,"more":{"a":[1,1234567890123456]}}',
    b'{"text":"words","number":0,"more":{"a":[1.0]}}',
    b'{"text":"words","number":0,"more":{"a":[1],"a":[1]}}',
)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("slip", Slip),
        ("contents-share", contents.ShareContents),
        ("emphasis", contents.Emphasis),
        ("loose", _Loose),
    ],
)
def test_reading_quickly_judges_as_reading_slowly(name: str, model: type[BaseModel]) -> None:
    seeds = LOOSE if name == "loose" else Parser(name, bytes, bytes).seeds()
    mutator = Mutator(Random(name), seeds)
    for data in (*seeds, *(mutator.draw() for _ in range(2500))):
        quick = _outcome(lambda data=data: load(data, model, limit=10**6))
        assert quick == _outcome(lambda data=data: _slowly(data, model)), data


def _shapes(schema: dict[str, Any], definitions: dict[str, Any], depth: int) -> Iterator[tuple[str, int]]:
    """Every kind of value that a schema allows, and how deep."""
    if "$ref" in schema:
        assert depth < 3 * MAX_DEPTH, "a model within itself"
        yield from _shapes(definitions[schema["$ref"].rpartition("/")[2]], definitions, depth)
    for below in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _shapes(below, definitions, depth)
    if not schema.keys() & {"$ref", "anyOf", "oneOf"}:
        yield schema.get("type", "const" if schema.keys() & {"const", "enum"} else "anything"), depth
    for below in schema.get("properties", {}).values():
        yield from _shapes(below, definitions, depth + 1)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _shapes(schema[name], definitions, depth + 1)


def _models(model: type[BaseModel] = Frozen) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from _models(below)


@pytest.mark.parametrize("model", sorted(_models(), key=lambda model: model.__name__))
def test_no_model_that_travels_takes_a_float_or_anything_at_all(model: type[BaseModel]) -> None:
    """The short cut of `statement.load` rests on this: what such a model prints is strict JSON."""
    schema = model.model_json_schema()
    for shape, depth in _shapes(schema, schema.get("$defs", {}), 1):
        assert shape in {"object", "array", "string", "integer", "boolean", "null", "const"}
        assert depth <= MAX_DEPTH


def _raises(data: bytes) -> bytes:
    raise KeyError(data)


def _repeats(data: bytes) -> bytes:
    raise Malformed(data.decode())


@pytest.mark.parametrize(
    ("parser", "why"),
    [
        (Parser("wrong error", _raises, bytes), "KeyError"),
        (Parser("talkative", _repeats, bytes), "repeats"),
        (Parser("lossy", bytes.strip, bytes), "printed otherwise"),
        (Parser("unstable", bytes, lambda data: data + b"!", exact=False), "reads otherwise"),
    ],
)
def test_a_parser_that_breaks_an_invariant_is_found(parser: Parser, why: str) -> None:
    with pytest.raises(InvariantBroken, match=why):
        try_one(parser, b" Jaydenzq ")
