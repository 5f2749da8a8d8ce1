"""A visitor to a desk's pages who has no browser: follows no script, keeps cookies, fills in forms by name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from doubles import PASSPHRASE

from exchange.desk.front import create_runner
from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from doubles import Town


class _Page(HTMLParser):
    """Reads what a test asks of a page: its forms, its links, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[dict[str, Any]] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._area: str | None = None
        self._first = False
        self._select = ""

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in given}
        self.tags.append((tag, attrs))
        if tag == "form":
            self.forms.append({"action": attrs["action"], "method": attrs["method"], "fields": {}})
        elif tag == "a":
            self.links.append(attrs["href"])
        elif tag == "input" and self.forms:
            fields = self.forms[-1]["fields"]
            if attrs["type"] == "file":
                return
            if attrs["type"] not in {"radio", "checkbox"} or "checked" in attrs:
                fields[attrs["name"]] = attrs.get("value", "")
            else:
                fields.setdefault(attrs["name"], None)
        elif tag in {"select", "option"} and self.forms:
            self._choice(tag, attrs)
        elif tag == "textarea" and self.forms:
            self._area, self._first = attrs.get("name"), True
            if self._area:
                self.forms[-1]["fields"][self._area] = ""

    def _choice(self, tag: str, attrs: dict[str, str]) -> None:
        fields = self.forms[-1]["fields"]
        if tag == "select":
            self._select = attrs["name"]
        elif "selected" in attrs or self._select not in fields:
            fields[self._select] = attrs["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            found = data[1:] if self._first and data.startswith("\n") else data
            self.forms[-1]["fields"][self._area] += found
            self._first = False
        self.text += data


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: str

    @property
    def page(self) -> _Page:
        page = _Page()
        page.feed(self.body)
        return page

    @property
    def text(self) -> str:
        return " ".join(self.page.text.split())

    @property
    def location(self) -> str:
        return str(self.headers["Location"])

    def form(self, ending: str) -> dict[str, Any]:
        """The form to be posted whose address ends so, with what stands in its fields."""
        forms = [form for form in self.page.forms if form["method"] == "post"]
        (found,) = [form for form in forms if form["action"].endswith(ending)]
        return found


@dataclass
class Visitor:
    """Somebody at a desk's pages."""

    http: aiohttp.ClientSession
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, fields: dict[str, str] | None = None, **headers: str
    ) -> Answer:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            sent |= {"Origin": self.address, "Content-Type": "application/x-www-form-urlencoded"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        data = urlencode(fields).encode() if fields is not None else None
        url = self.address + path
        async with self.http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            body = (await answer.read()).decode("utf-8", "replace")
            for cookie in answer.cookies.values():
                if cookie["max-age"] == "0" or not cookie.value:
                    self.cookies.pop(cookie.key, None)
                else:
                    self.cookies[cookie.key] = cookie.value
            return Answer(answer.status, answer.headers, body)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        return await self.ask("POST", path, fields, **headers)

    async def send(self, page: Answer, ending: str, **filled: str) -> Answer:
        """Fill in the form of a page whose address ends so, and send it."""
        form = page.form(ending)
        fields = {name: value for name, value in form["fields"].items() if value is not None}
        return await self.post(form["action"], fields | {k.replace("__", "-"): v for k, v in filled.items()})

    async def send_first(self, page: Answer, **filled: str) -> Answer:
        """The same for the first form of a page that has several at one address, as where one signs in."""
        form = page.page.forms[0]
        return await self.post(form["action"], form["fields"] | filled)

    async def sign_in(self, name: str, passphrase: str = PASSPHRASE) -> Answer:
        page = await self.get(f"{HOME}/sign-in")
        answer = await self.send_first(page, name=name, passphrase=passphrase)
        if passphrase == PASSPHRASE:
            assert (answer.status, answer.location) == (303, HOME), answer.text
        return answer


@asynccontextmanager
async def opened(town: Town, agency: str) -> AsyncIterator[Visitor]:
    """An agency's desk, listening, and a visitor at it."""
    runner = create_runner(town[agency].desk)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Visitor(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()
