"""A share written in the pages: one question at a time, kept, checked, sent; without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from writer import written

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor


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
    await town.settle()

    await services.sign_in("Ruth Okafor")
    thread = sent.location.removesuffix("/sent")
    accept = await services.get(f"{thread}/legs/0/accept")
    words = await services.send(accept, "/accept", my_part="I am on duty.")
    read = await services.get(words.location)
    for text in ("purple bruise", "high (65–90 in 100", "It rests on F1, F3", "Ellis’s stepfather"):
        assert text in read.text
    assert "It could put Ellis at greater risk." in read.text
