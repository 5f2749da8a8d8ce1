"""Signing in and out: a name that is typed, a passphrase, and a session of one's own.

Promises: nobody learns here who works at this agency; every sign-in is a new session, and ends the one that
the browser had; whoever was signed out while they wrote signs in again and sends what they wrote; whoever
signs in there in their place is offered none of it.
Never: a passphrase is shown, kept, or put back into a page.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from exchange.desk.service.own_views import HalfView
from exchange.desk.statuses import status_of
from exchange.desk.web.forms import Form, Wrong
from exchange.desk.web.guard import door, forget, new_door, remember, seat
from exchange.desk.web.render import HOME
from exchange.desk.whence import source_of
from exchange.errors import (
    ContentsMalformed,
    PasskeyNeeded,
    PasskeysOff,
    SessionEnded,
    SignInRefused,
    TooManyAttempts,
)

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.service.views import SignedIn
    from exchange.desk.web.visit import Visit
    from keys.errors import Problem

_OURS: Final = re.compile(
    rf"{HOME}(/account(/[a-z]{{1,20}})?|/search|/threads/[a-z2-7]{{26}}(/legs/[0-9]{{1,4}})?(/[a-z-]{{1,20}})?)?"
)
_WRITING: Final = re.compile(
    rf"{HOME}(/share|/drafts/[a-z2-7]{{26}}(/[a-z-]{{1,20}}(/(new|[0-9]{{1,3}}))?)?)"
)
LONGEST: Final = 1024  # characters of a passphrase


class Kept(NamedTuple):
    """A form that came too late: its fields as JSON, and where it is to be sent again."""

    fields: str = ""
    again: str = ""


async def sign_in(visit: Visit) -> web.StreamResponse:
    """Ask for name and passphrase; with both, open a session."""
    if not visit.posted:
        return _ask(visit, there=_own(visit.request.query.get("next", "")))
    form = visit.form
    if form["passkey"]:
        return await _by_passkey(visit)
    name = form.ask("name", "Type your name, as your agency's list of people has it")
    passphrase = form.secret("passphrase", "Type your passphrase")
    kept = Kept(form["kept"], _own(form["again"]))
    if not form.wrong:
        try:
            return await _open(visit, name, passphrase[:LONGEST], kept)
        except (SignInRefused, TooManyAttempts, PasskeyNeeded) as problem:
            form.wrong.append(Wrong("name", f"{problem.message} {problem.hint}"))
            return _ask(visit, there=_own(form["next"]), kept=kept, status=status_of(problem))
    return _ask(visit, there=_own(form["next"]), kept=kept)


async def _by_passkey(visit: Visit) -> web.StreamResponse:
    """Sign in with a passkey; where it is a second proof, ask for the passphrase next."""
    from exchange.desk.web.passkeys import output_of  # it stands on this module

    form, desk = visit.form, visit.desk
    kept, there = Kept(form["kept"], _own(form["again"])), _own(form["next"])
    source = source_of(visit.request, desk.config.proxied)
    try:
        found = await desk.sign_in_by_passkey(form["passkey"], output_of(visit), visit.door, source=source)
    except (SignInRefused, TooManyAttempts, PasskeysOff) as problem:
        form.wrong.append(Wrong("name", f"{problem.message} {problem.hint}"))
        return _ask(visit, there=there, kept=kept, status=status_of(problem))
    if isinstance(found, HalfView):
        visit.form = Form({"name": found.name})
        return _ask(visit, there=there, kept=kept, half=True)
    return await _opened(visit, found, kept, there)


async def sign_out(visit: Visit) -> web.StreamResponse:
    """End the session, and lock its keys."""
    visit.desk.sign_out(visit.bound_to)
    answer = visit.go(f"{HOME}/sign-in?signed=out")
    forget(answer, seat(visit.desk.agency))
    return answer


def asked_again(visit: Visit, problem: SessionEnded) -> web.Response:
    """Answer a form that came after its session had ended: sign in, then send it again."""
    again = _own(visit.request.path)
    typed = visit.form.typed if again else {}
    kept = Kept(json.dumps(visit.form.kept), again) if typed else Kept()
    visit.form = Form()
    return _ask(visit, there=again, kept=kept, problem=problem, status=HTTPStatus.UNAUTHORIZED)


def _ask(  # noqa: PLR0913 - what a sign-in page may have to say
    visit: Visit,
    *,
    there: str,
    kept: Kept = Kept(),  # noqa: B008 - it is immutable
    problem: Problem | None = None,
    status: int = HTTPStatus.OK,
    half: bool = False,
) -> web.Response:
    from exchange.desk.web.passkeys import asked  # it stands on this module

    fresh = visit.door or new_door()
    visit.bound_to, visit.who = fresh, None
    signed_out = not visit.posted and visit.request.query.get("signed") == "out"
    answer = visit.page(
        "sign_in.html",
        status,
        there=there,
        kept=kept,
        problem=problem,
        signed_out=signed_out,
        half=half,
        asked=asked(visit, "sign-in") if not half else {},
    )
    if visit.door != fresh:
        remember(answer, door(visit.desk.agency), fresh)
    return answer


async def _open(visit: Visit, name: str, passphrase: str, kept: Kept) -> web.StreamResponse:
    source = source_of(visit.request, visit.desk.config.proxied)
    signed_in = await visit.desk.sign_in(name, passphrase, source=source, bound_to=visit.door)
    return await _opened(visit, signed_in, kept, _own(visit.form["next"]))


async def _opened(visit: Visit, signed_in: SignedIn, kept: Kept, there: str) -> web.StreamResponse:
    desk = visit.desk
    another = desk.is_another(visit.seat, signed_in.person)
    desk.sign_out(visit.seat)
    if kept.fields and kept.again and another:
        visit.who, visit.bound_to = await desk.session(signed_in.token), signed_in.token
        answer = visit.page("not_theirs.html")
    elif kept.fields and kept.again:
        visit.who, visit.bound_to = await desk.session(signed_in.token), signed_in.token
        fields = _fields(kept.fields)
        visit.form = Form(fields)
        answer = visit.page("send_again.html", again=kept.again, fields=fields, typed=visit.form.typed)
    else:
        answer = visit.go(there or HOME)
    remember(answer, seat(desk.agency), signed_in.token)
    forget(answer, door(desk.agency))
    return answer


def _fields(kept: str) -> dict[str, str]:
    try:
        found = json.loads(kept)
    except ValueError:
        raise ContentsMalformed("kept") from None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ContentsMalformed("kept")
    return found


def _own(address: str) -> str:
    """Give an address if it is one of these pages; nothing otherwise, so that nobody is sent elsewhere."""
    return address if _OURS.fullmatch(address) or _WRITING.fullmatch(address) else ""
