"""The loop through the pages, without a browser: sent, accepted, read, read back, corrected, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import spoken

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Answer, Visitor

MEANINGS = {
    "F1": "A teacher saw a bruise of some 3 cm behind his left ear.",
    "F4": "From a photo, the doctor wrote that a fall cannot be ruled out.",
    "O1": "Mrs Marsh is worried, since scooter falls seldom leave such a bruise.",
}


async def share(town: Town) -> str:
    """Helen shares with Ruth, at the use cases themselves."""
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))
    await town.settle()
    return posted.thread


def answers(**changed: str) -> dict[str, str]:
    fields = {f"m-{name}": text for name, text in MEANINGS.items()}
    fields |= {f"t-{name}": "fact" if name.startswith("F") else "opinion" for name in MEANINGS}
    fields |= {f"w-{name}": "significant" for name in MEANINGS}
    fields |= {"key_point": "O1", "will_do": "A strategy discussion this afternoon."}
    return fields | {name.replace("_", "-", 1): text for name, text in changed.items()}


async def accepted(services: Visitor, thread: str) -> Answer:
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/accept")
    answer = await services.send(page, "/accept", my_part="I am on duty today.")
    assert answer.status == 303
    return await services.get(answer.location)


async def read_back(services: Visitor, thread: str) -> Answer:
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    answer = await services.send(page, "/read-back", **answers())
    assert answer.status == 303, answer.text
    return await services.get(answer.location)


async def test_the_whole_loop(town: Town, school: Visitor, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await school.sign_in("Helen Marsh")

    first = await services.get(HOME)
    assert "1 thing waits for you" in first.text
    assert "Accept it if it is yours to have" in first.text
    (row,) = [link for link in first.page.links if thread in link]
    page = await services.get(row.partition("#")[0])
    assert "The words are sealed" in page.text
    assert "purple bruise" not in page.body

    before = await services.get(f"{HOME}/threads/{thread}/legs/0/accept")
    assert "Helen Marsh, designated safeguarding lead" in before.text
    assert "purple bruise" not in before.body

    words = await accepted(services, thread)
    assert "purple bruise" in words.text
    assert "high (65–90 in 100 that it is so)" in words.text
    assert "It does not mean that she thinks it was a fall." in words.text
    assert "Ask the sender before you pass it on." in words.text

    done = await read_back(services, thread)
    assert "Your read-back is on its way" in done.text
    await town.settle()

    assert "They restated it" in (await school.get(HOME)).text
    hear = await school.get(f"{HOME}/threads/{thread}/legs/0/hear-back")
    fields = hear.form("/hear-back")["fields"]
    assert {name: fields[name] for name in ("verdict", "h-F1", "h-F4", "h-O1")} == dict.fromkeys(
        ("verdict", "h-F1", "h-F4", "h-O1")
    )
    sent = await school.send(
        hear,
        "/hear-back",
        h__F1="understood",
        h__F4="corrected",
        c__F4="She did not say that it was a fall.",
        h__O1="understood",
        verdict="corrected",
    )
    assert sent.status == 303, sent.text
    await town.settle()

    again = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    fields = again.form("/read-back")["fields"]
    assert fields["m-F1"] == MEANINGS["F1"]
    assert fields["m-F4"] == ""
    assert "She did not say that it was a fall." in again.text
    answer = await services.send(
        again,
        "/read-back",
        **{"m-F4": "A doctor did not say it was a fall.", "t-F4": "fact", "w-F4": "critical"},
        key_point="O1",
    )
    assert answer.status == 303, answer.text
    await town.settle()

    hear = await school.get(f"{HOME}/threads/{thread}/legs/0/hear-back")
    closing = {f"h__{name}": "understood" for name in MEANINGS}
    sent = await school.send(hear, "/hear-back", **closing, verdict="agreed")
    assert sent.status == 303, sent.text
    await town.settle()
    for visitor in (school, services):
        page = await visitor.get(f"{HOME}/threads/{thread}")
        assert "Closed: understood" in page.text
        assert "How much weight each side gave" in page.text
        certificate = await visitor.get(f"{HOME}/threads/{thread}/legs/0/certificate")
        assert certificate.headers["Content-Disposition"].startswith("attachment")


async def test_a_decline_needs_no_words(town: Town, school: Visitor, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/decline")
    empty = await services.send(page, "/decline", words="Try Ida Voss.")
    assert empty.status == 422
    assert "Choose why it is not yours to have" in empty.text
    assert empty.form("/decline")["fields"]["words"] == "Try Ida Voss."
    answer = await services.send(empty, "/decline", reason="not-my-role")
    assert answer.status == 303
    assert "You declined it" in (await services.get(answer.location)).text
    await town.settle()
    await school.sign_in("Helen Marsh")
    page = await school.get(f"{HOME}/threads/{thread}")
    assert "Declined: not theirs to have" in page.text
    assert "Try Ida Voss." in page.text


async def test_what_is_missing_is_named_and_what_was_typed_is_kept(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    answer = await services.send(
        page, "/read-back", **{"m-F1": "A bruise.\nBehind the ear.", "w-O1": "critical"}
    )
    assert answer.status == 422
    assert answer.body.count("There is a problem") == 1
    fields = answer.form("/read-back")["fields"]
    assert fields["m-F1"] == "A bruise.\nBehind the ear."
    assert fields["w-O1"] == "critical"
    linked = {link for link in answer.page.links if link.startswith("#")} - {"#main-content"}
    ids = {f"#{attrs['id']}" for _, attrs in answer.page.tags if "id" in attrs}
    assert {"#m-F4", "#t-F1", "#w-F4", "#key_point", "#will_do"} <= linked <= ids


async def test_the_rankings_stay_blind(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    fields = page.form("/read-back")["fields"]
    assert all(fields[f"w-{name}"] is None for name in MEANINGS)
    assert fields["key_point"] is None
    assert "weights" not in page.body
    assert "How much weight each side gave" not in (await services.get(f"{HOME}/threads/{thread}")).text
