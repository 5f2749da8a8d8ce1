"""Whatever a page can do, the API can do: each page names the routes that do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.api.app import create_app
from exchange.desk.api.registry import ROUTES
from exchange.desk.api.routes import DESCRIPTION
from exchange.desk.web.app import PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doubles import Town

DESCRIBED: Final = "the description itself"  # served beside the routes
SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "signIn": ("signIn",),
    "signOut": ("signOut",),
    "account": ("signIns", "endSignIn", "endOtherSignIns"),
    "passphrase": ("changePassphrase",),
    "passkeys": ("passkeys", "removePasskey"),
    "needs": ("inbox", "drafts", "alarms"),
    "live": ("inbox",),  # a program asks again
    "notifications": ("notifications", "setNotifications"),
    "search": ("search",),
    "thread": ("show",),
    "pdf": ("pdf",),
    "refuse": ("refuse",),
    "withdrawRequest": ("withdrawAll",),
    "noteOnRequest": ("noteOnRequest",),
    "accept": ("accept",),
    "decline": ("decline",),
    "words": ("words",),
    "attachment": ("attachment",),
    "readBack": ("readBack",),
    "hearBack": ("understanding", "hearBack"),
    "note": ("note",),
    "withdraw": ("withdraw",),
    "certificate": ("certificate",),
    "lead": ("figures",),
    "keys": ("keyAlarms",),
    "keysPeople": ("people",),
    "keysRoles": ("roles",),
    "keysRecords": ("records",),
    "keysAgency": ("agencyKeys",),
    "keysLog": ("keyLog",),
    "keysCeremonies": ("ceremonies",),
    "keysTrail": ("trail",),
    "keysTrailExport": ("trail",),  # page by page
    "beginShare": ("begin", "share"),
    "beginAnswer": ("begin", "share"),
    "sent": ("show",),
    "draft": ("resume",),
    "throwAway": ("throwAway",),
    "check": ("lookOver",),
    "send": ("send",),
    "file": ("attach", "keep"),
    "question": ("keep", "catalogue", "whom", "agencies"),
    "entry": ("keep",),
    "api": (DESCRIBED,),
    "apiRoom": (DESCRIBED,),
}
BROWSER: Final = {"passkey"}  # a passkey is added in a browser at the desk's own address, and nowhere else
ONLY_HERE: Final = {"welcome", "reminders", "deliveries", "line", "request", "decide", "amend", "prove"}
"""Routes that are on several pages, or on one that is being built, or that a program alone asks."""


def test_every_page_names_the_route_that_does_the_same() -> None:
    missing = {page.name for page in PAGES} - {*SAME, *BROWSER}
    assert missing == set(), "name the routes of the JSON API that do the same as each of these pages"


def test_every_route_that_is_named_exists_and_every_form_s_changes_something() -> None:
    routes = {route.name: route for route in ROUTES}
    here = [page for page in PAGES if page.name not in BROWSER]
    for page in here:
        named = [name for name in SAME[page.name] if name != DESCRIBED]
        assert set(named) <= set(routes), page.name
        if page.forms:
            assert any(routes[name].method != "GET" for name in named), page.name


def test_every_route_of_a_person_s_is_somewhere_on_the_pages() -> None:
    named = {name for names in SAME.values() for name in names}
    persons = {route.name for route in ROUTES if route.scope is None}
    assert persons - named - ONLY_HERE <= {"revise"}


async def test_whatever_answers_is_described(town: Town) -> None:
    app = create_app(town["moorfield-primary"].desk)
    served = {
        (resource.canonical, route.method)
        for resource in app.router.resources()
        for route in resource
        if route.method != "HEAD"
    }
    assert served == {(route.path, route.method) for route in ROUTES} | {(DESCRIPTION, "GET")}
