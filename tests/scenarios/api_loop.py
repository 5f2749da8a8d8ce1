"""A whole loop over two desks' own API: share, accept, read-back, hear-back, closed at both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spoken import share

if TYPE_CHECKING:
    from city import Client


PATIENCE = 60  # seconds, on a machine that does much else


async def closes(sender: Client, recipient: Client, to: str) -> None:
    """Share with whoever is found by that word, and close it."""
    found = await sender.until("/whom", lambda answer: answer["parties"], PATIENCE, body={"q": to})
    (party,) = found["parties"]
    posted = await sender.post("/shares", _draft(party["party"]))
    thread = posted["thread"]
    leg = f"/threads/{thread}/legs/0"
    await recipient.until(
        "/inbox", lambda answer: thread in {row["thread"] for row in answer["rows"]}, seconds=PATIENCE
    )
    await recipient.post(f"{leg}/accept", {"my_part": "I am on duty."})
    words = await recipient.get(f"{leg}/words")
    statements = [*words["words"]["facts"], *words["words"]["opinions"]]
    restated = [
        {
            "statement": one["id"],
            "meaning": f"I take {one['id']} to be about Ellis.",
            "taken_as": "fact" if one["id"].startswith("F") else "opinion",
            "weight": "critical",
        }
        for one in statements
    ]
    answer = {"version": words["version"], "restatements": restated, "key_point": "O1", "will_do": "Meet."}
    await recipient.post(f"{leg}/read-back", answer)
    await sender.until(
        f"/threads/{thread}", lambda answer: answer["legs"][0]["state"] == "read_back", PATIENCE
    )
    heard = [{"statement": one["id"], "understood": True} for one in statements]
    await sender.post(f"{leg}/hear-back", {"verdict": "agreed", "heard": heard})
    for client in (sender, recipient):
        await client.until(f"/threads/{thread}", lambda answer: answer["closed"], PATIENCE)


def _draft(recipient: object) -> dict[str, object]:
    return share().model_dump(mode="json") | {"recipients": [recipient]}
