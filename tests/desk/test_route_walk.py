"""Nobody reads what is not theirs: everybody walks every page and every route, with somebody else's identifiers."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import PASSPHRASE, Town

from exchange.desk.api.registry import ROUTES
from exchange.desk.scopes import SCOPES, hashed, new_token
from exchange.desk.service.draft_views import Unfinished
from exchange.desk.service.drafts import NoteDraft, RequestDraft
from exchange.desk.web.app import PAGES
from exchange.desk.web.guard import form_token, seat
from exchange.desk.web.render import HOME
from exchange.share.draft import ShareDraft
from exchange.store.casebook import Change, ServiceAccountRow
from keys.ceremony.people import change_role, name_lead
from keys.record import format_time

sys.path.append(str(Path(__file__).resolve().parent / "web"))
from visitor import Visitor, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WORDS = "canary-zq7-was-seen-at-nine"  # in contents: of a share, a note, a request
DRAFT = "canary-xk2-is-not-finished"  # in what Ruth has not sent
SENDER = "Zebedee Quill"  # who wrote to Ruth
SECRETS = (WORDS, DRAFT, SENDER)
DUTY = "northshire-childrens"
OTHERS = {"practitioner": "Ida Voss", "administrator": "Ada Stone", "lead": "Una Bell", "removed": "Ben Hale"}
LISTS_NAMES = {"whom", "serviceWhom"}  # a directory of names, which says nothing of who writes to whom
LOOKS_AT_NOTHING = {"throwAway", "send"}  # before its form comes: the same for a name that is nobody's
ONE_S_OWN = {"account", "passphrase", "passkeys", "passkey"}  # a form there ends the walker's own sign-in
FORM = {
    "my_part": "Mine.",
    "reason": "wrong-person",
    "words": "A note.",
    "note": "A note.",
    "will_do": "Nothing.",
    "key_point": "O1",
    "verdict": "agreed",
    "m-F1": "A thing.",
    "t-F1": "fact",
    "w-F1": "critical",
}


@dataclass
class World:
    """Children's services, where Ruth has what nobody else there may read."""

    town: Town
    visitor: Visitor
    share: str
    duty: str
    request: str
    draft: str
    sitting: str
    asked: str
    tokens: dict[str, str] = field(default_factory=dict)  # for the API
    seats: dict[str, dict[str, str]] = field(default_factory=dict)  # cookies, for the pages

    @property
    def desk(self) -> Any:
        return self.town[DUTY].desk

    def paths(self, path: str) -> list[str]:
        """Fill a route's or a page's path with identifiers of Ruth's."""
        filled = [
            re.sub(r"\{thread(:[^}]*\})?[^}]*\}", thread, path)
            for thread in (self.share, self.duty, self.request)
        ]
        return list(dict.fromkeys(self._rest(one) for one in filled))

    def _rest(self, path: str) -> str:
        for name, value in (
            ("draft", self.draft),
            ("session", self.sitting),
            ("passkey", "0" * 64),
            ("leg", "0"),
            ("number", "0"),
            ("question", "facts"),
            ("item", "1"),
            ("room", "threads"),
        ):
            path = re.sub(rf"\{{{name}(:(?:[^{{}}]|\{{[^{{}}]*\}})*)?\}}", value, path)
        return path

    async def ask(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.visitor.address}{path}"
        async with self.visitor.http.request(method, url, json=body, headers=headers) as answer:
            return answer.status, (await answer.read()).decode("utf-8", "replace")

    def bodies(self) -> dict[str, Any]:
        """A body that would be taken from Ruth, for each route that wants one; with her identifiers in it."""
        note = {"words": "A note."}
        ida = {"agency": DUTY, "person": self.town[DUTY].person("Ida Voss").person}
        share = told(spoken.share()) | {"recipients": [ida]}
        return {
            "whom": {"q": "Zebedee"},
            "search": {"q": WORDS},
            "decide": {"outcome": "do_not_share", "reasons": ["No."], "answers": self.asked},
            "share": share | {"answers": self.asked},
            "request": {"recipient": ida, "asked": ["?"], "authority": "x", "answers": self.asked},
            "lookOver": {"draft": share, "request": self.request},
            "begin": {"draft": {"need": "Mine."}, "request": self.request},
            "keep": {"revision": "0" * 64, "said": {}},
            "send": {"revision": "0" * 64},
            "refuse": {"reason": "not-held", "words": "No.", "decision": {"reasons": ["No."]}},
            "withdrawAll": {"reason": "x"},
            "withdraw": {"reason": "x"},
            "note": note,
            "noteOnRequest": note,
            "accept": {"my_part": "Mine."},
            "decline": {"reason": "wrong-person"},
            "readBack": {"version": "0" * 64, "restatements": [], "key_point": "O1", "will_do": "x"},
            "hearBack": {"verdict": "agreed", "heard": []},
            "amend": told(spoken.amendment((0,))),
            "serviceWaiting": {"person": self.town[DUTY].person("Ruth Okafor").person},
            "serviceWhom": {"q": "Zebedee"},
            "serviceDraft": {
                "person": self.town[DUTY].person("Ruth Okafor").person,
                "said": {"request": self.request},
            },
            "prove": {"passphrase": "wrong guess"},
            "changePassphrase": {"passphrase": "wrong guess", "new": "correct horse battery"},
            "revise": {"legs": [0]},
        }

    async def let_in(self, who: str) -> None:
        """Sign somebody in, at the API and in a browser."""
        self.tokens[who] = (await self.desk.sign_in(OTHERS[who], PASSPHRASE)).token
        self.visitor.cookies = {}
        await self.visitor.sign_in(OTHERS[who])
        self.seats[who] = dict(self.visitor.cookies)

    async def state(self) -> Any:
        """What Ruth has, and must still have when everybody has been everywhere."""
        ruth = await self.town[DUTY].sign_in("Ruth Okafor")
        shown = [await self.desk.show(ruth, one) for one in (self.share, self.duty, self.request)]
        kept = await self.desk.resume(ruth, self.draft)
        return [[step.digest for step in one.steps] for one in shown], kept.revision


def told(model: Any) -> Any:
    return json.loads(model.model_dump_json())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {SENDER: "lead", "Tom Reed": "attendance officer"})
    names = ("Ada Stone", "Abe Stone", "Ruth Okafor", "Ben Hale", "Ida Voss", "Una Bell")
    duty = await town.open(DUTY, dict.fromkeys(names, "social worker"), {"Duty": ("Ruth Okafor", "Ben Hale")})
    name_lead(duty.home, person=duty.person("Una Bell").person or "", now=town.clock())
    await town.settle()
    school = town["moorfield-primary"]
    sender, ruth = await school.sign_in(SENDER), await duty.sign_in("Ruth Okafor")
    said = {"need": WORDS, "facts": (spoken.fact("F1", f"He {WORDS}."), spoken.MAYBE)}
    person, role = duty.person("Ruth Okafor"), duty.role("Duty")
    share = (await school.desk.share(sender, spoken.share(person, **said))).thread
    team = (await school.desk.share(sender, spoken.share(role, **said))).thread
    asked = await school.desk.request(sender, request_to(person))
    await town.settle()
    await duty.desk.accept(ruth, share, 0, spoken.ACCEPTED)
    await duty.desk.note(ruth, share, 0, NoteDraft(words=WORDS))
    draft = await duty.desk.begin(ruth, Unfinished(draft=draft_of(DRAFT)))
    async with opened(town, DUTY) as visitor:
        world = World(town, visitor, share, team, asked.thread, draft.draft, ruth.id, asked.digest)
        await world.let_in("removed")
        assert (
            WORDS in (await world.ask("GET", f"/api/v1/threads/{share}/legs/0/words", await hers(world)))[1]
        )
        change_role(duty.home, role=role.role or "", members=[person.person or ""], now=town.clock())
        await duty.desk.own.refresh()
        await duty.desk.keep_own_roster()
        await town.tell_directory()
        town.clock.forward(minutes=1)
        for who in OTHERS.keys() - {"removed"}:
            await world.let_in(who)
        await accounts(world)
        yield world
    await town.close()


def draft_of(words: str) -> Any:
    kind = Unfinished.model_fields["draft"].annotation or ShareDraft
    return kind(need=words)


def request_to(person: Any) -> RequestDraft:
    return RequestDraft(
        recipient=person,
        purpose="significant-harm-enquiry",
        purpose_text="To decide.",
        basis=spoken.BASIS,
        subjects=(spoken.ELLIS,),
        asked=(WORDS,),
        authority="My post.",
    )


async def hers(world: World) -> str:
    return str((await world.desk.sign_in("Ruth Okafor", PASSPHRASE)).token)


async def accounts(world: World) -> None:
    now = world.town.clock()
    until = format_time(now + timedelta(days=9))
    for scope in SCOPES:
        world.tokens[scope] = new_token()
        name = scope.replace(":", "-")
        row = ServiceAccountRow(name, hashed(world.tokens[scope]), (scope,), format_time(now), until)
        await world.desk.casebook.record(Change(accounts=(row,)))


def hide(text: str, *echoed: str) -> list[str]:
    """Name the secrets that stand in an answer, but for what the asker had sent and got back."""
    return [one for one in SECRETS if one not in echoed and one in text]


@pytest.mark.parametrize("who", ["", *OTHERS])
async def test_nobody_reads_what_is_not_theirs_over_the_api(world: World, who: str) -> None:
    token, before, bodies = world.tokens.get(who, ""), await world.state(), world.bodies()
    assert (await world.ask("GET", "/api/v1/inbox", token))[0] == (200 if who else 401)
    for route in ROUTES:
        if route.name in {"signOut", "signIn", "endOtherSignIns", "attach"}:
            continue
        for path in world.paths(route.path):
            status, text = await world.ask(route.method, path, token, bodies.get(route.name))
            assert status < 500, (route.name, text)
            secrets = () if route.name in LISTS_NAMES else hide(text)
            assert not secrets, (route.name, text)
            if route.path_model.model_fields or (route.signed_in and not who) or route.scope:
                assert status >= 400, (route.name, text)
    assert await world.state() == before


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_system_reads_nothing_of_anybody_s_words_and_no_counterpart(world: World, scope: str) -> None:
    token, before, bodies = world.tokens[scope], await world.state(), world.bodies()
    bodies["serviceDraft"]["said"] = {}
    for route in ROUTES:
        for path in world.paths(route.path):
            status, text = await world.ask(route.method, path, token, bodies.get(route.name))
            assert status < 500, (route.name, text)
            assert route.name in LISTS_NAMES or not hide(text), (route.name, text)
            opens = route.scope == scope or not route.signed_in
            assert opens or status in {401, 403}, (route.name, text)
            assert (status < 300) is (route.scope == scope or route.name == "welcome"), (
                route.name,
                text,
            )
    for page in PAGES:
        for path in world.paths(HOME + page.path):
            status, text = await world.ask("GET", path, token)
            assert not hide(text), page.name
            if page.signed_in and page.name != "signOut":
                assert "<title>Sign in" in text, page.name
    assert await world.state() == before


@pytest.mark.parametrize("who", ["", *OTHERS])
async def test_nobody_reads_what_is_not_theirs_on_the_pages(world: World, who: str) -> None:
    visitor, before, mine = world.visitor, await world.state(), world.seats.get(who, {})
    token = mine.get(seat(DUTY), "")
    visitor.cookies = dict(mine)
    assert (await visitor.get(HOME)).status == (200 if who else 303)
    for page in PAGES:
        if page.name in {"live", "signOut", "signIn"}:
            continue
        for path in world.paths(HOME + page.path):
            visitor.cookies = dict(mine)
            answers = [await visitor.get(path)]
            if page.forms and page.name not in ONE_S_OWN:
                visitor.cookies = dict(mine)
                asked = {"q": WORDS} if page.name == "search" else {}
                answers.append(await visitor.post(path, {**FORM, **asked, "form": form_token(token)}))
            for answer in answers:
                assert answer.status < 500, page.name
                sent = (WORDS,) if page.name == "search" and page.forms else ()
                assert not hide(answer.body, *sent), (page.name, answer.text)
                asks = page.name in LOOKS_AT_NOTHING and answer is answers[0]
                if ("{thread" in page.path or "{draft" in page.path) and not asks:
                    assert answer.status >= 400 or (not who and answer.status == 303), page.name
    assert await world.state() == before


async def test_the_walk_would_notice(world: World) -> None:
    """Ruth herself is shown every secret on the same walk."""
    token, seen = await hers(world), ""
    for route in ROUTES:
        if route.method == "GET" and route.signed_in:
            for path in world.paths(route.path):
                seen += (await world.ask("GET", path, token))[1]
    assert [one for one in SECRETS if one not in seen] == []
