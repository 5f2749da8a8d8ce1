"""A share written in the pages: one question at a time, kept, checked, sent; without a browser."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import aiohttp
import pytest
import spoken
from test_web_markup import EVIL, demand_inert
from writer import ENTRIES, FACTS, ORDER, SIMPLE, answered, begun, fact, written

from exchange.desk.service.drafts import RequestDraft
from exchange.desk.web.render import HOME
from exchange.desk.web.writing.dates import read_moment, read_when, show_moment
from exchange.desk.web.writing.files import file_name
from exchange.desk.web.writing.questions import QUESTIONS

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Answer, Visitor

CANARY = "KanarieWrittenZq"
NEEDS_ANSWER = ("purpose", "basis", "law", "consent", "weight", "need", "told", "urgency", "decision")


async def test_case_1_is_written_and_sent(town: Town, school: Visitor, services: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    duty = town["northshire-childrens"].role("Duty social worker")
    base = await written(school, duty)
    check = await school.get(f"{base}/check")
    assert check.status == 200
    assert "Still to do" not in check.text
    assert "O1: A fall from a scooter seldom bruises" in check.text
    sent = await school.send(check, "/send")
    assert sent.status == 303, sent.text
    page = await school.get(sent.location)
    assert "What happens next" in page.text
    assert "Duty social worker" in page.text
    again = await school.send(check, "/send")
    assert again.location == sent.location
    assert "You have not finished" not in (await school.get(HOME)).text
    assert (await school.get(base)).status == 404
    await town.settle()

    await services.sign_in("Ruth Okafor")
    thread = sent.location.removesuffix("/sent")
    assert (await services.get(sent.location)).status == 404
    accept = await services.get(f"{thread}/legs/0/accept")
    words = await services.send(accept, "/accept", my_part="I am on duty.")
    read = await services.get(words.location)
    for text in ("purple bruise", "high (65–90 in 100", "It rests on F1, F3", "Ellis’s stepfather"):
        assert text in read.text
    assert "It could put Ellis at greater risk." in read.text


@pytest.mark.parametrize("name", NEEDS_ANSWER)
async def test_an_empty_answer_is_refused_beside_its_field(town: Town, school: Visitor, name: str) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    for earlier in ORDER[: ORDER.index(name)]:
        if earlier in {"basis", "who", "facts", "opinions"}:
            await answered(school, base, earlier)
    before = await school.get(f"{base}/{name}")
    answer = await school.send(before, f"/{name}")
    assert answer.status == 422
    assert answer.body.count("There is a problem") == 1
    linked = {link for link in answer.page.links if link.startswith("#")} - {"#main-content"}
    ids = {f"#{attrs['id']}" for _, attrs in answer.page.tags if "id" in attrs}
    assert linked
    assert linked <= ids
    whole = await school.send(answer, f"/{name}", **SIMPLE[name])
    assert whole.status == 303, whole.text


async def test_what_was_typed_is_there_again_after_an_error(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    for name, entries in ENTRIES.items():
        page = await school.get(f"{base}/{name}/new")
        typed = {**entries[0], "born": "the 40th of May"} if name == "who" else {**entries[0]}
        if name != "who":
            typed["why_needed"] = ""
        answer = await school.send(page, f"/{name}/new", **typed)
        assert answer.status == 422, name
        fields = answer.form(f"/{name}/new")["fields"]
        assert {key: fields.get(key) for key in typed if typed[key] and "rests" not in key} == {
            key: text for key, text in typed.items() if text and "rests" not in key
        }
    wrong = {**FACTS[0], "as_of": "31 February 2026", "text": "x" * 5000}
    page = await school.get(f"{base}/facts/new")
    answer = await school.send(page, "/facts/new", **wrong)
    assert answer.status == 422
    assert "Use fewer words here" in answer.text
    answer = await school.send(page, "/facts/new", **(wrong | {"text": "One."}))
    assert answer.status == 422
    assert "This date does not exist" in answer.text
    assert answer.form("/facts/new")["fields"]["as_of"] == "31 February 2026"


async def test_it_goes_on_where_it_was_left(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    await answered(school, base, "purpose")
    first = await school.get(HOME)
    assert "You have not finished" in first.text
    assert "Share, to nobody yet" in first.text
    assert (await school.get(base)).location == f"{base}/basis"
    await school.post(f"{HOME}/sign-out", {"form": first.form("/sign-out")["fields"]["form"]})
    await school.sign_in("Helen Marsh")
    assert (await school.get(base)).location == f"{base}/basis"
    fields = (await school.get(f"{base}/purpose")).form("/purpose")["fields"]
    assert fields["purpose_text"] == SIMPLE["purpose"]["purpose_text"]


async def test_its_writer_throws_it_away_and_nobody_else_sees_it(town: Town, school: Visitor) -> None:
    await school.sign_in("Tom Reed")
    theirs = await begun(school)
    await school.sign_in("Helen Marsh")
    assert (await school.get(f"{theirs}/purpose")).status == 404
    base = await begun(school)
    page = await school.get(f"{base}/throw-away")
    assert "gone for good" in page.text
    gone = await school.send(page, "/throw-away")
    assert "You threw it away" in (await school.get(gone.location)).text
    assert (await school.get(f"{base}/purpose")).status == 404


async def test_two_windows_keep_what_each_of_them_wrote(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    one, two = await school.get(f"{base}/need"), await school.get(f"{base}/never")
    assert (await school.send(one, "/need", need="The first.")).status == 303
    assert (await school.send(two, "/never", never="Him")).status == 303
    stale = await school.send(one, "/need", need="The second.")
    assert stale.status == 422
    assert "has changed since you opened this page" in stale.text
    assert stale.form("/need")["fields"]["need"] == "The second."
    assert (await school.get(f"{base}/need")).form("/need")["fields"]["need"] == "The first."
    assert (await school.send(stale, "/need")).status == 303
    assert (await school.get(f"{base}/need")).form("/need")["fields"]["need"] == "The second."
    assert "Him" in (await school.get(f"{base}/never")).text


async def test_a_new_fact_that_is_sent_twice_is_there_once(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    page = await school.get(f"{base}/facts/new")
    for _ in range(2):
        assert (await school.send(page, "/facts/new", **FACTS[0])).location == f"{base}/facts"
    assert "F2" not in (await school.get(f"{base}/facts")).text
    other = await school.send(page, "/facts/new", **FACTS[1])
    assert other.status == 422
    assert "has changed" in other.text


async def test_a_fact_that_is_removed_leaves_no_trace_in_what_rested_on_it(
    town: Town, school: Visitor
) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    for name in ("facts", "opinions", "weight"):
        await answered(school, base, name)
    page = await school.get(f"{base}/facts/3?then=check")
    assert (await school.send(page, "/facts/3", do="remove")).location == f"{base}/facts?then=check"
    assert "F3" not in (await school.get(f"{base}/facts")).text
    fields = (await school.get(f"{base}/opinions/1")).form("/opinions/1")["fields"]
    assert (fields["rests-F1"], "rests-F3" in fields) == ("yes", False)
    assert "w-F3" not in (await school.get(f"{base}/weight")).body


async def test_what_keeps_it_from_being_sent_is_linked_and_what_may_be_odd_blocks_nothing(
    town: Town, school: Visitor
) -> None:
    await school.sign_in("Helen Marsh")
    duty = town["northshire-childrens"].role("Duty social worker")
    base = await written(school, duty)
    page = await school.get(f"{base}/facts/1?then=check")
    odd = fact("He seems sad; he was seen to cry.", "observed", "10 November 2026")
    await school.send(page, "/facts/1", **odd)
    page = await school.get(f"{base}/never?then=check")
    assert (await school.send(page, "/never", never="Duty Social Worker")).location == f"{base}/check"
    check = await school.get(f"{base}/check")
    for words in ("reads like two statements", "sounds like an opinion", "must never be told"):
        assert words in check.text
    assert f"{base}/facts/1?then=check" in check.page.links
    assert "Make sure that it is somebody else" in (await school.get(f"{base}/to")).text
    page = await school.get(f"{base}/facts/new?then=check")
    await school.send(page, "/facts/new", **FACTS[0])
    check = await school.get(f"{base}/check")
    assert "Still to do before you can send it" in check.text
    refused = await school.send(check, "/send")
    assert refused.status == 422
    assert "It cannot be sent yet" in refused.text
    assert f"{base}/weight?then=check" in refused.page.links
    weight = await school.get(f"{base}/weight?then=check")
    assert (await school.send(weight, "/weight", **{"w-F6": "context"})).location == f"{base}/check"
    assert (await school.send(await school.get(f"{base}/check"), "/send")).status == 303


async def test_nothing_is_sent_that_was_not_on_the_page_before(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await written(school, town["northshire-childrens"].person("Ruth Okafor"))
    check = await school.get(f"{base}/check")
    await school.send(await school.get(f"{base}/need"), "/need", need="Something else.")
    answer = await school.send(check, "/send")
    assert answer.status == 422
    assert "has changed since you opened this page" in answer.text
    assert "Something else." in answer.text
    assert (await school.send(answer, "/send")).status == 303


async def test_who_gets_what_is_asked_where_there_are_two(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    services = town["northshire-childrens"]
    base = await written(school, services.role("Duty social worker"))
    assert "gets" not in " ".join((await school.get(f"{base}/check")).page.links)
    await answered(school, base, "to", services.person("Ida Voss"))
    assert (await school.get(base)).location == f"{base}/gets"
    page = await school.get(f"{base}/gets")
    fields = {name: text for name, text in page.form("/gets")["fields"].items() if text is not None}
    assert fields["F2-0"] == fields["F2-1"] == "yes"
    nobody = {name: text for name, text in fields.items() if not name.startswith("F2-")}
    assert "F2: choose who gets it" in (await school.post(f"{base}/gets", nobody)).text
    hidden = {name: text for name, text in fields.items() if name != "F3-1"}
    assert "rests on a fact that one of its recipients" in (await school.post(f"{base}/gets", hidden)).text
    some = {name: text for name, text in fields.items() if name != "F2-1"}
    assert (await school.post(f"{base}/gets", some)).status == 303
    sent = await school.send(await school.get(f"{base}/check"), "/send")
    assert sent.status == 303, sent.text
    thread = sent.location.removesuffix("/sent")
    assert "not allowed to say" in (await school.get(f"{thread}/legs/0/words")).text
    assert "not allowed to say" not in (await school.get(f"{thread}/legs/1/words")).text


async def test_a_recipient_is_shown_with_what_makes_them_sure(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    ruth = town["northshire-childrens"].person("Ruth Okafor")
    page = await school.get(f"{base}/to/new?agency=northshire-childrens")
    for words in ("Ruth Okafor, social worker", "Duty social worker (a role)", "Key checked in the key log"):
        assert words in page.text
    nobody = await school.send(page, "/to/new", party="northshire-childrens/person/" + "a" * 26)
    assert (nobody.status, "Choose who it is for" in nobody.text) == (422, True)
    await answered(school, base, "to", ruth)
    listed = (await school.get(f"{base}/to")).text
    found = town["moorfield-primary"].desk.describe(ruth)
    assert found is not None
    for words in ("social worker", "Northshire Childrens", "Checked in the key log", found.fingerprint):
        assert words in listed
    page = await school.get(f"{base}/to/new?agency=northshire-childrens")
    twice = await school.send(page, "/to/new", party=f"{ruth.agency}/person/{ruth.person}")
    assert "You have chosen them already" in twice.text


async def test_what_was_asked_is_answered_from_its_own_page(
    town: Town, school: Visitor, services: Visitor
) -> None:
    desk = town["northshire-childrens"]
    ruth = await desk.sign_in("Ruth Okafor")
    asked = RequestDraft(
        recipient=town["moorfield-primary"].person("Helen Marsh"),
        purpose="significant-harm-enquiry",
        purpose_text="To decide.",
        basis=spoken.BASIS,
        subjects=(spoken.ELLIS,),
        asked=("Has anyone seen injuries on Ellis?",),
        authority="My post.",
    )
    thread = (await desk.desk.request(ruth, asked)).thread
    await town.settle()
    await school.sign_in("Helen Marsh")
    page = await school.get(f"{HOME}/threads/{thread}")
    assert "Share what was asked" in page.text
    (start,) = [link for link in page.page.links if link.endswith(f"{thread}/share")]
    base = await begun(school, start)
    assert "Has anyone seen injuries on Ellis?" in (await school.get(f"{base}/facts/new")).text
    assert "Answer to a request, to a person" in (await school.get(HOME)).text
    assert "Ruth Okafor" in (await school.get(f"{base}/to")).text
    for name in ORDER:
        if name == "told":
            page = await school.get(f"{base}/told")
            told = {name: text for name, text in SIMPLE["told"].items() if name.endswith("-0")}
            await school.send(page, "/told", **told)
        elif name in {"who", "to"}:
            await school.send(await school.get(f"{base}/{name}"), f"/{name}")
        else:
            await answered(school, base, name)
    sent = await school.send(await school.get(f"{base}/check"), "/send")
    assert sent.status == 303, sent.text
    await town.settle()
    assert (await desk.desk.show(ruth, thread)).request == "answered"
    tom = await school.get(f"{HOME}/threads/{'a' * 26}/share")
    assert tom.status == 404


async def upload(visitor: Visitor, page: Answer, name: str, data: bytes, **filled: str) -> Answer:
    """Send the form of a file, as a browser does."""
    form = page.form("/files/new")
    body = aiohttp.FormData(quote_fields=False)
    fields = {key: text for key, text in form["fields"].items() if text is not None}
    for key, text in (fields | filled).items():
        body.add_field(key, text)
    body.add_field("file", io.BytesIO(data), filename=name, content_type="text/html")
    headers = {"Origin": visitor.address}
    headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in visitor.cookies.items())
    url = visitor.address + form["action"]
    async with visitor.http.post(url, data=body, headers=headers, allow_redirects=False) as answer:
        from visitor import Answer

        return Answer(answer.status, answer.headers, await answer.text())


async def test_a_file_is_sealed_as_it_comes_and_kept_when_something_else_is_wrong(
    town: Town, school: Visitor
) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    page = await school.get(f"{base}/files/new")
    none = await school.send(page, "/files/new", why_needed="To see it.")
    assert (none.status, "Choose a file" in none.text) == (422, True)
    empty = await upload(school, page, "a.pdf", b"", why_needed="To see it.")
    assert "This file is empty" in empty.text
    data = f"{CANARY}<script>".encode() * 90_000
    wrong = await upload(school, page, "../../evil/order.pdf", data)
    assert wrong.status == 422
    assert "You chose order.pdf" in wrong.text
    whole = await school.send(wrong, "/files/new", why_needed="To see the order.")
    assert (whole.status, whole.location) == (303, f"{base}/files"), whole.text
    assert "order.pdf" in (await school.get(f"{base}/files")).text
    home = town["moorfield-primary"].home
    assert not [path for path in home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    page = await school.get(f"{base}/throw-away")
    await school.send(page, "/throw-away")
    assert not [path for path in town["moorfield-primary"].desk.config.blobs.iterdir() if path.is_file()]


async def test_a_form_that_is_no_form_is_refused(school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    path = f"{base}/files/new"
    kind = "multipart/form-data; boundary=x"
    part = 'Content-Disposition: form-data; name="'
    for body in (
        b"--x\r\nnonsense",
        f'--x\r\n{part}form"\r\n\r\na\r\n--x\r\n{part}form"\r\n\r\nb\r\n--x--'.encode(),
        f'--x\r\n{part}form"\r\n\r\n{"a" * 99_000}\r\n--x--'.encode(),
        f'--x\r\n{part}form"\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--'.encode(),
        b"",
    ):
        headers = {"Origin": school.address, "Content-Type": kind}
        headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in school.cookies.items())
        async with school.http.post(school.address + path, data=body, headers=headers) as answer:
            assert 400 <= answer.status < 500, body[:40]
            assert "Traceback" not in await answer.text()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("order.pdf", "order.pdf"),
        ("C:\\Users\\helen\\order.pdf", "order.pdf"),
        ("../../../etc/passwd", "passwd"),
        (".hidden", "hidden"),
        ("a\nb\u202egpj.exe", "a_b_gpj.exe"),
        ("", "file"),
        ("...", "file"),
        ('a<b>"?', "a_b___"),
    ],
)
def test_a_name_of_a_file_is_no_path(given: str, name: str) -> None:
    assert file_name(given) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10 November 2026", "2026-11-10"),
        ("10 Nov 2026 at 9:20", "2026-11-10T09:20"),
        ("10/11/2026, 3.05 pm", "2026-11-10T15:05"),
        ("1st May 2026", "2026-05-01"),
        ("November 2026", "2026-11"),
        ("11/2026", "2026-11"),
        ("2026", "2026"),
        ("2026-11-10", "2026-11-10"),
        ("10 November 2026, 09:20", "2026-11-10T09:20"),
        ("last Tuesday", "last Tuesday"),
        ("10/11/26", "10/11/26"),
    ],
)
def test_dates_are_read_as_people_type_them(typed: str, kept: str) -> None:
    assert read_when(typed) == kept


def test_a_moment_is_shown_as_it_is_read() -> None:
    assert read_moment("24 July 2026, 17:00") == "2026-07-24T16:00:00Z"
    assert read_moment(show_moment("2026-07-24T16:00:00Z")) == "2026-07-24T16:00:00Z"
    assert read_moment("24 July 2026") is None


async def test_a_session_that_ends_in_mid_question_loses_nothing(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    page = await school.get(f"{base}/facts/new")
    town["moorfield-primary"].desk.sessions.end_all()
    answer = await school.send(page, "/facts/new", **FACTS[0])
    assert answer.status == 401
    assert "What you typed is safe in this page" in answer.text
    again = await school.send(
        answer, "/sign-in", name="Helen Marsh", passphrase="correct horse battery staple"
    )
    assert "purple bruise" in again.text
    done = await school.send(again, "/facts/new")
    assert done.location == f"{base}/facts"
    assert "purple bruise" in (await school.get(done.location)).text


async def test_no_word_of_it_is_at_rest(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    for name, fields in SIMPLE.items():
        if name in {"purpose", "need", "not-known", "never"}:
            page = await school.get(f"{base}/{name}")
            typed = {key: f"{CANARY} {text}" if " " in text else text for key, text in fields.items()}
            await school.send(page, f"/{name}", **typed)
    page = await school.get(f"{base}/facts/new")
    await school.send(page, "/facts/new", **(FACTS[0] | {"text": f"{CANARY} was seen."}))
    assert CANARY in (await school.get(f"{base}/facts")).text
    home = town["moorfield-primary"].home
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    draft = await town["moorfield-primary"].desk.casebook.kept(f"draft/{base.rpartition('/')[2]}")
    assert draft is not None
    assert draft.sealed in stored  # the search sees what is kept
    for word in (CANARY, CANARY.lower(), "significant-harm-enquiry"):
        assert word.encode() not in stored
        assert word.encode("utf-16-le") not in stored


async def test_markup_in_any_answer_is_text(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    evil = EVIL[:190]
    await answered(school, base, "basis")
    await school.send(
        await school.get(f"{base}/who/new"), "/who/new", name=evil, relation=evil, identifier=evil
    )
    said = fact(EVIL, "reported", "2026-11-10", who=evil, why_needed=EVIL, does_not_mean=EVIL)
    await school.send(await school.get(f"{base}/facts/new"), "/facts/new", **said)
    page = await school.get(f"{base}/opinions/new")
    said |= {"whose": evil, "capacity": evil, "grounds": EVIL, "rests-F1": "yes"}
    await school.send(page, "/opinions/new", **said)
    for name in ("need", "not-known", "never", "decision", "urgency"):
        page = await school.get(f"{base}/{name}")
        fields = {key: EVIL for key in page.form(f"/{name}")["fields"] if key not in {"form", "seen", "then"}}
        wrong = await school.send(page, f"/{name}", **(fields | {"urgency": EVIL}))
        demand_inert(wrong) if wrong.status != 303 else None
    for name in QUESTIONS:
        page = await school.get(f"{base}/{name}?then={EVIL}&agency={EVIL}")
        if page.status == 200:
            demand_inert(page)
    for path in ("/check", "/facts/1", "/who/1", "/opinions/1", "/throw-away", f"/{EVIL}", "/facts/x"):
        demand_inert(await school.get(f"{base}{path}"))


async def test_one_does_not_share_with_oneself(town: Town, school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await written(school, town["moorfield-primary"].person("Helen Marsh"))
    refused = await school.send(await school.get(f"{base}/check"), "/send")
    assert refused.status == 422
    assert "It cannot be sent yet" in refused.text
    assert f"{base}/to?then=check" in refused.page.links


async def test_no_question_is_at_an_address_that_names_nothing(school: Visitor) -> None:
    await school.sign_in("Helen Marsh")
    base = await begun(school)
    for path in ("/nothing", "/purpose/1", "/purpose/new", "/facts/0", "/facts/1000", "/facts/new/1"):
        assert (await school.get(base + path)).status == 404, path
    assert (await school.get(f"{base}/facts/7")).location == f"{base}/facts"
    assert not re.search(r"[A-Z ]", base)
