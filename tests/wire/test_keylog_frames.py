"""An export of the log reads as it was written, line by line, and nothing else reads."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.wire import keylog, limits
from keys.errors import Malformed
from keys.statement import Signed

NOTE = "hub.example.org\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— hub.example.org AAAA\n"
entries = st.lists(st.builds(Signed, st.binary(max_size=60), st.binary(max_size=60)), max_size=5)


def written(given_entries: list[Signed], note: str = NOTE) -> bytes:
    return b"".join(keylog.write_export(given_entries, note))


@given(entries)
def test_reading_an_export_undoes_writing_it(found: list[Signed]) -> None:
    assert list(keylog.read_export(io.BytesIO(written(found)))) == [*found, NOTE]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"",
        lambda text: text[:-1],
        lambda text: text + b"\n",
        lambda text: text + text,
        lambda text: b"\n" + text,
        lambda text: text.replace(b"payload", b"Payload"),
        lambda text: text.replace(b":", b": ", 1),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace("—".encode(), b"\\u2014"),
        lambda text: text.replace(b'"YQ=="', b'"YR=="'),
        lambda text: text.replace(b'"YQ=="', b'"Y"'),
        lambda text: text[: text.index(b'{"note"')],
        lambda text: text.replace(b'{"note"', b'{"payload"'),
        lambda text: text.replace(NOTE[:10].encode(), b"\xff"),
        lambda text: b'{"payload":"' + b"A" * 500_000 + text,
        lambda text: text.replace(NOTE[:10].encode(), b"a" * limits.NOTE),
    ],
)
def test_anything_else_is_malformed(spoil: object) -> None:
    text = spoil(written([Signed(b"a", b"b"), Signed(b"c", b"d")]))  # type: ignore[operator]  # one of the above
    with pytest.raises(Malformed):
        list(keylog.read_export(io.BytesIO(text)))
