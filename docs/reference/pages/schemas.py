"""JSON Schema in words: what a field must be, for a person who reads rather than a machine that checks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from pages.tables import cell, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATTERNS: Final[Mapping[str, str]] = {
    "^[a-z2-7]{26}$": "an id (26 letters and digits)",
    "^[a-z2-7]{32}$": "a key's id (32 letters and digits)",
    "^[0-9a-f]{64}$": "a SHA-256 (64 hexadecimal digits)",
    "^[a-z0-9][a-z0-9._-]{0,63}$": "a code of the [catalogue](catalogue.md)",
    "^[FO][1-9][0-9]{0,2}$": "a statement's id (F1, O2)",
    "^(0|[1-9][0-9]{0,3})$": "a number from 0",
}
_LINK: Final = re.compile(r"#/components/schemas/(\w+)")


def models_of(document: dict[str, Any]) -> list[str]:
    """Name the models that the routes use, in the order in which a reader meets them."""
    models: dict[str, Any] = document["components"]["schemas"]
    found = list(dict.fromkeys(_LINK.findall(json.dumps(document["paths"]))))
    for name in found:  # grows while it is read: a model names others
        found += [other for other in _LINK.findall(json.dumps(models[name])) if other not in found]
    return list(dict.fromkeys(found))


def described(name: str, model: dict[str, Any]) -> str:
    """Print one model: what it is, and a table of its fields."""
    lines = [f"### {name}\n"]
    if "description" in model:
        lines.append(f"{_prose(model['description'])}\n")
    if "properties" not in model:
        lines.append(f"{words_for(model)}.\n")
        return "\n".join(lines)
    needed = model.get("required", ())
    rows = [
        (f"`{field}`", words_for(schema), "yes" if field in needed else _otherwise(schema))
        for field, schema in model["properties"].items()
    ]
    return "\n".join([*lines, table(("field", "must be", "needed"), rows)])


def words_for(schema: dict[str, Any]) -> str:
    """Say what a value must be."""
    return cell(_words(schema))


def _words(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_words(one) for one in schema[several])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " / ".join(f"`{value}`" for value in schema["enum"])
    return _TYPES.get(schema.get("type", ""), _anything)(schema)


def _text(schema: dict[str, Any]) -> str:
    if "pattern" in schema:
        pattern = schema["pattern"]
        return _PATTERNS.get(pattern, f"text like `{pattern}`")
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if schema.get("format") == "date":
        return "a date, 2026-11-22"
    if least == most == len("2026-11-22T15:04:05Z"):
        return "a time, 2026-11-22T15:04:05Z"
    return "text" if most is None else f"text, {least} to {most} characters"


def _number(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    bounds = [f"from {least}"] * (least is not None) + [f"to {most}"] * (most is not None)
    return " ".join(["a whole number", *bounds])


def _list(schema: dict[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"a list: {', '.join(_words(one) for one in schema['prefixItems'])}"
    most = f" of up to {schema['maxItems']}" if "maxItems" in schema else ""
    return f"a list{most}: {_words(schema.get('items', {}))}"


def _map(schema: dict[str, Any]) -> str:
    patterns: dict[str, Any] = schema.get("patternProperties", {})
    values: Any = schema.get("additionalProperties") or next(iter(patterns.values()), {})
    names = _words(schema["propertyNames"]) if "propertyNames" in schema else "text"
    return f"an object, {names} to {_words(values) if isinstance(values, dict) else 'anything'}"


def _anything(_schema: dict[str, Any]) -> str:
    return "bytes"


_TYPES: Final = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda _: "true or false",
    "null": lambda _: "nothing (`null`)",
    "array": _list,
    "object": _map,
}


def _otherwise(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return f"no: `{json.dumps(default)}`" if default not in (None, [], {}) else "no"


def _prose(text: str) -> str:
    paragraphs: Sequence[str] = text.strip().split("\n\n")
    return cell(paragraphs[0]).replace("``", "`")
