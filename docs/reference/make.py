"""The reference pages, printed from the code: `make docs` writes them, and a test holds them to it.

Promises: what a page says of codes, limits, commands, routes, alarms and the catalogue is what the code does.
Never: one of these pages is edited by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pages import alarms, command_line, errors, http_api, limits

from exchange.share import lifecycle_page
from exchange.share.catalogue import Catalogue
from exchange.share.catalogue import page as catalogue_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE: Final = Path(__file__).resolve().parent

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "alarms.md": alarms.page,
    "catalogue.md": lambda: catalogue_page.page(Catalogue.load()),
    "command-line.md": command_line.page,
    "desk-api.md": http_api.desk,
    "errors.md": errors.page,
    "hub-api.md": http_api.hub,
    "lifecycle.md": lifecycle_page.page,
    "limits.md": limits.page,
}


def main() -> None:
    """Write every page that differs from what the code says."""
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
