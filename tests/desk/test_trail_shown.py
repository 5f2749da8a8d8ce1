"""An administrator of keys sees that something happened and when; never whose words, which thread, or to whom."""

from __future__ import annotations

import ast
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import Town

import exchange
from exchange.desk.alarms import MEANINGS
from exchange.desk.service import trail
from exchange.desk.service.trail import KINDS, ROWS, SHOWN
from exchange.errors import AuditBroken, PageUnknown
from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.ceremony.people import name_lead, suspend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from doubles import Agency

    from exchange.desk.people import Session

ADMINISTRATOR, OTHER = "Helen Marsh", "Tom Reed"
PRACTITIONER = "Una Bell"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", dict.fromkeys((ADMINISTRATOR, OTHER, PRACTITIONER), "teacher"))
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker", "Ben Hale": "social worker"})
    await town.settle()
    yield town
    await town.close()


async def a_whole_loop(town: Town) -> str:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    una, ruth = await school.sign_in(PRACTITIONER), await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(una, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await town.settle()
    await school.desk.hear_back(una, thread, 0, spoken.agreed(words))
    await school.desk.show(una, thread)
    await school.desk.certificate(una, thread, 0)
    await town.settle()
    return thread


async def everything(agency: Agency, session: Session) -> str:
    """All that an administrator is told of the desk, as one text."""
    desk = agency.desk
    told: list[Any] = [
        await desk.people(session),
        await desk.roles(session),
        await desk.records(session),
        await desk.agency_keys(session),
        await desk.key_log(session),
        await desk.ceremonies_held(session),
        *(await desk.key_alarms(session)),
        *[entry async for entry in await desk.whole_trail(session)],
    ]
    for kind in KINDS:
        before = None
        while True:
            view = await desk.trail(session, kind, before)
            told.append(view)
            if view.before is None:
                break
            before = view.before
    return "\n".join(one.model_dump_json() for one in told)


async def test_nobody_who_looks_after_keys_learns_who_shares_with_whom(town: Town) -> None:
    thread = await a_whole_loop(town)
    for agency, who in (("moorfield-primary", ADMINISTRATOR), ("northshire-childrens", "Ben Hale")):
        here = town[agency]
        at = town.clock().isoformat()[:19] + "Z"
        rows = tuple(AlarmRow(name, thread, at) for name in MEANINGS if name not in trail._NAMED)
        await here.desk.casebook.record(Change(alarms=rows))
        told = await everything(here, await here.sign_in(who))
        steps = [row.digest for row in await here.desk.casebook.steps(thread)]
        other = ({"moorfield-primary", "northshire-childrens"} - {agency}).pop()
        theirs = [person.id for person in town[other].desk.own.home.roster.people]
        assert len(steps) == 4
        for secret in (thread, other, *steps, *theirs, "Ellis", "bruise"):
            assert secret not in told, (agency, secret)


async def test_of_each_entry_only_the_named_fields_are_shown(town: Town) -> None:
    desk = town["moorfield-primary"].desk
    session = await town["moorfield-primary"].sign_in(ADMINISTRATOR)
    mark = {name: f"{name}-told" for name in ("thread", "agency", "person", "code")} | {"step": "5" * 64}
    events = sorted({*SHOWN, *written(), "something_new"})
    await desk.casebook.record(
        Change(audit=tuple(AuditEntry(event, "2026-11-23T10:00:00Z", **mark) for event in events))
    )
    entries = [one async for one in await desk.whole_trail(session)]
    found = {one.event: one.model_dump_json() for one in entries[-len(events) :]}
    for event in events:
        line = found[event]
        for name, value in mark.items():
            shown = name in SHOWN.get(event, frozenset())
            assert (value in line) is shown, (event, name)
        assert "thread-told" not in line
        assert "agency-told" not in line


def written() -> set[str]:
    """Every event that some file of this package writes into the trail, as far as it is a plain word there."""
    found = set()
    for path in Path(exchange.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AuditEntry" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_what_people_do_with_words_shows_nothing_but_that_it_was_done() -> None:
    practice = {"signed", "received", "read", "shown", "certified", "words_refused", "reminded"}
    assert practice <= written()
    assert not practice & set(SHOWN)
    assert all(fields <= {"person", "step", "code"} for fields in SHOWN.values())
    assert [event for event, fields in SHOWN.items() if "step" in fields] == ["ceremony"]


async def test_pages_of_the_trail_come_whole_and_once(town: Town) -> None:
    desk = town["moorfield-primary"].desk
    at = "2026-11-23T10:00:00Z"
    entries = tuple(AuditEntry("alarm" if n % 3 else "signed_in", at, code=str(n)) for n in range(3 * ROWS))
    await desk.casebook.record(Change(audit=entries))
    session = await town["moorfield-primary"].sign_in(ADMINISTRATOR)
    for kind in KINDS:
        seen: list[int] = []
        before = None
        while True:
            view = await desk.trail(session, kind, before)
            assert all(one.follows for one in view.entries)
            seen += [one.number for one in view.entries]
            if view.before is None:
                break
            before = view.before
        wanted = [
            row.number
            for row in await desk.casebook.audit(limit=10_000)
            if not KINDS[kind] or row.entry.event in KINDS[kind]
        ]
        assert seen == wanted[::-1]
    every = [one.number async for one in await desk.whole_trail(session)]
    assert every == [row.number for row in await desk.casebook.audit(limit=10_000)]


@pytest.mark.parametrize("how", ["changed", "removed"])
async def test_a_changed_trail_is_named_where_it_was_changed(town: Town, how: str) -> None:
    agency = town["moorfield-primary"]
    desk = agency.desk
    for _ in range(4):
        session = await agency.sign_in(ADMINISTRATOR)
    newest = await desk.casebook.last_audit()
    assert newest is not None
    wrong = newest.number - 2
    with sqlite3.connect(agency.home / "casebook.db") as raw:
        raw.execute("drop trigger audit_no_update")
        raw.execute("drop trigger audit_no_delete")
        if how == "changed":
            raw.execute("update audit set person = 'nobody' where number = ?", (wrong,))
        else:
            raw.execute("delete from audit where number = ?", (wrong,))
    view = await desk.trail(session)
    marked = [one.number for one in view.entries if not one.follows]
    assert marked == [wrong if how == "changed" else wrong + 1]
    with pytest.raises(AuditBroken) as told:
        [one async for one in await desk.whole_trail(session)]
    assert told.value.where == f"entry {wrong}"


# --- who may ask ---------------------------------------------------------------------------------

ASKED = (
    "people",
    "roles",
    "records",
    "agency_keys",
    "key_log",
    "key_alarms",
    "ceremonies_held",
    "trail",
    "whole_trail",
)


@pytest.mark.parametrize("asked", ASKED)
async def test_administrators_alone_may_ask(town: Town, asked: str) -> None:
    school = town["moorfield-primary"]
    name_lead(school.home, person=school.person(PRACTITIONER).person or "", now=town.clock())
    await getattr(school.desk, asked)(await school.sign_in(ADMINISTRATOR))
    await getattr(school.desk, asked)(await school.sign_in(OTHER))
    with pytest.raises(PageUnknown):  # also not the lead
        await getattr(school.desk, asked)(await school.sign_in(PRACTITIONER))


async def test_whoever_is_suspended_or_relieved_a_moment_ago_may_ask_no_more(town: Town) -> None:
    from keys.ceremony.leaving import change_administrators

    school = town["moorfield-primary"]
    helen, una = await school.sign_in(ADMINISTRATOR), await school.sign_in(PRACTITIONER)
    await school.desk.people(helen)
    change_administrators(school.home, named=[una.person], relieved=[helen.person], now=town.clock())
    with pytest.raises(PageUnknown):
        await school.desk.people(helen)
    await school.desk.people(una)
    suspend(school.home, person=una.person, now=town.clock())
    with pytest.raises(PageUnknown):
        await school.desk.people(una)


# --- what it says --------------------------------------------------------------------------------


async def test_people_and_keys_are_those_of_the_agency_s_own_list(town: Town) -> None:
    school = town["moorfield-primary"]
    roster = school.desk.own.home.roster
    view = await school.desk.people(await school.sign_in(ADMINISTRATOR))
    assert [one.name for one in view.people] == sorted(one.name for one in roster.people)
    for one in view.people:
        entry = roster.person(one.id)
        assert [key.signing for key in one.keys] == [key.verifying_key.key_id for key in entry.keys]
        assert one.administrator is (one.id in roster.administrators)
        assert {key.state for key in one.keys} == {"in force"}
    suspend(school.home, person=roster.find(PRACTITIONER)[0].id, now=town.clock())
    await school.desk.own.refresh()
    after = {one.name: one for one in (await school.desk.people(await school.sign_in(ADMINISTRATOR))).people}
    assert {key.state for key in after[PRACTITIONER].keys} == {"suspended"}
    keys = await school.desk.agency_keys(await school.sign_in(ADMINISTRATOR))
    own = school.desk.own.home.keys
    assert "".join(keys.fingerprint.split()) == school.desk.own.home.card.root
    assert keys.next_root == own.next_root
    assert {one.key for one in keys.keys if one.present} == set(own.current.values())


async def test_the_log_s_health_is_told_as_this_desk_verified_it(town: Town) -> None:
    school = town["moorfield-primary"]
    view = await school.desk.key_log(await school.sign_in(ADMINISTRATOR))
    log = school.desk.trust.log
    assert (view.size, view.root, view.relied) == (log.ahead.size, log.ahead.root, log.directory.size)
    assert len([one for one in view.witnesses if one.at]) >= view.needed
    assert view.quorum
    assert not view.frozen
    assert view.forks == 0
    town.clock.forward(days=2)
    assert (await school.desk.key_log(await school.sign_in(ADMINISTRATOR))).frozen


async def test_the_head_in_the_log_is_compared_with_the_trail(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = town["moorfield-primary"]
    session = await school.sign_in(ADMINISTRATOR)
    assert (await school.desk.trail(session)).anchor is None
    newest = await school.desk.casebook.last_audit()
    assert newest is not None

    class Said:
        number, head, created = newest.number, newest.chain, "2026-11-23T10:00:00Z"

    directory = school.desk.trust.log.ahead
    monkeypatch.setattr(type(directory), "anchor", lambda *_: Said)
    await school.sign_in(ADMINISTRATOR)  # the trail grows on
    anchor = (await school.desk.trail(session)).anchor
    assert anchor is not None
    assert (anchor.number, anchor.fits, anchor.vouched) == (newest.number, True, True)
    await school.desk.casebook.record(Change(cursors=(("anchor_base", newest.number),)))
    assert (await school.desk.trail(session)).anchor is None  # put back to work: that trail is not here
    await school.desk.casebook.record(Change(cursors=(("anchor_base", 0),)))
    Said.head = "0" * 64
    changed = (await school.desk.trail(session)).anchor
    assert changed is not None
    assert not changed.fits


async def test_an_alarm_names_an_agency_only_where_its_keys_are_the_matter(town: Town) -> None:
    school = town["moorfield-primary"]
    at = "2026-11-23T10:00:00Z"
    rows = tuple(AlarmRow(name, "northshire-childrens", at) for name in MEANINGS)
    await school.desk.casebook.record(Change(alarms=rows))
    told = {one.name: one for one in await school.desk.key_alarms(await school.sign_in(ADMINISTRATOR))}
    assert set(told) == set(MEANINGS)
    named = {name for name, one in told.items() if one.agency}
    assert named == {"directory_event_not_ours", "key_taken_back", "log_forked", "log_disagrees"}
    for name, one in told.items():
        assert (one.meaning, one.what_to_do) == (MEANINGS[name].says, MEANINGS[name].do)
        assert one.over is None or one.over.endswith(f"--over {name}")
        assert (one.over is None) is (MEANINGS[name].ends or name == "desk_behind")
