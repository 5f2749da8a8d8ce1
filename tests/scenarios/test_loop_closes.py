"""The main job: a share closes when it was restated and heard, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import spoken

if TYPE_CHECKING:
    from doubles import Town


async def test_a_share_for_a_role_is_corrected_once_and_then_closes(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    posted = await school.desk.share(
        helen, spoken.share(duty.role("Duty social worker"), decision=spoken.DECISION)
    )
    thread = posted.thread
    await town.settle()

    ruth = await duty.sign_in("Ruth Okafor")
    (row,) = (await duty.desk.inbox(ruth)).rows
    assert (row.thread, row.leg, row.state, row.yours, row.side) == (thread, 0, "sent", True, "recipient")
    assert row.counterpart == "Helen Marsh, Moorfield Primary"

    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    assert [fact.id for fact in words.words.facts] == ["F1", "F4"]
    wrong = spoken.restated(words, key_point="F4", F4="She confirmed that it was a scooter accident.")
    await duty.desk.read_back(ruth, thread, 0, wrong)
    await town.settle()

    (row,) = (await school.desk.inbox(helen)).rows
    assert (row.state, row.yours, row.side) == ("read_back", True, "sender")
    sent = await school.desk.read(helen, thread, 0)
    await school.desk.hear_back(helen, thread, 0, spoken.corrected(sent, "F4", "She confirmed nothing."))
    await town.settle()
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await town.settle()
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(sent))
    await town.settle()

    ours, theirs = await school.desk.show(helen, thread), await duty.desk.show(ruth, thread)
    assert ours.closed
    assert theirs.closed
    assert [leg.state for leg in (*ours.legs, *theirs.legs)] == ["closed", "closed"]
    assert [step.digest for step in ours.steps] == [step.digest for step in theirs.steps]
    assert theirs.legs[0].sender_emphasis == ours.legs[0].sender_emphasis
    assert theirs.legs[0].sender_emphasis is not None
    assert theirs.legs[0].sender_emphasis.key_point == "O1"
    assert (await school.desk.inbox(helen)).rows == ()
    assert (await duty.desk.inbox(ruth)).rows == ()
