"""Searching: what is found and by whom, and that what is searched for and found is nowhere afterwards."""

from __future__ import annotations

import gc
import logging
import weakref
from typing import TYPE_CHECKING

import spoken
from browsing import chromium, reading
from doubles import PASSPHRASE
from test_web_loop import share
from test_web_needs import order

from exchange.desk import readwords
from exchange.desk.readwords import ReadWords
from exchange.desk.service import searching
from exchange.desk.service.drafts import NoteDraft
from exchange.desk.service.searching import Named, Search
from exchange.desk.web.render import HOME
from exchange.wire.contents import NoteContents
from keys.ceremony.people import change_role

if TYPE_CHECKING:
    import pytest
    from doubles import Agency, Town
    from visitor import Answer, Visitor

    from exchange.desk.people import Session

CANARY = "zzpurplekite"


async def look(visitor: Visitor, words: str) -> Answer:
    return await visitor.send(await visitor.get(f"{HOME}/search"), "/search", words=words)


async def found(agency: Agency, who: Session, words: str) -> set[str]:
    return {row.thread for row in (await agency.desk.search(who, Search(q=words))).rows}


async def told(town: Town) -> str:
    """Ruth has a share with a word that nobody else uses; she has read it."""
    duty, school = town["northshire-childrens"], town["moorfield-primary"]
    draft = spoken.share(duty.person("Ruth Okafor"), not_known=(f"Whether a {CANARY} was there.",))
    thread = (await school.desk.share(await school.sign_in("Helen Marsh"), draft)).thread
    await town.settle()
    return thread


async def test_names_kinds_states_and_days_are_found(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    for words in ("helen", "MARSH", "moorfield", "Moorfield Primary", "share", "shares", "sent helen",
                  "23/11/2026", "2026-11-23 marsh", thread[:8], thread):  # fmt: skip
        page = await look(services, words)
        assert (page.status, order(page)) == (200, [thread]), words
        assert "1 thing found" in page.text
    for words in (
        "ruth closed",
        "request",
        "overdue",
        "24/12/2026",
        "99/99/9999",
        "nobody",
        "%",
        "_",
        "helen %",
    ):
        page = await look(services, words)
        assert (page.status, order(page)) == (200, []), words
        assert "Nothing found" in page.text
    town.clock.forward(hours=100)
    await services.sign_in("Ruth Okafor")
    assert order(await look(services, "overdue")) == [thread]
    for words, status in (("", 422), ("w" * 201, 422), ("w " * 100, 200), ("İ ß '\"<b>", 200)):
        assert (await look(services, words)).status == status


async def test_words_are_found_once_they_were_read_and_until_the_session_ends(town: Town) -> None:
    thread, duty = await told(town), town["northshire-childrens"]
    ruth = await duty.sign_in("Ruth Okafor")
    assert await found(duty, ruth, CANARY) == set()  # not read yet: nothing here can know
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    await duty.desk.read(ruth, thread, 0)
    assert await found(duty, ruth, CANARY) == {thread}
    assert await found(duty, ruth, f"PurpleKite moorfield {CANARY[:4]}") == {thread}
    assert await found(duty, ruth, f"{CANARY} closed") == set()
    afresh = await duty.sign_in("Ruth Okafor")
    assert await found(duty, afresh, CANARY) == set()


async def test_nobody_else_finds_it(town: Town) -> None:
    """Another practitioner, an administrator, the lead, and whoever has left the role that had it."""
    duty, school = town["northshire-childrens"], town["moorfield-primary"]
    draft = spoken.share(duty.role("Duty social worker"))
    thread = (await school.desk.share(await school.sign_in("Helen Marsh"), draft)).thread
    await town.settle()
    ben = await duty.sign_in("Ben Hale")
    await duty.desk.accept(ben, thread, 0, spoken.ACCEPTED)
    await duty.desk.note(ben, thread, 0, NoteDraft(words=f"A {CANARY}."))
    await duty.desk.show(ben, thread)
    searches = (CANARY, "helen", "moorfield", "duty", "accepted", thread, "23/11/2026", "share")
    for words in searches:
        assert await found(duty, ben, words) == {thread}, words
    home = duty.desk.own.home
    change_role(duty.home, role=home.roster.find("Duty social worker")[0].id,
                members=[home.roster.find("Ruth Okafor")[0].id], now=town.clock())  # fmt: skip
    await duty.desk.own.refresh()
    for name in ("Ben Hale", "Ida Voss"):  # Ben's old session too
        for who in (await duty.sign_in(name), ben):
            for words in searches:
                assert await found(duty, who, words) == set(), (name, words)


async def test_nothing_of_a_search_stays(
    town: Town, services: Visitor, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    thread, duty = await told(town), town["northshire-childrens"]
    await services.sign_in("Ruth Okafor")
    form = await services.get(f"{HOME}/threads/{thread}/legs/0/accept")
    await services.send(form, "/accept", my_part="I take it.")
    await services.get(f"{HOME}/threads/{thread}/legs/0/words")
    page = await look(services, f"{CANARY}")
    assert order(page) == [thread]
    assert all(CANARY not in link for link in page.page.links)
    assert page.form("/search")["method"] == "post"
    assert (await services.get(f"{HOME}/search?words={CANARY}")).text.count(CANARY) == 0
    await duty.desk.close()
    for path in duty.home.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path
    out, err = capfd.readouterr()
    assert CANARY not in caplog.text + out + err


async def test_a_word_that_names_very_many_is_still_answered(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, duty = await share(town), town["northshire-childrens"]
    ruth = await duty.sign_in("Ruth Okafor")
    helen = town["moorfield-primary"].person("Helen Marsh").person
    many = Named(
        [f"school-{n}" for n in range(500)], [helen or "", *(f"p-{n}" for n in range(499))], ["r"] * 500
    )
    monkeypatch.setattr(searching, "_named", lambda *_: many)
    for number in range(2000):
        note = NoteContents.model_construct(words=f"a b c d e f g h {number}")
        ruth.read.keep(f"t-{number}", f"s-{number}", note)
    assert len(ruth.read) == readwords.THREADS
    assert await found(duty, ruth, "a b c d e f g h") == {thread}


async def test_the_words_go_with_the_session(town: Town) -> None:
    thread, duty = await told(town), town["northshire-childrens"]
    token = (await duty.desk.sign_in("Ruth Okafor", PASSPHRASE)).token
    await duty.desk.accept(await duty.desk.session(token), thread, 0, spoken.ACCEPTED)
    await duty.desk.read(await duty.desk.session(token), thread, 0)
    kept = weakref.ref((await duty.desk.session(token)).read)
    assert len(kept() or ()) == 1
    duty.desk.sign_out(token)
    gc.collect()
    assert kept() is None


def test_what_is_kept_of_the_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readwords, "MOST", 400)
    kept = ReadWords()
    for number in range(50):
        note = NoteContents.model_construct(words=f"word{number} " + "x" * 60)
        kept.keep(f"t{number}", f"s{number}", note)
        assert len(kept) <= 6
    assert kept.holding("word49 ") == {"t49"}
    assert kept.holding("word0 ") == frozenset()
    kept.keep("huge", "s", NoteContents.model_construct(words="y" * 10_000))
    assert kept._letters() <= 400
    for number in range(50):
        kept.keep("long", f"s{number}", NoteContents.model_construct(words=f"word{number} " + "z" * 60))
        assert kept._letters() <= 400
    assert kept.holding("word49 ") == {"long"}
    assert kept.holding("word0 ") == frozenset()


async def test_a_search_has_a_page_that_everybody_can_read(town: Town, services: Visitor) -> None:
    await share(town)
    for width in (320, 1280):
        async with chromium() as browser, reading(browser, services.address, "search", width=width) as ruth:
            await ruth.sign_in("Ruth Okafor")
            await ruth.press("Search")
            await ruth.sound("search")
            for words, called in (("", "error"), ("nobody", "nothing"), ("helen", "found")):
                await ruth.page.get_by_label("What to look for").fill(words)
                await ruth.press("Search")
                await ruth.sound(called)
                assert ruth.page.url == f"{services.address}{HOME}/search"
