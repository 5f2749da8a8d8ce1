"""The registry of routes: from it come the paths that answer, the models that check, and the description.

Promises: a route stands here or does not exist.
Never: behaviour. See `handlers`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from exchange.desk.api import handlers, lists
from exchange.desk.api.answers import (
    Alarms,
    CertificateQuery,
    Deliveries,
    LineNow,
    Parties,
    Reminders,
    SignIn,
    WhomQuery,
)
from exchange.desk.api.drafting import DRAFTS
from exchange.desk.api.lists import InboxQuery
from exchange.desk.api.mine import MINE
from exchange.desk.api.notifying import NOTIFICATIONS
from exchange.desk.api.offices import OFFICES
from exchange.desk.api.routes import BASE, AttachmentPath, LegPath, Route, ThreadPath
from exchange.desk.api.systems import SYSTEMS
from exchange.desk.service import drafts
from exchange.desk.service.asked import ListView
from exchange.desk.service.searching import Search, SearchView
from exchange.desk.service.views import (
    AttachedView,
    CatalogueView,
    Posted,
    SignedIn,
    ThreadView,
    UnderstandingView,
    WordsView,
)
from exchange.share.draft import AmendDraft, ShareDraft
from exchange.wire import limits
from exchange.wire.api import HOME, Welcome

if TYPE_CHECKING:
    from pydantic import BaseModel

    from exchange.desk.api.routes import Handler

_THREAD: Final = f"{BASE}/threads/{{thread}}"
_LEG: Final = f"{_THREAD}/legs/{{leg}}"


def _step(path: str, name: str, handler: Handler, body: type[BaseModel]) -> Route:
    """Make the route of a step in a thread that is there."""
    model = LegPath if "{leg}" in path else ThreadPath
    return Route("POST", path, name, handler, path_model=model, body=body, answer=Posted, takes_key=True)


def _new(path: str, name: str, handler: Handler, body: type[BaseModel]) -> Route:
    """Make the route of a step that opens a thread."""
    created = HTTPStatus.CREATED
    return Route("POST", path, name, handler, body=body, answer=Posted, status=created, takes_key=True)


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", HOME, "welcome", handlers.welcome, answer=Welcome, signed_in=False),
    Route(
        "POST",
        f"{BASE}/session",
        "signIn",
        handlers.sign_in,
        body=SignIn,
        answer=SignedIn,
        status=HTTPStatus.CREATED,
        signed_in=False,
    ),
    Route(
        "DELETE",
        f"{BASE}/session",
        "signOut",
        handlers.sign_out,
        status=HTTPStatus.NO_CONTENT,
    ),
    *MINE,
    Route("POST", f"{BASE}/whom", "whom", handlers.whom, body=WhomQuery, answer=Parties),
    Route("GET", f"{BASE}/catalogue", "catalogue", handlers.catalogue, answer=CatalogueView),
    Route(
        "GET",
        f"{BASE}/inbox",
        "inbox",
        lists.inbox,
        query_model=InboxQuery,
        answer=ListView,
    ),
    Route("POST", f"{BASE}/search", "search", lists.search, body=Search, answer=SearchView),
    Route("GET", f"{BASE}/reminders", "reminders", handlers.reminders, answer=Reminders),
    Route("GET", f"{BASE}/alarms", "alarms", handlers.alarms, answer=Alarms),
    *OFFICES,
    *SYSTEMS,
    *NOTIFICATIONS,
    Route(
        "GET",
        f"{BASE}/deliveries",
        "deliveries",
        handlers.deliveries,
        answer=Deliveries,
    ),
    Route("GET", f"{BASE}/line", "line", handlers.line, answer=LineNow),
    _new(f"{BASE}/shares", "share", handlers.share, ShareDraft),
    _new(f"{BASE}/requests", "request", handlers.request, drafts.RequestDraft),
    _new(f"{BASE}/decisions", "decide", handlers.decide, drafts.DecisionDraft),
    Route(
        "POST",
        f"{BASE}/attachments",
        "attach",
        handlers.attach,
        body_media_type=handlers.OCTETS,
        answer=AttachedView,
        status=HTTPStatus.CREATED,
        limit=limits.ATTACHMENT,
    ),
    *DRAFTS,
    Route("GET", _THREAD, "show", handlers.show, path_model=ThreadPath, answer=ThreadView),
    _step(f"{_THREAD}/refuse", "refuse", handlers.refuse, drafts.RefuseDraft),
    _step(f"{_THREAD}/withdraw", "withdrawAll", handlers.withdraw_all, drafts.WithdrawDraft),
    _step(f"{_THREAD}/note", "noteOnRequest", handlers.note_on_request, drafts.NoteDraft),
    Route("GET", f"{_THREAD}/pdf", "pdf", handlers.pdf, path_model=ThreadPath, media_type=handlers.PDF),
    _step(f"{_LEG}/accept", "accept", handlers.accept, drafts.AcceptDraft),
    _step(f"{_LEG}/decline", "decline", handlers.decline, drafts.DeclineDraft),
    _step(f"{_LEG}/read-back", "readBack", handlers.read_back, drafts.ReadBackDraft),
    _step(f"{_LEG}/hear-back", "hearBack", handlers.hear_back, drafts.HearBackDraft),
    _step(f"{_LEG}/amend", "amend", handlers.amend, AmendDraft),
    _step(f"{_LEG}/withdraw", "withdraw", handlers.withdraw, drafts.WithdrawDraft),
    _step(f"{_LEG}/note", "note", handlers.note, drafts.NoteDraft),
    Route("GET", f"{_LEG}/words", "words", handlers.words, path_model=LegPath, answer=WordsView),
    Route(
        "GET",
        f"{_LEG}/understanding",
        "understanding",
        handlers.understanding,
        path_model=LegPath,
        answer=UnderstandingView,
    ),
    Route(
        "GET",
        f"{_LEG}/certificate",
        "certificate",
        handlers.certificate,
        path_model=LegPath,
        query_model=CertificateQuery,
    ),
    Route(
        "GET",
        f"{_LEG}/attachments/{{number}}",
        "attachment",
        handlers.attachment,
        path_model=AttachmentPath,
        media_type=handlers.OCTETS,
    ),
)
