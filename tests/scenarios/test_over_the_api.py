"""Every use case through the desks' JSON API, as a practitioner's program would."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import spoken
from aiohttp import web
from city import Client
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app
from exchange.evidence.verify import verify
from exchange.store.casebook import Change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ORDER = b"%PDF-1.7 an order " * 5000


@pytest.fixture
async def helen(town: Town) -> AsyncIterator[Client]:
    async for client in served(town, "moorfield-primary", "Helen Marsh"):
        yield client


@pytest.fixture
async def ruth(town: Town) -> AsyncIterator[Client]:
    async for client in served(town, "northshire-childrens", "Ruth Okafor"):
        yield client


async def served(town: Town, agency: str, person: str) -> AsyncIterator[Client]:
    runner = web.AppRunner(create_app(town[agency].desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        client = Client(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
        client.token = (await client.post("/session", {"person": person, "passphrase": PASSPHRASE}))["token"]
        yield client
    await runner.cleanup()


def plain(draft: Any) -> dict[str, Any]:
    return dict(json.loads(draft.model_dump_json()))


async def party(client: Client, name: str) -> dict[str, Any]:
    (found,) = (await client.post("/whom", {"q": name}))["parties"]
    return dict(found["party"])


async def sent(town: Town, helen: Client, **more: Any) -> str:
    draft = plain(spoken.share()) | {"recipients": [await party(helen, "Ruth Okafor")]} | more
    posted = await helen.post("/shares", draft)
    await town.settle()
    return f"/threads/{posted['thread']}"


def restated(words: dict[str, Any], **other: str) -> dict[str, Any]:
    statements = [*words["words"]["facts"], *words["words"]["opinions"]]
    return {
        "version": words["version"],
        "restatements": [
            {
                "statement": one["id"],
                "meaning": other.get(one["id"], f"I take it that {one['id']} is about Ellis."),
                "taken_as": "fact" if one["id"].startswith("F") else "opinion",
                "weight": "critical",
            }
            for one in statements
        ],
        "key_point": "O1",
        "will_do": "A strategy discussion.",
    }


AGREED: dict[str, Any] = {
    "verdict": "agreed",
    "heard": [{"statement": name, "understood": True} for name in ("F1", "F4", "O1")],
}


async def test_a_file_goes_out_and_in(town: Town, helen: Client, ruth: Client) -> None:
    headers = {"Authorization": f"Bearer {helen.token}"}
    async with helen.http.post(f"{helen.address}/api/v1/attachments", data=ORDER, headers=headers) as answer:
        assert answer.status == 201
        handle = (await answer.json())["handle"]
    file = {
        "handle": handle,
        "name": "Ä order.pdf",
        "media_type": "application/pdf",
        "why_needed": "The order.",
    }
    leg = f"{await sent(town, helen, attachments=[file])}/legs/0"
    await _uploaded(town)
    await town.settle()
    await ruth.post(f"{leg}/accept", {"my_part": "I am on duty."})
    words = await ruth.get(f"{leg}/words")
    assert words["attachments"][0]["name"] == "Ä order.pdf"
    headers = {"Authorization": f"Bearer {ruth.token}"}
    async with ruth.http.get(f"{ruth.address}/api/v1{leg}/attachments/0", headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%84%20order.pdf"
        assert await answer.read() == ORDER
    status, found = await ruth.call("GET", f"{leg}/attachments/1")
    assert (status, found["code"]) == (404, "attachment_unknown")


async def test_a_comparison_a_correction_and_an_agreement(town: Town, helen: Client, ruth: Client) -> None:
    thread = await sent(town, helen)
    leg = f"{thread}/legs/0"
    assert (await ruth.get("/inbox"))["rows"][0]["why"].startswith("Accept it")
    status, found = await ruth.call("GET", f"{leg}/words")
    assert (status, found["code"]) == (409, "accept_first")
    await ruth.post(f"{leg}/accept", {"my_part": "I am on duty."})
    words = await ruth.get(f"{leg}/words")
    wrong = restated(words, F4="The paediatrician confirmed that it was a scooter accident.")
    await ruth.post(f"{leg}/read-back", wrong)
    await town.settle()
    view = await helen.get(f"{leg}/understanding")
    by_statement = {row["statement"]["id"]: row for row in view["rows"]}
    assert by_statement["F4"]["restatement"]["meaning"].startswith("The paediatrician confirmed")
    assert by_statement["F4"]["weight"] == "significant"
    assert "over_weighted" in {flag["kind"] for flag in by_statement["F4"]["flags"]}
    status, _ = await ruth.call("GET", f"{leg}/understanding")
    assert status == 403
    correction = {"statement": "F4", "understood": False, "correction": "She confirmed nothing."}
    heard = [one for one in AGREED["heard"] if one["statement"] != "F4"]
    await helen.post(f"{leg}/hear-back", {"verdict": "corrected", "heard": [*heard, correction]})
    await town.settle()
    await ruth.post(f"{leg}/read-back", restated(words))
    await town.settle()
    stale = AGREED | {"read_back": view["read_back"]}
    status, found = await helen.call("POST", f"{leg}/hear-back", stale)
    assert (status, found["code"]) == (409, "superseded")
    status, found = await helen.call("GET", f"{leg}/certificate")
    assert (status, found["code"]) == (409, "not_closed")
    await helen.post(f"{leg}/hear-back", AGREED)
    await town.settle()
    for client in (helen, ruth):
        assert (await client.get(thread))["closed"]


async def test_an_amendment_and_a_certificate_of_it(town: Town, helen: Client, ruth: Client) -> None:
    thread = await sent(town, helen)
    leg = f"{thread}/legs/0"
    amended = plain(spoken.amendment((0,)))
    status, found = await helen.call("POST", f"{thread}/legs/1/amend", amended)
    assert (status, found["code"]) == (422, "contents_malformed")
    await helen.post(f"{leg}/amend", amended)
    await town.settle()
    await ruth.post(f"{leg}/accept", {"my_part": "I am on duty."})
    await ruth.post(f"{leg}/read-back", restated(await ruth.get(f"{leg}/words")))
    await town.settle()
    await helen.post(f"{leg}/hear-back", AGREED)
    await town.settle()
    for client, words in ((helen, "yes"), (ruth, "no")):
        url, headers = (
            f"{client.address}/api/v1{leg}/certificate",
            {"Authorization": f"Bearer {client.token}"},
        )
        async with client.http.get(url, headers=headers, params={"words": words}) as answer:
            assert answer.status == 200
            verified = verify(await answer.read(), town["moorfield-primary"].desk.trust.policy)
        assert verified.leg.version_number == 2


async def _uploaded(town: Town) -> None:
    school, duty = town["moorfield-primary"].desk, town["northshire-childrens"].desk
    rows = await school.casebook.blobs("upload")
    await school.casebook.record(Change(blobs=tuple(replace(row, state="uploaded") for row in rows)))
    duty.config.blobs.mkdir(exist_ok=True)
    for row in rows:
        duty.blobs.path(row.digest).write_bytes(school.blobs.path(row.digest).read_bytes())


async def test_notes_declining_withdrawing_and_what_became_of_it(
    town: Town, helen: Client, ruth: Client
) -> None:
    first, second = await sent(town, helen), await sent(town, helen)
    await ruth.post(f"{first}/legs/0/note", {"words": "Who is Ellis's GP?"})
    await ruth.post(f"{first}/legs/0/decline", {"reason": "wrong-person"})
    await helen.post(f"{second}/legs/0/withdraw", {"reason": "In error."})
    await town.settle()
    finished = (await helen.get("/inbox", list="over"))["rows"]
    assert {row["state"] for row in finished} == {"declined", "withdrawn", "recorded"}
    assert (await helen.get("/inbox"))["rows"] == []
    deliveries = (await helen.get("/deliveries"))["rows"]
    assert sorted(row["kind"] for row in deliveries) == ["share", "share", "withdraw"]
    assert {row["state"] for row in deliveries} == {"posted"}
    assert (await ruth.get("/reminders"))["rows"] == []


async def test_what_is_overdue_is_told(town: Town, helen: Client, ruth: Client) -> None:
    thread = await sent(town, helen, urgency="immediate")
    town.clock.forward(minutes=14)
    assert (await ruth.get("/reminders"))["rows"] == []
    for _ in range(4):
        town.clock.forward(minutes=13)
        await ruth.get("/inbox")  # somebody is at work: the session stays
    await town["northshire-childrens"].desk.chaser.look(town.clock())
    rows = (await ruth.get("/reminders"))["rows"]
    assert [(row["thread"], row["stage"]) for row in rows] == [(thread.removeprefix("/threads/"), "person")]
    (row,) = (await ruth.get("/inbox"))["rows"]
    assert row["overdue"]
    await ruth.post(f"{thread}/legs/0/decline", {"reason": "wrong-person"})
    assert (await ruth.get("/reminders"))["rows"] == []


async def test_requests_refusals_and_decisions(town: Town, helen: Client, ruth: Client) -> None:
    asked = {
        "recipient": await party(helen, "Ruth Okafor"),
        "purpose": "attendance-support",
        "purpose_text": "To understand absences.",
        "basis": {"code": "none-claimed"},
        "subjects": [plain(spoken.ELLIS)],
        "asked": ["Everything."],
        "authority": "We need it.",
    }
    status, found = await helen.call("POST", "/requests", asked | {"subjects": [], "purpose": None})
    assert status == 422
    assert {one["code"] for one in found["problems"]} >= {"purpose_missing", "subject_missing"}
    first = f"/threads/{(await helen.post('/requests', asked))['thread']}"
    second = f"/threads/{(await helen.post('/requests', asked))['thread']}"
    await helen.post(f"{second}/withdraw", {"reason": "Asked twice."})
    await town.settle()
    await ruth.post(f"{first}/note", {"words": "What for?"})
    refused = await ruth.post(
        f"{first}/refuse",
        {"reason": "not-necessary", "words": "Not needed for that.", "decision": {"reasons": ["Too much."]}},
    )
    assert refused["decision"]
    decided = await ruth.post("/decisions", {"outcome": "do_not_share", "reasons": ["Nobody asked."]})
    await town.settle()
    assert (await helen.get(first))["request"] == "refused"
    assert (await ruth.get(second))["request"] == "withdrawn"
    view = await ruth.get(f"/threads/{decided['thread']}")
    assert view["steps"][0]["words"]["reasons"] == ["Nobody asked."]
    status, _ = await helen.call("GET", f"/threads/{decided['thread']}")
    assert status == 404


async def test_the_catalogue_says_what_can_be_chosen_today(helen: Client) -> None:
    found = await helen.get("/catalogue")
    sections = found["sections"]
    assert {"purposes", "bases", "gateways", "no_consent", "decline", "refuse"} <= set(sections)
    codes = [entry["code"] for entry in sections["purposes"]]
    assert "significant-harm-enquiry" in codes
    for entries in sections.values():
        assert all(entry["valid_from"] <= "2026-11-23" <= (entry["valid_to"] or "9999") for entry in entries)
