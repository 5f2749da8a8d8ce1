"""The way in to every page: the sign-in is looked up, a form is judged, and a refusal becomes a page.

Promises: whoever is not signed in is shown the sign-in page and nothing else; a form is checked for being
this desk's own before anything is done with it; where a proof is asked for again, the same form goes on with
what it said; a refusal says what is wrong and what to do, and shows again
what was typed; whatever nobody foresaw is a plain page with a number to quote.
Never: a log line, an address or an error holds what somebody wrote or who they are.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from aiohttp import web

from exchange.desk.statuses import status_of
from exchange.desk.web import proving
from exchange.desk.web.forms import PROOFS, TOKEN, read_form
from exchange.desk.web.guard import demand_own_form, demand_same_origin
from exchange.desk.web.render import HOME
from exchange.desk.web.uploads import MULTIPART, read_upload
from exchange.desk.web.visit import Visit
from exchange.errors import PageUnknown, ProofNeeded, ProofWrong, SessionEnded, TooManyAttempts
from keys.errors import Problem
from keys.record import new_id

if TYPE_CHECKING:
    from exchange.desk.service.desk import Desk
    from exchange.desk.web.visit import Page

_log = structlog.get_logger(__name__)


async def serve(desk: Desk, page: Page, request: web.Request) -> web.StreamResponse:
    """Answer one request to one page, whatever happens."""
    visit = Visit(desk, request)
    try:
        return await _answer(visit, page)
    except SessionEnded as problem:
        return _signed_out(visit, problem)
    except (ProofNeeded, ProofWrong, TooManyAttempts) as problem:
        return await proving.ask(visit, problem)
    except Problem as problem:
        return refused(visit, problem)
    except Exception as error:  # noqa: BLE001 - the last resort: nothing unforeseen may leave with its words
        if request.transport is None or request.transport.is_closing():
            return web.Response(status=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
        return _unforeseen(visit, error)


async def _answer(visit: Visit, page: Page) -> web.StreamResponse:
    desk, request = visit.desk, visit.request
    desk.memory.demand_whole()
    if visit.posted:
        demand_same_origin(request)  # before its body is read
        if page.uploads and request.content_type == MULTIPART:
            visit.form, visit.upload = await read_upload(request)
        else:
            visit.form = await read_form(request)
    if page.signed_in:
        visit.who = desk.watching(visit.seat) if page.quiet else await desk.session(visit.seat)
        if not visit.who.page:
            raise SessionEnded  # a program's token is no browser's cookie
        visit.bound_to = visit.seat
    else:
        visit.bound_to = visit.door
    if visit.posted:
        demand_own_form(request, visit.bound_to, visit.form[TOKEN])
        if page.signed_in and not visit.form.values.keys().isdisjoint(PROOFS):
            await proving.take(visit)
    return await page.handler(visit)


def refused(visit: Visit, problem: Problem) -> web.Response:
    """Answer a refusal with its own words, its hint, and what was typed."""
    every = tuple(getattr(problem, "problems", ())) or (problem,)
    visit.form.wrong.clear()
    return visit.page("refused.html", status_of(problem), problems=every, typed=visit.form.typed)


async def unknown(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Answer for an address that is no page's."""
    return refused(Visit(desk, request), PageUnknown())


def _signed_out(visit: Visit, problem: SessionEnded) -> web.Response:
    """Show the way to sign in; a form that came too late is kept in the page, to be sent again."""
    if not visit.posted:
        there = quote(visit.request.path, safe="/")
        return visit.go(f"{HOME}/sign-in?next={there}" if there != HOME else f"{HOME}/sign-in")
    from exchange.desk.web.signing_in import asked_again  # it answers through this module

    return asked_again(visit, problem)


def _unforeseen(visit: Visit, error: Exception) -> web.Response:
    number = new_id()
    _log.error("unforeseen", incident=number, kind=type(error).__name__, place=_place(error))
    visit.form.wrong.clear()
    typed = visit.form.typed
    return visit.page("unforeseen.html", HTTPStatus.INTERNAL_SERVER_ERROR, incident=number, typed=typed)


def _place(error: Exception) -> str:
    """Name the innermost file and line, which carry nothing that a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
