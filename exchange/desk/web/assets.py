"""The style sheet, the script and the icon: from the package's own data, under names that change with them.

Promises: nothing is fetched from anywhere else; an address holds the digest of its file, so that a browser
may keep it for good and never shows an old one.
Never: a file that `static/MANIFEST.json` does not name.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST: Final = "MANIFEST.json"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_LONG: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    address: str  # below the pages' own
    body: bytes
    packed: bytes  # the same, gzipped: it holds nobody's secret, so its size tells nothing
    headers: Mapping[str, str]


@cache
def load() -> Mapping[str, Asset]:
    """Read every file that the manifest names, once."""
    folder = files("exchange.desk.web") / "static"
    named = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    return {name: _asset(name, (folder / name).read_bytes()) for name in named}


def _asset(name: str, body: bytes) -> Asset:
    suffix = name[name.rindex(".") :]
    headers = {
        "Content-Type": _KINDS[suffix],
        "Cache-Control": _LONG,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    address = f"/assets/{sha256(body).hexdigest()[:16]}/{name}"
    return Asset(address, body, gzip.compress(body, mtime=0), headers)
