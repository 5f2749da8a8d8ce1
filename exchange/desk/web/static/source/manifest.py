"""Write MANIFEST.json beside the built assets: what they are made from, the licences, and their SHA-256.

Promises: the manifest names every file that the desk serves; a test holds the two to each other.
Never: it fetches or builds anything; `build.sh` does.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path(__file__).resolve().parent
SERVED: Final = SOURCE.parent
_MADE_FROM: Final = {
    "desk.css": ("govuk-frontend", "sass"),
    "desk.js": ("govuk-frontend", "esbuild"),
    "icon.svg": (),
}
_LICENCES: Final = {"govuk-frontend": "MIT", "sass": "MIT", "esbuild": "MIT"}
_SHIPPED: Final = frozenset({"govuk-frontend"})  # the others are tools, and leave nothing of theirs behind


def manifest() -> dict[str, Any]:
    """Describe what lies here now."""
    package = json.loads((SOURCE / "package.json").read_text("utf-8"))
    made_with = {
        name: {
            "version": version,
            "integrity": package["readback"][name],
            "licence": _LICENCES[name],
            "shipped": name in _SHIPPED,
        }
        for name, version in package["devDependencies"].items()
    }
    files = {
        name: {
            "sha256": sha256((SERVED / name).read_bytes()).hexdigest(),
            "made_from": list(parts),
            "licence": "Apache-2.0 AND MIT" if parts else "Apache-2.0",
        }
        for name, parts in _MADE_FROM.items()
    }
    return {"files": files, "packages": made_with}


if __name__ == "__main__":
    text = json.dumps(manifest(), indent=2) + "\n"
    (SERVED / "MANIFEST.json").write_text(text, "utf-8")
