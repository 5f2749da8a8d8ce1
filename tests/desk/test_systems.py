"""Other systems: each scope answers its one question; a token dies at once; what is left for somebody is theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import spoken
from aiohttp import web
from doubles import PASSPHRASE, Town
from typer.testing import CliRunner

from exchange.cli import app
from exchange.desk.api.app import create_app
from exchange.desk.api.registry import ROUTES
from exchange.desk.config import FILE
from exchange.desk.scopes import PREFIX, SAYS, SCOPES, hashed, new_token
from exchange.desk.service.systems import AT_MOST, RATE
from exchange.store.casebook import Change, ServiceAccountRow
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SERVICE = [route for route in ROUTES if route.scope is not None]
CANARY = "Ellis-was-seen-at-nine"


class Office:
    """The school's desk, and other systems at its door."""

    def __init__(self, town: Town, http: aiohttp.ClientSession, address: str) -> None:
        self.town, self.http, self.address = town, http, address
        self.desk = town["moorfield-primary"].desk

    async def account(self, *scopes: str, name: str = "case-system", days: int = 30) -> str:
        token, now = new_token(), self.town.clock()
        until = format_time(now + timedelta(days=days))
        row = ServiceAccountRow(name, hashed(token), scopes, format_time(now), until)
        await self.desk.casebook.record(Change(accounts=(row,)))
        return token

    async def call(
        self, token: str, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Any]:
        given = {"Authorization": f"Bearer {token}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        url = f"{self.address}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=given) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None, answer.headers

    def person(self, name: str) -> str:
        return self.town["moorfield-primary"].person(name).person or ""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open(
        "moorfield-primary",
        {"Helen Marsh": "lead", "Tom Reed": "attendance officer", "Una Bell": "head"},
        {"Duty": ("Tom Reed",)},
    )
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"})
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
async def office(town: Town) -> AsyncIterator[Office]:
    runner = web.AppRunner(create_app(town["moorfield-primary"].desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        yield Office(town, http, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


def bodies(office: Office) -> dict[str, Any]:
    return {
        "serviceWaiting": {"person": office.person("Tom Reed")},
        "serviceWhom": {"q": "Ruth"},
        "serviceDraft": {"person": office.person("Tom Reed"), "said": {"draft": {"need": CANARY}}},
    }


async def ask(office: Office, token: str, route: Any) -> tuple[int, Any, Any]:
    path = route.path.removeprefix("/api/v1")
    return await office.call(token, route.method, path, bodies(office).get(route.name))


def test_each_scope_has_its_route_and_its_words() -> None:
    assert {route.scope for route in SERVICE} == set(SCOPES) == set(SAYS)
    assert not any(route.signed_in is False and route.scope for route in ROUTES)


@pytest.mark.parametrize("route", SERVICE, ids=lambda route: route.name)
async def test_a_scope_opens_its_route_and_no_other(office: Office, route: Any) -> None:
    token = await office.account(route.scope)
    for other in SERVICE:
        status, found, _ = await ask(office, token, other)
        if other.scope == route.scope:
            assert status == other.status, found
        else:
            assert (status, found["code"], found["problems"][0]["where"]) == (
                403,
                "scope_missing",
                other.scope,
            )


async def test_a_person_s_token_is_no_system_s_and_a_system_s_no_person_s(office: Office) -> None:
    person = (await office.desk.sign_in("Helen Marsh", PASSPHRASE)).token
    system = await office.account(*SCOPES)
    for route in ROUTES:
        path = route.path.removeprefix("/api/v1")
        if route.scope is not None:
            for token in (person, "", "x", PREFIX):
                status, found, _ = await ask(office, token, route)
                assert (status, found["code"]) == (401, "service_token_refused")
        elif route.signed_in:
            for name in ("thread", "draft", "session", "passkey", "leg", "number"):
                path = path.replace(f"{{{name}}}", "0" if name in {"leg", "number"} else new_id())
            status, found, _ = await office.call(system, route.method, path, {})
            assert (status, found["code"]) == (401, "session_ended"), route.name


async def test_a_revoked_token_is_refused_at_the_next_request_and_an_old_one_when_its_time_is_over(
    office: Office,
) -> None:
    token, other = await office.account("line:read"), await office.account("line:read", name="other", days=2)
    assert (await office.call(token, "GET", "/service/line"))[0] == 200
    at = format_time(office.town.clock())
    await office.desk.casebook.record(Change(accounts_revoked=(("case-system", at),)))
    assert (await office.call(token, "GET", "/service/line"))[0] == 401
    assert (await office.call(other, "GET", "/service/line"))[0] == 200
    office.town.clock.forward(days=2)
    assert (await office.call(other, "GET", "/service/line"))[1]["code"] == "service_token_refused"


async def test_the_day_of_its_last_use_is_kept_and_no_more(office: Office) -> None:
    token = await office.account("line:read")
    for _ in range(2):
        await office.call(token, "GET", "/service/line")
    (row,) = await office.desk.casebook.service_accounts()
    assert row.used == format_time(office.town.clock())[:10]


async def test_too_many_requests_in_a_minute_are_told_when_to_ask_again(office: Office) -> None:
    token, other = await office.account("line:read"), await office.account("line:read", name="other")
    answers = [await office.call(token, "GET", "/service/line") for _ in range(RATE + 1)]
    assert [status for status, _, _ in answers] == [200] * RATE + [429]
    assert 1 <= int(answers[-1][2]["Retry-After"]) <= 60
    assert (await office.call(other, "GET", "/service/line"))[0] == 200
    office.town.clock.forward(seconds=60)
    assert (await office.call(token, "GET", "/service/line"))[0] == 200


async def test_what_waits_is_told_without_a_word_or_a_name(office: Office) -> None:
    ruth = await office.town["northshire-childrens"].sign_in("Ruth Okafor")
    tom, duty = (
        office.town["moorfield-primary"].person("Tom Reed"),
        office.town["moorfield-primary"].role("Duty"),
    )
    posted = await office.town["northshire-childrens"].desk.share(ruth, spoken.share(tom, duty))
    await office.town.settle()
    token = await office.account("waiting:read")
    status, found, _ = await office.call(token, "POST", "/service/waiting", {"person": tom.person})
    assert (status, found["total"]) == (200, 2)
    status, role, _ = await office.call(token, "POST", "/service/waiting", {"role": duty.role})
    assert [row["leg"] for row in role["rows"]] == [1]
    row = role["rows"][0]
    assert (row["thread"], row["state"], row["side"], row["urgency"]) == (
        posted.thread,
        "sent",
        "recipient",
        "today",
    )
    for secret in ("bruise", "Ellis", "northshire", "Ruth", ruth.person):
        assert secret not in json.dumps([found, role])
    helen = await office.call(token, "POST", "/service/waiting", {"person": office.person("Helen Marsh")})
    assert helen[1] == {"rows": [], "total": 0}


@pytest.mark.parametrize("whose", [{}, {"person": new_id(), "role": new_id()}, {"person": new_id()}])
async def test_what_waits_for_nobody_is_not_told(office: Office, whose: dict[str, str]) -> None:
    token = await office.account("waiting:read")
    status, found, _ = await office.call(token, "POST", "/service/waiting", whose)
    assert (status, found["code"]) in {(404, "nobody_here"), (422, "contents_malformed")}


async def test_what_is_left_opens_for_its_person_alone_and_is_sent_by_nobody_else(office: Office) -> None:
    token = await office.account("drafts:write")
    body = bodies(office)["serviceDraft"]
    status, left, _ = await office.call(token, "POST", "/service/drafts", body)
    assert status == 201, left
    tom, helen = [
        await office.desk.session((await office.desk.sign_in(one, PASSPHRASE)).token)
        for one in ("Tom Reed", "Helen Marsh")
    ]
    (row,) = await office.desk.unfinished(tom)
    assert (row.draft, row.prepared_by) == (left["draft"], "case-system")
    said = (await office.desk.resume(tom, left["draft"])).said
    assert (said.draft.need, said.answered, said.prepared_by) == (CANARY, (), "case-system")
    assert await office.desk.unfinished(helen) == ()
    (kept,) = await office.desk.casebook.kept_of(tom.person, "draft/")
    assert CANARY.encode() not in kept.sealed
    trail = (await office.desk.trail(helen, "systems")).entries
    assert [(one.event, one.code, one.person) for one in trail] == [("draft_left", "case-system", None)]
    await office.desk.throw_away(tom, left["draft"])
    assert await office.desk.unfinished(tom) == ()


async def test_a_system_can_fill_only_half_of_what_a_person_may_have(office: Office) -> None:
    token, body = await office.account("drafts:write"), bodies(office)["serviceDraft"]
    statuses = [(await office.call(token, "POST", "/service/drafts", body))[0] for _ in range(AT_MOST + 1)]
    assert statuses == [201] * AT_MOST + [409]
    tom = await office.desk.session((await office.desk.sign_in("Tom Reed", PASSPHRASE)).token)
    assert len(await office.desk.unfinished(tom)) == AT_MOST


@pytest.mark.parametrize(
    "said",
    [
        {"request": new_id()},
        {"draft": {"attachments": [{"handle": new_id(), "name": "x", "why_needed": "y"}]}},
        {"draft": {"need": "x" * 900_000}},
    ],
)
async def test_what_is_no_new_share_is_not_left(office: Office, said: Any) -> None:
    token = await office.account("drafts:write")
    body = {"person": office.person("Tom Reed"), "said": said}
    status, found, _ = await office.call(token, "POST", "/service/drafts", body)
    assert 400 <= status < 500, found
    assert await office.desk.casebook.kept_of(office.person("Tom Reed"), "draft/") == ()


async def test_under_one_key_one_draft_is_left(office: Office) -> None:
    token, body = await office.account("drafts:write"), bodies(office)["serviceDraft"]
    answers = [
        await office.call(token, "POST", "/service/drafts", body, Idempotency_Key="k") for _ in range(3)
    ]
    assert [(status, found) for status, found, _ in answers] == [answers[0][:2]] * 3
    other = body | {"said": {"draft": {"need": "Other."}}}
    status, found, _ = await office.call(token, "POST", "/service/drafts", other, Idempotency_Key="k")
    assert (status, found["code"]) == (409, "idempotency_key_reused")
    assert len(await office.desk.casebook.kept_of(office.person("Tom Reed"), "draft/")) == 1


async def test_the_trail_is_told_with_people_by_id_alone(office: Office) -> None:
    await office.desk.sign_in("Helen Marsh", PASSPHRASE)
    token = await office.account("audit:read")
    _, found, _ = await office.call(token, "GET", "/service/trail?kind=people")
    assert found["entries"][0]["person"] == office.person("Helen Marsh")
    assert "Helen" not in json.dumps(found)


# --- the commands --------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text('hub = "http://127.0.0.1:8440"\n')
    return tmp_path


def told(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["desk", "service-account", *map(str, arguments)])


def test_an_account_is_made_listed_and_ended_and_its_token_is_in_its_file_alone(home: Path) -> None:
    out = home / "token"
    made = told("add", home, "siem", "--scope", "audit:read", "--scope", "line:read", "--out", out)
    assert made.exit_code == 0, made.output
    token = out.read_text().strip()
    assert token.startswith(PREFIX)
    assert len(token) - len(PREFIX) == 43
    assert out.stat().st_mode & 0o777 == 0o600
    assert token not in made.output
    (row,) = json.loads(told("list", home, "--json").stdout)
    assert (row["name"], row["scopes"], row["last_used"]) == ("siem", ["audit:read", "line:read"], None)
    assert all(token.encode() not in file.read_bytes() for file in home.iterdir() if file != out)
    assert told("revoke", home, "siem").exit_code == 0
    assert told("revoke", home, "siem").exit_code == 2
    assert "revoked" in told("list", home).stdout
    trail = CliRunner().invoke(app, ["desk", "audit", str(home), "--json"]).stdout
    events = [(one["event"], one["code"]) for one in json.loads(trail)["entries"]]
    assert events == [("service_account_added", "siem"), ("service_account_revoked", "siem")]


@pytest.mark.parametrize(
    ("name", "scope", "days"),
    [("Siem", "line:read", 9), ("siem", "words:read", 9), ("s", "line:read", 9), ("siem", "line:read", 401)],
)
def test_an_account_that_is_none_is_not_made(home: Path, name: str, scope: str, days: int) -> None:
    out = home / "token"
    assert told("add", home, name, "--scope", scope, "--out", out, "--days", days).exit_code == 2
    assert not out.exists()
    assert json.loads(told("list", home, "--json").stdout) == []


def test_a_name_is_given_once_and_no_file_is_written_over(home: Path) -> None:
    arguments = ("add", home, "siem", "--scope", "line:read", "--out")
    assert told(*arguments, home / "one").exit_code == 0
    assert told(*arguments, home / "two").exit_code == 2
    assert not (home / "two").exists()
    assert told("add", home, "other", "--scope", "line:read", "--out", home / "one").exit_code == 2
