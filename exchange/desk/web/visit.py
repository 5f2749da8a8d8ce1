"""One request to one page: who is asking, what came with it, and how to answer.

Promises: a page that needs a sign-in is never made without one; every form on a page carries its token.
Never: a page is answered without the headers of `guard`, or in another language or encoding than it says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from exchange.desk.plain import person
from exchange.desk.web.forms import TOKEN, Form
from exchange.desk.web.guard import HEADERS, door, form_token, seat
from exchange.desk.web.render import HOME, render
from exchange.errors import SessionEnded

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.desk import Desk
    from exchange.desk.web.uploads import Upload


@dataclass(slots=True)
class Visit:
    """One request. `bound_to` is what its forms are bound to: the session's token, or the door's."""

    desk: Desk
    request: web.Request
    who: Session | None = None
    bound_to: str = ""
    form: Form = field(default_factory=Form)
    upload: Upload | None = None  # the file that comes with the form, not read yet

    @property
    def session(self) -> Session:
        """Who is asking; `SessionEnded` if nobody is signed in."""
        if self.who is None:
            raise SessionEnded
        return self.who

    @property
    def seat(self) -> str:
        """The session's token as the browser gave it; empty without one."""
        return self.request.cookies.get(seat(self.desk.agency), "")

    @property
    def door(self) -> str:
        """What the browser's sign-in form is bound to; empty before it has one."""
        return self.request.cookies.get(door(self.desk.agency), "")

    @property
    def posted(self) -> bool:
        """Whether a form came."""
        return self.request.method == "POST"

    @property
    def thread(self) -> str:
        """The thread that the address names."""
        return self.request.match_info["thread"]

    @property
    def leg(self) -> int:
        """The leg that the address names."""
        return int(self.request.match_info["leg"])

    @property
    def about(self) -> str:
        """The address of the thread's own page."""
        return f"{HOME}/threads/{self.thread}"

    def page(self, template: str, status: int = HTTPStatus.OK, **values: Any) -> web.Response:
        """Answer with a page. With something wrong in the form, the status says so."""
        if self.form.wrong and status == HTTPStatus.OK:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        text = render(
            template,
            agency=self.desk.agency_name(self.desk.agency),
            agency_of=self.desk.agency_name,
            me=self._me(),
            offices=self.desk.offices(self.who) if self.who is not None else frozenset(),
            token_name=TOKEN,
            token=form_token(self.bound_to) if self.bound_to else "",
            form=self.form,
            **values,
        )
        return web.Response(
            text=text, status=status, content_type="text/html", charset="utf-8", headers=HEADERS
        )

    def go(self, address: str) -> web.Response:
        """Send the browser on to another page, after what was posted is done."""
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={**HEADERS, "Location": address})

    def _me(self) -> str:
        return person(self.desk.who_is(self.who)) if self.who is not None else ""


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it is, and who makes it. `forms` says whether one can be posted to it."""

    path: str  # below `HOME`
    name: str
    handler: Handler
    forms: bool = False
    signed_in: bool = True
    uploads: bool = False  # a file may come with its form
    quiet: bool = False  # a browser asks for it by itself: a session that is idle stays so
