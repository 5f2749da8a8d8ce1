"""The same loop over a real hub and the desks' own API, with nothing but addresses between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from city import City, city

from exchange.evidence.verify import verify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def wired(tmp_path: Path) -> AsyncIterator[City]:
    async with city(tmp_path) as made:
        await made.open("moorfield-primary", {"Helen Marsh": "designated safeguarding lead"})
        await made.open(
            "northshire-childrens", {"Ruth Okafor": "social worker"}, {"Duty social worker": ("Ruth Okafor",)}
        )
        yield made


async def test_two_desks_and_a_hub_close_a_share(wired: City) -> None:
    helen = await wired.client("moorfield-primary", "Helen Marsh")
    ruth = await wired.client("northshire-childrens", "Ruth Okafor")
    found = await helen.until("/whom", lambda answer: answer["parties"], body={"q": "duty"})
    (party,) = found["parties"]
    assert party["agency_name"] == "Northshire Childrens"

    draft = spoken.share().model_dump(mode="json") | {"recipients": [party["party"]]}
    posted = await helen.post("/shares", draft)
    leg = f"/threads/{posted['thread']}/legs/0"
    await ruth.until("/inbox", lambda answer: answer["rows"])
    await ruth.post(f"{leg}/accept", {"my_part": "I am on duty."})
    words = await ruth.get(f"{leg}/words")
    statements = [*words["words"]["facts"], *words["words"]["opinions"]]
    await ruth.post(
        f"{leg}/read-back",
        {
            "version": words["version"],
            "restatements": [
                {
                    "statement": one["id"],
                    "meaning": f"I take {one['id']} to be about Ellis.",
                    "taken_as": "fact" if one["id"].startswith("F") else "opinion",
                    "weight": "critical",
                }
                for one in statements
            ],
            "key_point": "O1",
            "will_do": "A strategy discussion this afternoon.",
        },
    )
    await helen.until("/inbox", lambda answer: [row["state"] for row in answer["rows"]] == ["read_back"])
    heard = [{"statement": one["id"], "understood": True} for one in statements]
    await helen.post(f"{leg}/hear-back", {"verdict": "agreed", "heard": heard})
    for client in (helen, ruth):
        view = await client.until(f"/threads/{posted['thread']}", lambda answer: answer["closed"])
        assert view["legs"][0]["sender_emphasis"]["key_point"] == "O1"
        status, certificate = await client.call("GET", f"{leg}/certificate", words="yes")
        assert status == 200
        assert certificate["thread"] == posted["thread"]
    desk = wired.desks["moorfield-primary"].desk
    made = await desk.certificate(await desk.session(helen.token), posted["thread"], 0, words=True)
    assert verify(made, desk.trust.policy).leg.state.value == "closed"
