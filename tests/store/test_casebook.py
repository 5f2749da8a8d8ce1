"""The casebook keeps what belongs together, twice is once, and no status is that of an older set of steps."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from exchange.errors import LogForked, LogRolledBack, StoreUnavailable, ThreadMoved
from exchange.store.casebook import (
    AlarmRow,
    Asker,
    AuditEntry,
    Casebook,
    Change,
    CheckpointRow,
    ContradictionRow,
    Expiry,
    HeldRow,
    KeptRow,
    LegRow,
    LogEntryRow,
    Outgoing,
    RosterRow,
    RosterSent,
    StepRow,
    ThreadRow,
    Wanted,
    tables,
)
from keys.record import digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOON = "2026-11-22T12:00:00Z"
LATER = "2026-11-22T13:00:00Z"
US, THEM = "northshire-childrens", "moorfield-primary"


def name(text: str) -> str:
    return digest(text.encode())


def step(text: str, thread: str = "t1", **other: object) -> StepRow:
    row = StepRow(
        digest=name(text),
        envelope_id=f"e-{text}",
        thread=thread,
        leg=None,
        kind="share",
        agency=THEM,
        person="p-them",
        seq=0,
        answers=None,
        created=NOON,
        received=NOON,
        received_at=0,
        mine=False,
        envelope=b"sealed " + text.encode(),
    )
    return replace(row, **other)


def status(thread: str = "t1", *, folded: int = 1, **other: object) -> ThreadRow:
    row = ThreadRow(
        thread=thread,
        kind="share",
        agency=THEM,
        person="p-them",
        state=None,
        open=True,
        closed=False,
        waiting=0,
        waiting_since=None,
        forks=0,
        folded=folded,
        opened=NOON,
        updated=NOON,
    )
    return replace(row, **other)


def leg(thread: str = "t1", index: int | None = 0, **other: object) -> LegRow:
    row = LegRow(
        thread=thread,
        leg=index,
        sender_agency=THEM,
        sender_person="p-them",
        recipient_agency=US,
        recipient_person="p-us",
        recipient_role=None,
        state="SENT",
        open=True,
        turn="recipient",
        urgency="routine",
        due=NOON,
        version=name("share"),
        read_back=None,
        hear_back=None,
        updated=NOON,
    )
    return replace(row, **other)


def envelope(text: str, *, step_digest: str | None = "s", blobs: tuple[str, ...] = ()) -> Outgoing:
    return Outgoing(text, "t1", step_digest, (THEM,), blobs, NOON, b"sealed " + text.encode())


@pytest.fixture
async def casebook(database_url: str) -> AsyncIterator[Casebook]:
    book = await Casebook.open(database_url)
    yield book
    await book.close()


async def test_a_change_is_written_whole_and_survives_reopening(database_url: str) -> None:
    book = await Casebook.open(database_url)
    change = Change(
        steps=(step("one"),),
        threads=(status(),),
        legs=(leg(),),
        outgoing=(envelope("e1"),),
        kept=(KeptRow("emphasis/1", "p-us", "t1", b"sealed", NOON),),
        cursors=(("mailbox", 7),),
    )
    recorded = await book.record(change)
    await book.close()

    book = await Casebook.open(database_url)
    assert recorded.steps == (name("one"),)
    assert await book.steps("t1") == (step("one"),)
    assert await book.step(name("one")) == step("one")
    assert await book.thread("t1") == status()
    assert await book.legs("t1") == (leg(),)
    assert await book.outbox(limit=10, size=1000) == (envelope("e1"),)
    assert await book.cursor("mailbox") == 7
    assert (await book.kept("emphasis/1")) is not None
    await book.close()


async def test_recording_twice_is_recording_once(casebook: Casebook) -> None:
    change = Change(
        steps=(step("one"),),
        threads=(status(),),
        legs=(leg(),),
        outgoing=(envelope("e1"),),
        expiries=(Expiry("e1", THEM, NOON),),
        rosters=(RosterRow(THEM, 1, LATER, b"r", NOON, 0),),
    )
    await casebook.record(change)
    again = await casebook.record(change)
    assert again.steps == ()
    assert len(await casebook.steps("t1")) == 1
    assert len(await casebook.outbox(limit=10, size=1000)) == 1
    assert (await casebook.deliveries("t1"))[0].expired == ((THEM, NOON),)


async def test_a_status_of_an_older_set_of_steps_is_refused_with_all_that_came_with_it(
    casebook: Casebook,
) -> None:
    await casebook.record(Change(steps=(step("one"),), threads=(status(),)))
    stale = Change(
        steps=(step("two"),),
        threads=(status(folded=1, closed=True),),
        outgoing=(envelope("e2"),),
        cursors=(("mailbox", 9),),
    )
    with pytest.raises(ThreadMoved):
        await casebook.record(stale)
    assert await casebook.step(name("two")) is None
    assert await casebook.outbox(limit=10, size=1000) == ()
    assert await casebook.cursor("mailbox") == 0
    assert (await casebook.thread("t1")) == status()


async def test_of_two_who_fold_at_once_one_must_fold_again(casebook: Casebook) -> None:
    await casebook.record(Change(steps=(step("one"),), threads=(status(),)))
    rivals = [Change(steps=(step(text),), threads=(status(folded=2),)) for text in ("two", "three")]
    outcomes = await asyncio.gather(*map(casebook.record, rivals), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Recorded", "ThreadMoved"]
    assert await casebook.folded("t1") == 2


async def test_a_request_is_folded_with_the_shares_that_cite_it(casebook: Casebook) -> None:
    request = step("ask", kind="request")
    await casebook.record(Change(steps=(request,), threads=(status(),)))
    answer = step("answer", thread="t2", answers=request.digest)
    note = step("note", thread="t3", kind="note", answers=request.digest)
    await casebook.record(Change(steps=(answer, note), threads=(status(folded=2), status("t2"))))
    assert await casebook.citing(request.digest) == (answer,)
    assert await casebook.folded("t1") == 2
    assert await casebook.folded("t2") == 1
    assert await casebook.folded("nowhere") == 0


async def test_which_threads_are_here_is_one_question_however_many(casebook: Casebook) -> None:
    await casebook.record(
        Change(steps=(step("share"), step("note", kind="note"), step("other", thread="t2")))
    )
    absent = [f"absent{number}" for number in range(1200)]
    assert await casebook.present(["t1", *absent, "t2"]) == {"t1", "t2"}
    assert await casebook.present(absent[:1]) == frozenset()
    assert await casebook.present([]) == frozenset()


async def test_rosters_leave_before_steps_and_steps_after_their_attachments(casebook: Casebook) -> None:
    blob = name("file")
    from exchange.store.casebook import BlobRow

    await casebook.record(
        Change(
            outgoing=(envelope("e1", blobs=(blob,)), envelope("e2"), envelope("roster", step_digest=None)),
            blobs=(BlobRow(blob, 100, "upload", "t1"),),
        )
    )
    assert [row.envelope_id for row in await casebook.outbox(limit=9, size=999)] == ["roster", "e2"]
    await casebook.record(Change(blobs=(BlobRow(blob, 100, "uploaded", "t1"),)))
    assert [row.envelope_id for row in await casebook.outbox(limit=9, size=999)] == ["roster", "e1", "e2"]
    assert len(await casebook.outbox(limit=9, size=1)) == 1, "one always goes, however large"
    assert len(await casebook.outbox(limit=2, size=999)) == 2


async def test_a_posted_envelope_leaves_the_queue_and_its_bytes(casebook: Casebook) -> None:
    await casebook.record(Change(outgoing=(envelope("e1"), envelope("e2"))))
    await casebook.record(Change(posted=(("e1", LATER),), unpostable=(("e2", "envelope_refused"),)))
    await casebook.record(Change(unpostable=(("e1", "late_word"),)))
    assert await casebook.outbox(limit=9, size=999) == ()
    second, first = await casebook.deliveries()
    assert (first.posted, first.refused) == (LATER, None)
    assert (second.posted, second.refused) == (None, "envelope_refused")
    state = await casebook.outbox_state()
    assert (state.waiting, state.oldest, state.refused) == (0, None, 1)


async def test_an_expired_roster_is_owed_again(casebook: Casebook) -> None:
    await casebook.record(Change(rosters_sent=(RosterSent(THEM, 3, "r3", "k"),)))
    assert await casebook.rosters_sent() == (RosterSent(THEM, 3, "r3", "k"),)
    await casebook.record(Change(expiries=(Expiry("r3", THEM, NOON),)))
    assert await casebook.rosters_sent() == ()


async def test_an_expiry_changes_no_status(casebook: Casebook) -> None:
    await casebook.record(Change(steps=(step("one"),), threads=(status(),), legs=(leg(),)))
    await casebook.record(Change(expiries=(Expiry("e-one", US, LATER),)))
    assert await casebook.thread("t1") == status()
    assert await casebook.legs("t1") == (leg(),)


async def test_held_mail_stays_until_it_is_released_and_keeps_its_first_hour(casebook: Casebook) -> None:
    row = HeldRow(name("h"), b"h", "roster", THEM, "signer_unknown", NOON, 7)
    await casebook.record(Change(held=(row,)))
    (held,) = await casebook.held("roster", THEM)
    assert replace(held, number=0) == row
    assert await casebook.held("directory") == ()

    again = replace(row, awaits="directory", agency=None, code="directory_behind", since=LATER)
    await casebook.record(Change(held=(again,), released=(row.digest,)))
    (held,) = await casebook.held()
    assert (held.awaits, held.since) == ("directory", NOON)
    assert await casebook.held(after=held.number) == ()

    await casebook.record(Change(released=(row.digest,)))
    assert await casebook.held() == ()


async def test_an_inbox_holds_open_legs_of_a_person_and_their_roles_and_nobody_elses(
    casebook: Casebook,
) -> None:
    legs = (
        leg("mine"),
        leg("written", sender_agency=US, sender_person="p-us", recipient_agency=THEM, recipient_person="x"),
        leg("role", recipient_person=None, recipient_role="r-duty"),
        leg("done", state="CLOSED", open=False, turn=None),
        leg("other", recipient_person="p-else"),
        leg("namesake", recipient_agency=THEM),  # another agency gave somebody the same id
        leg("request", None),
    )
    await casebook.record(
        Change(
            steps=tuple(step(row.thread, row.thread) for row in legs),
            threads=tuple(status(row.thread) for row in legs),
            legs=legs,
        )
    )
    asker = Asker(US, "p-us", ("r-duty",))
    mine = await casebook.listed(asker, Wanted("open"), limit=20)
    assert {one.leg.thread for one in mine} == {"mine", "written", "role", "request"}
    assert [one.leg.leg for one in mine if one.leg.thread == "request"] == [None]
    assert [one.leg.thread for one in await casebook.listed(asker, Wanted("over"), limit=20)] == ["done"]


async def test_only_our_own_overdue_turns_are_chased(casebook: Casebook) -> None:
    legs = (
        leg("ours"),
        leg("theirs", turn="sender"),
        leg("early", due=LATER),
        leg("heard", sender_agency=US, sender_person="p-us", recipient_agency=THEM, turn="sender"),
        leg("shut", open=False),
    )
    await casebook.record(
        Change(
            steps=tuple(step(row.thread, row.thread) for row in legs),
            threads=tuple(status(row.thread) for row in legs),
            legs=legs,
        )
    )
    assert {entry.leg.thread for entry in await casebook.due(US, NOON)} == {"ours", "heard"}


async def test_threads_that_wait_for_lost_steps_are_found(casebook: Casebook) -> None:
    rows = (
        status("old", waiting=1, waiting_since=NOON),
        status("new", waiting=1, waiting_since=LATER),
        status("ok"),
    )
    await casebook.record(Change(steps=tuple(step(row.thread, row.thread) for row in rows), threads=rows))
    assert [row.thread for row in await casebook.waiting(NOON)] == ["old"]


async def test_an_alarm_keeps_its_first_hour_until_it_is_cleared(casebook: Casebook) -> None:
    await casebook.record(Change(alarms=(AlarmRow("directory_shorter", "", NOON),)))
    await casebook.record(Change(alarms=(AlarmRow("directory_shorter", "", LATER),)))
    assert await casebook.alarms() == (AlarmRow("directory_shorter", "", NOON),)
    await casebook.record(Change(cleared=(AlarmRow("directory_shorter", "", "", LATER),)))
    assert await casebook.alarms() == ()
    assert await casebook.alarms(standing=False) == (AlarmRow("directory_shorter", "", NOON, LATER),)
    await casebook.record(Change(alarms=(AlarmRow("directory_shorter", "", LATER),)))
    assert await casebook.alarms() == (AlarmRow("directory_shorter", "", LATER),)


async def test_the_audit_trail_is_a_chain_across_changes(casebook: Casebook) -> None:
    entries = [AuditEntry("step_refused", NOON, thread=f"t{n}", code="signer_unknown") for n in range(5)]
    await casebook.record(Change(audit=tuple(entries[:2])))
    await asyncio.gather(*(casebook.record(Change(audit=(entry,))) for entry in entries[2:]))
    rows = await casebook.audit()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert {row.entry for row in rows} == set(entries)
    assert await casebook.broken_audit() is None
    assert [row.number for row in await casebook.audit(3, limit=1)] == [4]


@pytest.mark.parametrize(
    "attack", ["update audit set code = 'ok' where number = 2", "delete from audit where number = 5"]
)
async def test_the_database_refuses_to_change_the_audit_trail(casebook: Casebook, attack: str) -> None:
    await casebook.record(Change(audit=tuple(AuditEntry("seen", NOON) for _ in range(5))))
    with pytest.raises(DBAPIError):
        await casebook._writer.submit(lambda connection: connection.execute(text(attack)))
    assert len(await casebook.audit()) == 5


@pytest.mark.parametrize(
    "attack",
    [
        "update audit set code = 'ok' where number = 2",
        "delete from audit where number = 2",
        "update audit set number = 9 where number = 2",
    ],
)
async def test_whoever_changes_the_trail_all_the_same_is_found(casebook: Casebook, attack: str) -> None:
    await casebook.record(Change(audit=tuple(AuditEntry("seen", NOON) for _ in range(5))))
    unlocks = (
        ["drop trigger audit_only_grows on audit"]
        if casebook._reader.dialect.name == "postgresql"
        else ["drop trigger audit_no_update", "drop trigger audit_no_delete"]
    )
    for statement in (*unlocks, attack):
        await casebook._writer.submit(lambda connection, said=statement: connection.execute(text(said)))
    assert await casebook.broken_audit() in {2, 3}


async def test_listeners_hear_of_a_commit_and_of_no_failure(casebook: Casebook) -> None:
    heard: list[tuple[str, ...]] = []
    casebook.subscribe(lambda change, recorded: heard.append(recorded.steps))
    await casebook.record(Change(steps=(step("one"),), threads=(status(),)))
    with pytest.raises(ThreadMoved):
        await casebook.record(Change(steps=(step("two"),), threads=(status(folded=7),)))
    assert heard == [(name("one"),)]


async def test_what_a_person_keeps_is_found_by_name_and_prefix(casebook: Casebook) -> None:
    rows = tuple(KeptRow(n, "p-us", None, b"s", NOON) for n in ("draft/1", "draft/2", "emphasis/1"))
    await casebook.record(Change(kept=(*rows, KeptRow("draft/3", "p-else", None, b"s", NOON))))
    assert await casebook.kept_of("p-us", "draft/") == rows[:2]
    await casebook.record(Change(forgotten=("draft/1",)))
    assert await casebook.kept("draft/1") is None
    assert await casebook.kept_of("p-us", "%") == ()


async def test_the_migrated_tables_are_those_that_the_code_knows(database_url: str) -> None:
    book = await Casebook.open(database_url)

    def compare(connection: object) -> list[object]:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        context = MigrationContext.configure(connection, opts={"version_table": "casebook_version"})  # type: ignore[arg-type]
        return list(compare_metadata(context, tables.metadata))

    assert await book._writer.submit(lambda connection: connection.run_sync(compare)) == []
    await book.close()


async def test_a_database_that_cannot_be_opened_is_named_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("none") / "not" / "there"
    with pytest.raises(StoreUnavailable):
        await Casebook.open(f"sqlite+aiosqlite:///{folder}/casebook.db")


async def test_changes_submitted_together_are_written_as_one_and_judged_each_for_itself(
    casebook: Casebook,
) -> None:
    await casebook.record(Change(steps=(step("a0", "a"),), threads=(status("a"),)))
    fine = [
        Change(
            steps=(step(f"s{n}", f"t{n}"),),
            threads=(status(f"t{n}"),),
            outgoing=(envelope(f"e{n}"),),
            audit=(AuditEntry("sent", NOON, f"t{n}"),),
        )
        for n in range(20)
    ]
    stale = Change(steps=(step("a1", "a"),), threads=(status("a", folded=1),), outgoing=(envelope("lost"),))
    twice = Change(steps=(step("s0", "t0"),))
    outcomes = await asyncio.gather(*map(casebook.record, [*fine, stale, twice]), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Recorded"] * 20 + ["ThreadMoved", "Recorded"]
    assert len(await casebook.outbox(limit=99, size=9999)) == 20
    assert await casebook.step(name("a1")) is None
    assert await casebook.broken_audit() is None
    assert len(await casebook.audit()) == 20


async def test_what_one_removes_and_another_adds_keeps_its_order(casebook: Casebook) -> None:
    row = KeptRow("draft/1", "p-us", None, b"old", NOON)
    alarm = AlarmRow("directory_shorter", "", NOON)
    await casebook.record(Change(kept=(row,), alarms=(alarm,)))
    await asyncio.gather(
        casebook.record(Change(forgotten=("draft/1",), cleared=(replace(alarm, cleared=LATER),))),
        casebook.record(Change(kept=(replace(row, sealed=b"new"),), alarms=(replace(alarm, raised=LATER),))),
    )
    kept = await casebook.kept("draft/1")
    assert kept is not None
    assert kept.sealed == b"new"
    assert [alarm.raised for alarm in await casebook.alarms()] == [LATER]


# --- the key log ---------------------------------------------------------------------------------


def checkpoint(size: int, root: str = "a", **other: object) -> CheckpointRow:
    row = CheckpointRow(size, root * 64, f"note of {size}".encode(), quorum=False, at=NOON)
    return replace(row, **other)


async def test_entries_and_their_checkpoint_come_back(casebook: Casebook) -> None:
    entries = tuple(LogEntryRow(n, b"payload", b"signature") for n in range(3))
    await casebook.record(Change(log_entries=entries, checkpoints=(checkpoint(3),)))
    assert await casebook.log_entries() == entries
    assert await casebook.log_entries(2) == entries[2:]
    assert await casebook.checkpoint() == checkpoint(3)
    assert await casebook.checkpoint(quorum=True) is None
    await casebook.record(Change(checkpoints=(checkpoint(3, quorum=True, cosigned=NOON),)))
    await casebook.record(Change(checkpoints=(checkpoint(5),)))
    assert await casebook.checkpoint() == checkpoint(5)
    assert await casebook.checkpoint(quorum=True) == checkpoint(3, quorum=True, cosigned=NOON)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (checkpoint(5, "b"), LogForked),
        (checkpoint(4), LogRolledBack),
        (checkpoint(3, "b"), LogForked),
    ],
)
async def test_there_is_one_history_and_it_only_grows(
    casebook: Casebook, second: CheckpointRow, problem: type[Exception]
) -> None:
    await casebook.record(Change(checkpoints=(checkpoint(3),)))
    await casebook.record(Change(checkpoints=(checkpoint(5),)))
    with pytest.raises(problem):
        await casebook.record(Change(checkpoints=(second,), audit=(AuditEntry("never", NOON),)))
    assert await casebook.checkpoint() == checkpoint(5)
    assert await casebook.audit() == (), "the whole change was refused"
    await casebook.record(Change(checkpoints=(checkpoint(3, quorum=True),)))
    assert await casebook.checkpoint(quorum=True) == checkpoint(3, quorum=True), "what stands may be added to"


async def test_two_histories_are_kept_side_by_side(casebook: Casebook) -> None:
    row = ContradictionRow(name("shown"), "log_forked", THEM, b"shown", b"known", NOON)
    await casebook.record(Change(contradictions=(row, row)))
    await casebook.record(Change(contradictions=(replace(row, known=b"later"),)))
    assert await casebook.contradictions() == (row,), "what was kept first stays as it was"


async def test_the_head_of_the_trail_is_its_last_entry(casebook: Casebook) -> None:
    assert await casebook.last_audit() is None
    await casebook.record(Change(audit=(AuditEntry("one", NOON), AuditEntry("two", NOON))))
    assert await casebook.last_audit() == (await casebook.audit())[1]
