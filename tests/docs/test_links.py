"""The pages hang together: every link leads somewhere, every page can be found, and numbers are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exchange.desk.config import DeskConfig
from exchange.hub.config import DAY, HubConfig
from exchange.hub.service import BLOB_GRACE

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The places in a page that a link can name, as GitHub makes them of headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {
        "".join(sign for sign in one if sign.isalnum() or sign in " -_").replace(" ", "-") for one in plain
    }


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for link in LINK.findall(text):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_found_from_the_first() -> None:
    """From docs/README.md, by links alone."""
    found = {DOCS / "README.md"}
    waiting = list(found)
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file() and target not in found:
                found.add(target)
                waiting.append(target)
    assert set(DOCS.rglob("*.md")) - found == set()


def test_the_times_on_the_privacy_page_are_those_of_the_code() -> None:
    text = " ".join((DOCS / "privacy.md").read_text("utf-8").split())
    hub, desk = HubConfig.__dataclass_fields__, DeskConfig.__dataclass_fields__
    keep, remember = hub["keep"].default // DAY, hub["remember"].default // DAY
    idle, longest = desk["idle"].default, desk["longest"].default
    assert f"at most {keep} days (`keep_days`)" in text
    assert f"{remember} days (`remember_days`)" in text
    assert f"{keep + BLOB_GRACE // DAY} days (`keep_days` and a week)" in text
    assert (
        f"{idle.total_seconds() / 60:.0f} minutes idle, {longest.total_seconds() / 3600:.0f} hours at most"
        in text
    )


def test_the_settings_on_the_how_to_pages_are_those_of_the_code() -> None:
    """Every setting of `hub.toml` and `desk.toml`, as the code's own example has them."""
    for page, module in (
        ("operator.md", "exchange/hub/config.py"),
        ("administrator.md", "exchange/desk/config.py"),
    ):
        shown = re.search(
            r"^```toml\n(.*?)^```$", (DOCS / "how-to" / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
        example = re.search(
            r"^An example of .*?::\n\n(.*?)\n\"\"\"",
            (ROOT / module).read_text("utf-8"),
            re.DOTALL | re.MULTILINE,
        )
        assert shown
        assert example
        settings = [
            re.findall(r"^ *(\w+ = .*?)(?: +#.*)?$", text, re.MULTILINE) for text in (shown[1], example[1])
        ]
        assert settings[0] == settings[1]
