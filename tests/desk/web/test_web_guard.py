"""The pages at their door: who may see what, which forms are believed, and what no page ever lets out."""

from __future__ import annotations

import io
import json
import logging
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import PASSPHRASE
from test_web_loop import accepted, answers, read_back, share

from exchange.desk.web.app import PAGES
from exchange.desk.web.guard import door, form_token, seat
from exchange.desk.web.render import HOME
from keys.ceremony.people import suspend

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor

NOBODYS = "a" * 26
SEAT, DOOR = seat("northshire-childrens"), door("northshire-childrens")
CANARY = "Ellis-was-seen-at-nine"
INSIDE = [page for page in PAGES if page.signed_in]
FORMS = [page for page in INSIDE if page.forms]


def address(path: str, thread: str = NOBODYS, leg: str = "0") -> str:
    for part in ("{thread:[a-z2-7]{26}}", "{leg:0|[1-9][0-9]{0,3}}", "{number:0|[1-9][0-9]?}"):
        path = path.replace(part, {"t": thread, "l": leg, "n": "0"}[part[1]])
    for part, value in (
        ("{draft:[a-z2-7]{26}}", thread),
        ("{question:files}", "files"),
        ("{question:[a-z-]{1,20}}", "facts"),
        ("{item:new|[1-9][0-9]{0,2}}", "1"),
    ):
        path = path.replace(part, value)
    return HOME + path


def fields_of(visitor: Visitor, **more: str) -> dict[str, str]:
    return {"form": form_token(visitor.cookies.get(SEAT, "")), **more}


@pytest.mark.parametrize("page", INSIDE, ids=lambda page: page.name)
async def test_a_stranger_is_shown_the_door(services: Visitor, page: Any) -> None:
    for cookie in ({}, {SEAT: "x" * 43}, {SEAT: ""}):
        services.cookies = dict(cookie)
        if page.name != "signOut":
            answer = await services.get(address(page.path))
            assert answer.status == 303
            assert answer.location.startswith(f"{HOME}/sign-in")
        if page.forms:
            answer = await services.post(address(page.path), {"form": form_token(cookie.get(SEAT, ""))})
            assert answer.status == 401
            assert "You were signed out" in answer.text


@pytest.mark.parametrize(
    "page", [page for page in INSIDE if "thread" in page.path], ids=lambda page: page.name
)
async def test_another_practitioner_learns_nothing(town: Town, services: Visitor, page: Any) -> None:
    thread = await share(town)
    await services.sign_in("Ida Voss")
    for name, leg in ((thread, "0"), (NOBODYS, "0"), (thread, "1"), (thread, "9999")):
        answer = await services.get(address(page.path, name, leg))
        assert answer.status == 404, (name, leg)
        assert "Helen Marsh" not in answer.body
        if page.forms:
            sent = answers(
                version="0" * 64, my_part="Mine.", reason="not-my-role", verdict="agreed", words="Mine."
            )
            answer = await services.post(address(page.path, name, leg), fields_of(services) | sent)
            assert answer.status in {404, 422}
            assert "Helen Marsh" not in answer.body


async def test_a_leg_of_somebody_else_is_not_there(town: Town, services: Visitor) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    both = spoken.share(duty.person("Ruth Okafor"), duty.person("Ida Voss"))
    thread = (await school.desk.share(helen, both)).thread
    await town.settle()
    await services.sign_in("Ruth Okafor")
    for page in INSIDE:
        if "leg" in page.path:
            assert (await services.get(address(page.path, thread, "1"))).status == 404, page.name
    assert "Ida Voss" not in (await services.get(f"{HOME}/threads/{thread}")).body


async def test_the_recipient_cannot_hear_their_own_read_back(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    await read_back(services, thread)
    answer = await services.get(f"{HOME}/threads/{thread}/legs/0/hear-back")
    assert answer.status == 403
    sent = fields_of(services, verdict="agreed", read_back="0" * 64)
    assert (await services.post(f"{HOME}/threads/{thread}/legs/0/hear-back", sent)).status == 403


async def test_the_words_come_after_accepting(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    for page in ("words", "attachments/0"):
        answer = await services.get(f"{HOME}/threads/{thread}/legs/0/{page}")
        assert answer.status == 409
        assert "bruise" not in answer.body


@pytest.mark.parametrize("page", FORMS, ids=lambda page: page.name)
async def test_a_form_of_another_site_or_sign_in_does_nothing(
    town: Town, services: Visitor, page: Any
) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    path = address(page.path, thread)
    sent = answers(my_part="Mine.", reason="not-my-role")
    good = fields_of(services)
    hostile: list[tuple[dict[str, str], dict[str, str]]] = [
        (sent, {}),
        ({**sent, "form": ""}, {}),
        ({**sent, "form": form_token("another sign-in")}, {}),
        ({**sent, "form": form_token("")}, {}),
        ({**sent, **good}, {"Origin": "https://evil.example"}),
        ({**sent, **good}, {"Origin": "null"}),
        ({**sent, **good}, {"Origin": ""}),
        ({**sent, **good}, {"Sec-Fetch-Site": "cross-site"}),
        ({**sent, **good}, {"Sec-Fetch-Site": "same-site"}),
    ]
    for fields, headers in hostile:
        answer = await services.post(path, fields, **headers)
        assert answer.status == 403, (fields.get("form"), headers)
        assert "Nothing was done" in answer.text
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json"):
        assert (await services.post(path, {**sent, **good}, Content_Type=kind)).status == 422
    assert (await services.get(HOME)).status == 200  # still signed in
    ruth = await town["northshire-childrens"].sign_in("Ruth Okafor")
    view = await town["northshire-childrens"].desk.show(ruth, thread)
    assert [step.kind for step in view.steps] == ["share"]


async def test_behind_a_proxy_the_browsers_own_word_suffices(services: Visitor) -> None:
    page = await services.get(f"{HOME}/sign-in")
    form = page.form("/sign-in")["fields"] | {"name": "Ruth Okafor", "passphrase": PASSPHRASE}
    elsewhere = {"Origin": "https://desk.example", "Sec_Fetch_Site": "same-origin"}
    assert (await services.post(f"{HOME}/sign-in", form, **elsewhere)).status == 303


async def test_signing_in_is_bound_to_the_door(services: Visitor) -> None:
    page = await services.get(f"{HOME}/sign-in")
    form = page.form("/sign-in")["fields"] | {"name": "Ruth Okafor", "passphrase": PASSPHRASE}
    door = services.cookies.pop(DOOR)
    answer = await services.post(f"{HOME}/sign-in", form)
    assert answer.status == 400
    assert "did not keep this desk’s cookie" in answer.text.replace("'", "’")
    services.cookies[DOOR] = "another"
    assert (await services.post(f"{HOME}/sign-in", form)).status == 403
    services.cookies[DOOR] = door
    assert (await services.post(f"{HOME}/sign-in", form, Origin="https://evil.example")).status == 403
    assert (await services.post(f"{HOME}/sign-in", form)).status == 303


async def test_a_sign_in_is_a_new_session_and_ends_the_old_one(services: Visitor) -> None:
    services.cookies[SEAT] = "planted"
    await services.sign_in("Ruth Okafor")
    first = services.cookies[SEAT]
    assert first != "planted"
    await services.sign_in("Ruth Okafor")
    assert services.cookies[SEAT] != first
    stolen, services.cookies = services.cookies, {SEAT: first}
    assert (await services.get(HOME)).status == 303
    services.cookies = stolen
    page = await services.get(HOME)
    await services.send(page, "/sign-out")
    assert SEAT not in services.cookies
    services.cookies = dict(stolen)
    assert (await services.get(HOME)).status == 303  # a stolen cookie dies with its session


async def test_a_programs_token_is_no_cookie_and_a_cookie_is_no_token(town: Town, services: Visitor) -> None:
    program = await town["northshire-childrens"].desk.sign_in("Ruth Okafor", PASSPHRASE)
    services.cookies[SEAT] = program.token
    assert (await services.get(HOME)).status == 303
    services.cookies.clear()
    await services.sign_in("Ruth Okafor")
    inbox = "/api/v1/inbox"
    cookie = services.cookies[SEAT]
    assert (await services.get(inbox, Authorization=f"Bearer {cookie}")).status == 401
    assert (await services.get(inbox)).status == 401  # nor does the cookie itself count there
    assert (await services.get(inbox, Authorization=f"Bearer {program.token}")).status == 200
    assert (await services.get(HOME)).status == 200


async def test_a_suspended_person_is_out_at_the_next_page(town: Town, services: Visitor) -> None:
    await services.sign_in("Ben Hale")
    agency = town["northshire-childrens"]
    suspend(agency.home, person=agency.person("Ben Hale").person or "", now=town.clock())
    await agency.desk.own.refresh()
    assert (await services.get(HOME)).status == 303


async def test_two_desks_on_one_host_do_not_take_each_others_seat(school: Visitor, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    school.cookies = services.cookies  # a browser's cookies do not know ports
    await school.sign_in("Helen Marsh")
    assert "Ruth Okafor" in (await services.get(HOME)).text
    assert "Helen Marsh" in (await school.get(HOME)).text


async def test_cookies_are_this_hosts_alone(services: Visitor) -> None:
    page = await services.get(f"{HOME}/sign-in")
    door = page.headers["Set-Cookie"]
    form = page.form("/sign-in")["fields"] | {"name": "Ruth Okafor", "passphrase": PASSPHRASE}
    answer = await services.post(f"{HOME}/sign-in", form)
    seat = next(one for one in answer.headers.getall("Set-Cookie") if one.startswith(SEAT + "="))
    for cookie in (door, seat):
        assert cookie.startswith("__Host-")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert parts == {"secure", "httponly", "path=/", "samesite=strict"}


async def test_every_page_carries_the_headers(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    for path in (
        HOME,
        f"{HOME}/sign-in",
        f"{HOME}/threads/{thread}",
        f"{HOME}/nowhere",
        f"{HOME}/threads/{NOBODYS}",
    ):
        answer = await services.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        for tag, attrs in answer.page.tags:
            assert tag != "style"
            assert "style" not in attrs
            assert not any(name.startswith("on") for name in attrs)
            assert tag != "script" or attrs["src"].startswith(f"{HOME}/assets/")
    assert (await services.get(f"{HOME}/nowhere")).status == 404
    assert (await services.post(f"{HOME}/threads/{thread}", fields_of(services))).status == 404


async def test_a_wrong_name_and_a_wrong_passphrase_look_the_same(services: Visitor) -> None:
    told = []
    for name in ("Ruth Okafor", "Nobody Here"):
        page = await services.get(f"{HOME}/sign-in")
        assert "Okafor" not in page.body
        answer = await services.send(page, "/sign-in", name=name, passphrase="wrong guess")
        assert answer.status == 401
        assert "wrong guess" not in answer.body
        told.append(answer.text.replace(name, ""))
    assert told[0] == told[1]


async def test_nobody_is_sent_elsewhere_after_signing_in(town: Town, services: Visitor) -> None:
    thread = await share(town)
    for there, to in (
        (f"{HOME}/threads/{thread}", f"{HOME}/threads/{thread}"),
        ("//evil.example", HOME),
        ("https://evil.example", HOME),
        (f"{HOME}/../x", HOME),
        (f"{HOME}\n//evil.example", HOME),
        ("javascript:alert(1)", HOME),
    ):
        services.cookies.clear()
        page = await services.get(f"{HOME}/sign-in")
        answer = await services.send(page, "/sign-in", name="Ruth Okafor", passphrase=PASSPHRASE, next=there)
        assert answer.location == to


async def test_words_that_came_too_late_are_kept_and_sent_after_signing_in_again(
    town: Town, services: Visitor
) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    town.clock.forward(minutes=16)
    late = await services.send(page, "/read-back", **answers())
    assert late.status == 401
    assert "What you typed is safe in this page" in late.text
    again = await services.send(late, "/sign-in", name="Ruth Okafor", passphrase=PASSPHRASE)
    assert again.status == 200
    assert "A teacher saw a bruise" in again.text
    done = await services.send(again, "/read-back")
    assert done.status == 303
    assert done.location.endswith("done=read-back")


async def test_a_refusal_shows_what_was_typed(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    await services.send(page, "/read-back", **answers())
    twice = await services.send(page, "/read-back", **answers())
    assert twice.status == 409
    assert "What you typed" in twice.text
    assert "A teacher saw a bruise" in twice.body


async def test_a_form_that_is_none(services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    path = f"{HOME}/threads/{NOBODYS}/legs/0/accept"
    url, cookie = services.address + path, f"{SEAT}={services.cookies[SEAT]}"
    head = {"Origin": services.address, "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    for body, status in (
        (b"a=%ff", 422),
        (b"a=b&a=c", 422),
        (b"\xff\xfe", 422),
        (b"a=b&" * 2000, 422),
        (b"a=" + b"x" * 5_000_000, 413),
    ):
        async with services.http.post(url, data=io.BytesIO(body), headers=head) as answer:
            assert answer.status == status, body[:20]


async def test_what_nobody_foresaw_says_nothing_personal(
    town: Town,
    services: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: Any,
) -> None:
    await services.sign_in("Ruth Okafor")

    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(town["northshire-childrens"].desk, "inbox", broken)
    with caplog.at_level(logging.DEBUG):
        answer = await services.get(HOME)
    assert answer.status == 500
    out = capsys.readouterr()
    assert CANARY not in answer.body + caplog.text + out.out + out.err
    assert "Ruth" not in caplog.text + out.out + out.err


async def test_a_browser_at_the_bare_address_comes_to_the_pages(services: Visitor) -> None:
    answer = await services.get("/", Accept="text/html,application/xhtml+xml")
    assert (answer.status, answer.location) == (303, HOME)
    assert (await services.get("/")).headers["Content-Type"].startswith("application/json")


def test_the_manifest_and_the_assets_agree() -> None:
    folder = files("exchange.desk.web") / "static"
    manifest = json.loads((folder / "MANIFEST.json").read_text("utf-8"))
    named = {name: entry["sha256"] for name, entry in manifest["files"].items()}
    here = {one.name for one in folder.iterdir() if one.is_file() and one.suffix in {".css", ".js", ".svg"}}
    assert here == set(named)
    for name, digest in named.items():
        assert sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert manifest["packages"]["govuk-frontend"]["version"] == "6.3.0"


def test_nothing_of_the_brand_is_there() -> None:
    folder = files("exchange.desk.web") / "static"
    for name in ("desk.css", "desk.js"):
        text = (folder / name).read_text("utf-8").lower()
        assert not any(
            word in text for word in ("gds transport", "crest", "crown", "url(", "@import", "fetch(")
        )


async def test_assets_are_served_for_good_and_small(services: Visitor) -> None:
    page = await services.get(f"{HOME}/sign-in")
    found = [attrs.get("src") or attrs["href"] for tag, attrs in page.page.tags if tag in {"link", "script"}]
    assert len(found) == 3
    total = 0
    for path in found:
        answer = await services.get(path)
        assert "immutable" in answer.headers["Cache-Control"]
        total += int(answer.headers["Content-Length"])
    assert total < 30_000
