"""The pages about keys and people: for administrators alone, sound in every width, and inert."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from browsing import chromium, reading
from test_web_loop import share
from visitor import opened

from exchange.desk.web.keys import blocks
from exchange.desk.web.offices import OFFICES
from exchange.desk.web.render import HOME
from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.ceremony.people import create_role, enrol_person, name_lead, suspend
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from doubles import Agency, Town
    from visitor import Visitor

KEYS = [page.path for page in OFFICES if page.path.startswith("/keys")]
AT = "2026-11-23T09:00:00Z"
EVIL_NAME = "<script>x</script><b id=evil>&{{7*7}}"


async def troubled(town: Town) -> Agency:
    """Children's services with everything that a page may have to show: long names, markup, alarms, a role."""
    duty = town["northshire-childrens"]
    person = enrol_person(
        duty.home,
        name=EVIL_NAME,
        post="W" * 80,
        passphrase=Passphrase("correct horse battery staple"),
        now=town.clock(),
    )
    suspend(duty.home, person=person.id, now=town.clock())
    create_role(duty.home, name=f"Team {EVIL_NAME}", members=(), now=town.clock())
    await duty.desk.own.refresh()
    alarms = tuple(
        AlarmRow(name, "moorfield-primary", AT)
        for name in ("log_forked", "steps_missing", "own_roster_expiring", "replayed")
        if name in _meanings()
    )
    audit = tuple(AuditEntry("signed_in", AT, person=person.id) for _ in range(60))
    await duty.desk.casebook.record(Change(alarms=alarms, audit=audit))
    return duty


def _meanings() -> set[str]:
    from exchange.desk.alarms import MEANINGS

    return set(MEANINGS)


@pytest.mark.parametrize("path", KEYS)
async def test_administrators_alone_see_it(town: Town, services: Visitor, path: str) -> None:
    """Ruth and Ben administer children's services; Ida does not, and is told of no such page."""
    name_lead(
        town["northshire-childrens"].home,
        person=town["northshire-childrens"].person("Ida Voss").person or "",
        now=town.clock(),
    )
    await services.sign_in("Ruth Okafor")
    assert (await services.get(HOME + path)).status == 200
    assert f"{HOME}/keys" in (await services.get(HOME)).page.links
    await services.sign_in("Ida Voss")
    answer, nowhere = await services.get(HOME + path), await services.get(f"{HOME}/nowhere")
    assert (answer.status, nowhere.status) == (404, 404)
    assert "There is no such page" in answer.text
    assert f"{HOME}/keys" not in (await services.get(HOME)).page.links
    services.cookies.clear()
    assert (await services.get(HOME + path)).location.startswith(f"{HOME}/sign-in")


async def test_none_of_them_takes_a_form(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    for path in KEYS:
        assert (await services.post(HOME + path, {"kind": "all"})).status == 404


async def test_nothing_of_a_share_is_on_any_of_them(town: Town, services: Visitor) -> None:
    thread = await share(town)
    helen = town["moorfield-primary"].person("Helen Marsh").person or ""
    await services.sign_in("Ben Hale")
    await services.get(f"{HOME}/threads/{thread}")
    for path in KEYS:
        body = (await services.get(HOME + path)).body
        for secret in (thread, helen, "Helen Marsh", "moorfield", "Moorfield", "Ellis", "bruise"):
            assert secret not in body, (path, secret)


async def test_names_with_markup_are_inert(town: Town) -> None:
    await troubled(town)
    async with opened(town, "northshire-childrens") as visitor:
        await visitor.sign_in("Ruth Okafor")
        seen = ""
        for path in [*KEYS, "/keys/trail?kind=people", "/keys/people?page=2"]:
            answer = await visitor.get(HOME + path)
            assert answer.status == 200
            tags = answer.page.tags if "export" not in path else []
            assert "evil" not in {attrs.get("id") for _, attrs in tags}
            assert [attrs.get("type") for tag, attrs in tags if tag == "script"] == ["module"] * bool(tags)
            seen += answer.body
        assert "&lt;b id=evil&gt;" in seen


async def test_a_command_is_shown_with_the_id_and_the_rehearsal_first(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    ida = town["northshire-childrens"].person("Ida Voss").person
    body = (await services.get(f"{HOME}/keys/people")).body
    command = f"readback keys suspend HOME {ida} --reasons TEXT --by NAME"
    assert 0 < body.index(f"<code>{command} --rehearse</code>") < body.index(f"<code>{command}</code>")


async def test_every_alarm_is_shown_with_what_mends_it(town: Town, services: Visitor) -> None:
    from exchange.desk.alarms import MEANINGS

    rows = tuple(AlarmRow(name, "", AT) for name in MEANINGS)
    await town["northshire-childrens"].desk.casebook.record(Change(alarms=rows))
    await services.sign_in("Ruth Okafor")
    page = await services.get(f"{HOME}/keys")
    for name, meaning in MEANINGS.items():
        assert name in page.text
        assert meaning.do.replace("`", "") in page.text
        assert (f"readback desk alarms HOME --over {name}" in page.text) is not (
            meaning.ends or name == "desk_behind"
        )
    assert "`" not in page.text


async def test_the_trail_is_saved_as_json_lines(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    await services.sign_in("Ben Hale")
    answer = await services.get(f"{HOME}/keys/trail/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-trail.jsonl"'
    assert answer.headers["Cache-Control"] == "no-store"
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    chains = [row.chain for row in await town["northshire-childrens"].desk.casebook.audit()]
    assert [line["chain"] for line in lines] == chains[: len(lines)]
    assert lines[-1]["name"] == "Ben Hale"


async def test_an_export_ends_where_the_trail_was_changed_and_says_so(town: Town) -> None:
    duty = town["northshire-childrens"]
    for who in ("Ruth Okafor", "Ben Hale", "Ida Voss"):
        session = await duty.sign_in(who)
    newest = await duty.desk.casebook.last_audit()
    assert newest is not None
    with sqlite3.connect(duty.home / "casebook.db") as raw:
        raw.execute("drop trigger audit_no_update")
        raw.execute("update audit set at = '2026-01-01T00:00:00Z' where number = ?", (newest.number - 1,))
    session = await duty.sign_in("Ruth Okafor")
    printed = b"".join([one async for one in blocks(await duty.desk.whole_trail(session))])
    *entries, end = [json.loads(line) for line in printed.splitlines()]
    assert end == {"broken": "audit_broken", "where": f"entry {newest.number - 1}"}
    assert [one["number"] for one in entries] == list(range(1, newest.number - 1))


async def test_odd_pages_are_pages_all_the_same(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    for query in ("page=0", "page=-1", "page=x", "page=٣", "page=" + "9" * 40):
        assert (await services.get(f"{HOME}/keys/people?{query}")).status == 200
    for query in ("kind=nonsense", "before=0", "before=x", "before=" + "9" * 40, "kind=" + "<b>"):
        assert (await services.get(f"{HOME}/keys/trail?{query}")).status == 200
        assert (await services.get(f"{HOME}/keys/ceremonies?{query}")).status == 200


async def test_long_lists_come_in_pages(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.desk.service.roll.ROWS", 2)
    monkeypatch.setattr("exchange.desk.service.transcripts.ROWS", 2)
    await services.sign_in("Ruth Okafor")
    names: list[str] = []
    for page in (1, 2):
        names += re.findall(
            r'<h2[^>]*id="p-[^"]*">([^<]*)', (await services.get(f"{HOME}/keys/people?page={page}")).body
        )
    assert names == ["Ben Hale", "Ida Voss", "Ruth Okafor"]
    assert f"{HOME}/keys/people?page=1" in (await services.get(f"{HOME}/keys/people?page=2")).page.links


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("keys-320", {"width": 320}),
        ("keys-1280", {"width": 1280}),
        ("keys-forced", {"width": 320, "forced_colors": "active"}),
    ],
)
async def test_every_page_is_sound(town: Town, name: str, more: dict[str, object]) -> None:
    await troubled(town)
    async with (
        opened(town, "northshire-childrens") as visitor,
        chromium() as browser,
        reading(browser, visitor.address, name, **more) as ruth,  # type: ignore[arg-type] # one table for all
    ):
        await ruth.sign_in("Ruth Okafor")
        for path in [one for one in KEYS if "export" not in one]:
            await ruth.open(HOME + path)
            await ruth.sound(path.strip("/").replace("/", "-"))
            if name == "keys-forced":
                continue
            for summary in await ruth.page.locator("summary").all():
                await summary.click()
            await ruth.sound(path.strip("/").replace("/", "-") + "-open")
