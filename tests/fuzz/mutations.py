"""Structure-aware mutation: bytes as bytes, but also the JSON and the lengths that stand in them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

CANARY = "Jaydenzq"  # no refusal may repeat what stood in the input
TEXTS = (
    "", "\0", "\ufeff", "\u202e", "ẞ", "é", "e\u0301", "\U0001f9d2", "a" * 300, "-" * 70, CANARY, f"{CANARY}\n",
    "cx2", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "0", "-1", "null", "true", "../..", "<script>", "AAAA", "AAA=",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53, 2**63, 10**30, 1.0, 1e308, float("nan"), float("inf"), [], {}, [[]], "",
)  # fmt: skip
RAW = (
    b'"\\ud800"',
    b'"\\u0000"',
    b"1e400",
    b"-0",
    b"01",
    b"[" * 200,
    b"\xff",
    b"\xc0\x80",
    b"'x'",
    b"//",
    b",",
)
EDGES = (0, 1, 2, 3, 4, 255, 256, 1168, 3373, 16384, 2**15, 2**16 - 1, 2**31, 2**32 - 1)


class Mutator:
    """Draws one hostile variant at a time; the same `random` and seeds draw the same ones."""

    def __init__(self, random: Random, seeds: Sequence[bytes]) -> None:
        self.random = random
        self.seeds = seeds
        self.ways: tuple[Callable[[bytes], bytes], ...] = (
            self.flip, self.set_byte, self.delete, self.double, self.insert, self.splice,
            self.cut, self.lengthen, self.number, self.json_tree, self.json_tree, self.json_raw,
        )  # fmt: skip

    def draw(self) -> bytes:
        """One seed, changed once to four times."""
        data = self.random.choice(self.seeds)
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3, 4))):
            data = self.random.choice(self.ways)(data)
        return data

    # --- bytes ---

    def at(self, data: bytes) -> int:
        return self.random.randrange(len(data) + 1)

    def flip(self, data: bytes) -> bytes:
        if not data:
            return b"\0"
        at = self.random.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1 :]

    def set_byte(self, data: bytes) -> bytes:
        at = self.at(data)
        return data[:at] + bytes([self.random.choice((0, 1, 127, 128, 255, 34, 92, 123))]) + data[at + 1 :]

    def delete(self, data: bytes) -> bytes:
        at = self.at(data)
        return data[:at] + data[at + self.random.choice((1, 1, 2, 4, 32, 1168)) :]

    def double(self, data: bytes) -> bytes:
        at = self.at(data)
        span = data[at : at + self.random.choice((1, 4, 16, 32, 100, 1168))]
        return data[:at] + span + data[at:]

    def insert(self, data: bytes) -> bytes:
        at = self.at(data)
        return data[:at] + self.random.choice(RAW) + data[at:]

    def splice(self, data: bytes) -> bytes:
        other = self.random.choice(self.seeds)
        return data[: self.at(data)] + other[self.at(other) :]

    def cut(self, data: bytes) -> bytes:
        return data[: self.at(data)]

    def lengthen(self, data: bytes) -> bytes:
        return data + self.random.randbytes(self.random.choice((1, 2, 16, 1168)))

    def number(self, data: bytes) -> bytes:
        """Overwrite what may be a length or a count, of two, four or eight bytes."""
        size = self.random.choice((2, 4, 8))
        at = self.random.choice((0, 1, 4, 5, 9, self.at(data)))
        old = int.from_bytes(data[at : at + size], "big")
        new = self.random.choice((*EDGES, old + 1, max(0, old - 1), len(data), len(data) - at))
        return data[:at] + (new % (1 << 8 * size)).to_bytes(size, "big") + data[at + size :]

    # --- the JSON inside ---

    def json_tree(self, data: bytes) -> bytes:
        """Change the first JSON object as a tree; usually set right the length that stands before it."""
        span = _json_span(data)
        if span is None:
            return self.flip(data)
        start, end, tree = span
        tree = copy.deepcopy(tree)
        place, key = self._place(tree)
        if key is not None:
            self._change(place, key)
        new = json.dumps(tree, separators=(",", ":"), ensure_ascii=self.random.random() < 0.1).encode(
            "utf-8", "surrogatepass"
        )
        return self._framed(data, start, end, new)

    def json_raw(self, data: bytes) -> bytes:
        """Change the first JSON object as text: what no tree can say."""
        span = _json_span(data)
        if span is None:
            return self.set_byte(data)
        start, end, _ = span
        text = data[start:end]
        marks = [at for at, byte in enumerate(text) if byte in b'{}[],:"']
        at = self.random.choice(marks)
        change = self.random.choice(("white", "raw", "duplicate", "wrap", "drop"))
        if change == "white":
            new = text[:at] + self.random.choice((b" ", b"\n", b"\t", b"\xa0")) + text[at:]
        elif change == "raw":
            new = text[: at + 1] + self.random.choice(RAW) + text[at + 1 :]
        elif change == "duplicate":
            new = b"{" + text[1 : text.find(b",") + 1] + text[1:]
        elif change == "wrap":
            depth = self.random.choice((1, 13, 3000))
            new = b"[" * depth + text + b"]" * depth
        else:
            new = text[:at] + text[at + 1 :]
        return self._framed(data, start, end, new)

    def _framed(self, data: bytes, start: int, end: int, new: bytes) -> bytes:
        head = data[:start]
        for size in (4, 2):
            if len(head) >= size and int.from_bytes(head[-size:], "big") == end - start:
                if self.random.random() < 0.9 and len(new) < 1 << 8 * size:
                    head = head[:-size] + len(new).to_bytes(size, "big")
                break
        return head + new + data[end:]

    def _place(self, tree: Any) -> tuple[Any, Any]:
        """Some container in the tree and one of its keys; None where it is empty."""
        while True:
            keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
            if not keys:
                return tree, None
            key = self.random.choice(keys)
            below = tree[key]
            if not isinstance(below, dict | list) or self.random.random() < 0.3:
                return tree, key
            tree = below

    def _change(self, place: Any, key: Any) -> None:
        way = self.random.randrange(7)
        if way == 0:
            del place[key]
        elif way == 1:
            place[key] = copy.deepcopy(self.random.choice(VALUES))
        elif way == 2:
            place[key] = self.random.choice(TEXTS)
        elif way == 3 and isinstance(place, dict):
            place[self.random.choice((CANARY, "v", "kind", key + " "))] = place[key]
        elif way == 4 and isinstance(place, list):
            place.extend([place[key]] * self.random.choice((1, 2, 60, 250)))
        elif way == 5 and isinstance(place[key], str):
            text = place[key]
            at = self.random.randrange(len(text) + 1)
            place[key] = text[:at] + self.random.choice(TEXTS) + text[at:]
        elif isinstance(place[key], int):
            place[key] += self.random.choice((-1, 1, 10**9))


def _json_span(data: bytes) -> tuple[int, int, Any] | None:
    start = data.find(b'{"')
    if start < 0:
        return None
    text = data[start : start + 300_000].decode("utf-8", "surrogateescape")
    try:
        tree, length = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return start, start + len(text[:length].encode("utf-8", "surrogateescape")), tree
