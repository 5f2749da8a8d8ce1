"""A practitioner leaves, and custodians open what they left: together, with reasons, and not alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import CHEAP, PASSPHRASE, Town

from exchange.desk.blobfolder import BlobFolder
from exchange.desk.service.breakglass import OPENED, break_glass, find_thread, threads_of, why_opened
from exchange.desk.service.openfiles import save_files
from exchange.desk.service.whyopened import read_why
from exchange.errors import ContentsDisagree, EnvelopeRefused, LeadMissing, ReasonsMissing, ThreadUnknown
from exchange.sealing import open_kept
from exchange.share.draft.models import DraftAttachment
from exchange.store.casebook import Casebook, Change
from keys.ceremony import custody, people
from keys.ceremony.backup import back_up as backing_up
from keys.ceremony.backup import restore
from keys.ceremony.home import AgencyHome, load_home, person_keystore
from keys.errors import CustodiansAbsent, KeyUnknown, RecordsKeyUndivided
from keys.keystore import Passphrase
from keys.record import encode, format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


SECRET = Passphrase(PASSPHRASE)
SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"
CUSTODIANS = ("Asha One", "Ben Two", "Cara Three", "Dan Four", "Eve Five")
REASONS = "Helen left in June; the court asks what she was told about Ellis."
CANARY = "KanarieWordsZq"


@pytest.fixture
async def town(tmp_path: Path) -> Any:
    made = Town(tmp_path / "town")
    made.folder.mkdir()
    await made.open(SCHOOL, {"Helen Marsh": "Lead", **dict.fromkeys(CUSTODIANS, "Custodian")})
    await made.open(DUTY, {"Ruth Okafor": "Social worker"}, {"Duty social worker": ("Ruth Okafor",)})
    await made.settle()
    yield made
    await made.close()


async def give(town: Town, need: int, of: int) -> None:
    """Give the school's records key to its first custodians."""
    agency = town[SCHOOL]
    home = load_home(agency.home, town.clock())
    chosen = [agency.person(name).person or "" for name in CUSTODIANS[:of]]
    present = {who: home.unlock_person(who, SECRET) for who in chosen[:need]}
    people.name_lead(agency.home, person=chosen[0], now=town.clock())
    custody.entrust(
        agency.home, people=chosen, need=need, present=present, now=town.clock(), passphrase=SECRET
    )
    assert await agency.desk.own.refresh()
    await agency.desk.keep_own_roster()
    await town.settle()


async def closed_share(town: Town) -> str:
    """Helen shares, Ruth restates, Helen agrees."""
    school, duty = town[SCHOOL], town[DUTY]
    helen = await school.sign_in("Helen Marsh")
    said = spoken.fact("F1", f"The class teacher saw {CANARY} behind Ellis's left ear.")
    draft = spoken.share(duty.person("Ruth Okafor"), facts=(said, spoken.MAYBE))
    thread = (await school.desk.share(helen, draft)).thread
    await town.settle()
    ruth = await duty.sign_in("Ruth Okafor")
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words, F1="She saw KanarieMeaningZq."))
    await town.settle()
    sent = await school.desk.read(helen, thread, 0)
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(sent))
    await town.settle()
    return thread


async def leave(town: Town) -> str:
    """Helen leaves: she is out of the roster's people in force, and her keystore is gone."""
    agency = town[SCHOOL]
    helen = agency.person("Helen Marsh").person or ""
    custody.demand_may_leave(load_home(agency.home, town.clock()), helen)
    people.suspend(agency.home, person=helen, now=town.clock())
    person_keystore(agency.home, helen).unlink()
    await agency.desk.own.refresh()
    await agency.desk.keep_own_roster()
    return helen


def back_up(town: Town, folder: Path) -> Path:
    """Bring the school's backup and its casebook to an empty folder of a clean machine."""
    home, file, now = town[SCHOOL].home, folder / "home.backup", town.clock()
    folder.mkdir()
    backing_up(home, file, passphrase=SECRET, now=now, cost=CHEAP)
    restore(file, folder / SCHOOL, passphrase=SECRET, now=now, places={})
    shutil.copy(home / "casebook.db", folder / SCHOOL)
    return folder / SCHOOL


class Restored:
    """The backup on a clean machine: no hub, no desk, only the folder."""

    def __init__(self, home: Path, town: Town) -> None:
        self.now = town.clock()
        self.home: AgencyHome = load_home(home, self.now)
        self.url = f"sqlite+aiosqlite:///{home / 'casebook.db'}"

    def present(self, *names: str) -> dict[str, Any]:
        found = [entry for entry in self.home.roster.people if entry.name in names]
        return {one.id: self.home.unlock_person(one.id, SECRET) for one in found}

    async def opened(self, thread: str, *names: str, reasons: str = REASONS) -> Any:
        casebook = await Casebook.open(self.url)
        try:
            return await break_glass(
                self.home,
                casebook,
                thread=thread,
                present=self.present(*names),
                reasons=reasons,
                now=self.now,
            )
        finally:
            await casebook.close()


@pytest.mark.parametrize(("need", "of"), [(2, 3), (3, 5)])
async def test_a_leavers_thread_is_recovered_on_a_clean_machine(
    town: Town, tmp_path: Path, need: int, of: int
) -> None:
    await give(town, need, of)
    thread = await closed_share(town)
    helen = await leave(town)
    await town[SCHOOL].desk.casebook.close()  # the machine is gone
    restored = Restored(back_up(town, tmp_path / "clean"), town)
    shutil.rmtree(town[SCHOOL].home)

    casebook = await Casebook.open(restored.url)
    theirs = await threads_of(restored.home, casebook, "Helen Marsh")
    assert theirs == await threads_of(restored.home, casebook, helen)
    assert thread in theirs
    assert len(theirs) == 2  # and the decision to share
    assert await find_thread(casebook, thread[:8]) == thread
    with pytest.raises(KeyUnknown):
        await threads_of(restored.home, casebook, "Nobody At All")
    await casebook.close()

    for group in combinations(CUSTODIANS[:of], need - 1):
        with pytest.raises(CustodiansAbsent):
            await restored.opened(thread, *group)
    casebook = await Casebook.open(restored.url)
    assert OPENED not in {alarm.name for alarm in await casebook.alarms()}  # nothing was opened yet
    await casebook.close()

    for group in combinations(CUSTODIANS[:of], need):
        opened = await restored.opened(thread, *group)
        assert [step.kind for step in opened.steps] == ["share", "accept", "read_back", "hear_back"]
        assert [step.name for step in opened.steps] == [
            "Helen Marsh",
            "Ruth Okafor",
            "Ruth Okafor",
            "Helen Marsh",
        ]
        share, _, read_back, hear_back = opened.steps
        assert CANARY in str(share.said[0].words)
        assert "KanarieMeaningZq" in str(read_back.said[0].words)
        assert hear_back.said[0].refused is None
        assert share.ranking[0].key_point == "O1"
        (decided,) = [one for one in theirs if one != thread]
        (decision,) = (await restored.opened(decided, *group)).steps
        assert decision.kind == "decision"
        assert decision.said[0].words is not None


async def test_it_is_on_record_before_a_word_is_shown(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give(town, 2, 3)
    thread = await closed_share(town)
    await leave(town)
    await town[SCHOOL].desk.casebook.close()
    restored = Restored(back_up(town, tmp_path / "clean"), town)

    async def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("exchange.desk.service.breakglass._names", fail)  # the power fails just then
        with pytest.raises(RuntimeError):
            await restored.opened(thread, *CUSTODIANS[:2])

    casebook = await Casebook.open(restored.url)
    asha, ben = restored.present(*CUSTODIANS[:2])
    (alarm,) = [one for one in await casebook.alarms() if one.name == OPENED]
    assert alarm.subject == thread
    trail = [row.entry for row in await casebook.audit(0) if row.entry.event == OPENED]
    assert [(one.thread, one.agency, one.person) for one in trail] == [
        (thread, SCHOOL, asha),
        (thread, SCHOOL, ben),
    ]
    assert await casebook.broken_audit() is None
    # The reasons are there for the lead, sealed, and nowhere in the clear.
    lead = restored.home.roster.lead
    assert lead == asha
    (kept,) = await casebook.kept_of(lead, "opened/")
    keyring = restored.present(CUSTODIANS[0])[lead]
    roster = restored.home.roster
    why, signed = why_opened(kept, keyring.opening, roster)
    assert (why.by, why.reasons) == ((asha, ben), REASONS)
    assert signed == {asha, ben}
    with pytest.raises(EnvelopeRefused):
        why_opened(kept, restored.present(CUSTODIANS[2]).popitem()[1].opening, roster)
    # Nobody puts a name under it whose hand was not there, or another thread over it.
    raw = open_kept(kept.name.encode(), kept.sealed, keyring.opening)
    cara = roster.find(CUSTODIANS[2])[0].id
    assert read_why(
        raw.replace(f'"person":"{ben}"'.encode(), f'"person":"{cara}"'.encode()), thread, roster
    ).signed == {asha}
    with pytest.raises(ContentsDisagree):
        read_why(raw, "a" * 26, roster)
    await casebook.close()
    assert all(
        b"Helen left" not in data and b"KanarieWords" not in data for data in files(restored.home.path)
    )


@pytest.mark.parametrize("reasons", ["", "   ", "x" * 5000])
async def test_nobody_opens_without_reasons(town: Town, reasons: str) -> None:
    await give(town, 2, 3)
    thread = await closed_share(town)
    await town[SCHOOL].desk.casebook.close()
    with pytest.raises(ReasonsMissing):
        await Restored(town[SCHOOL].home, town).opened(thread, *CUSTODIANS[:2], reasons=reasons)


async def test_a_thread_that_is_not_here_is_unknown_and_leaves_no_trace(town: Town) -> None:
    await give(town, 2, 3)
    await town[SCHOOL].desk.casebook.close()
    restored = Restored(town[SCHOOL].home, town)
    with pytest.raises(ThreadUnknown):
        await restored.opened("a" * 26, *CUSTODIANS[:2])
    casebook = await Casebook.open(restored.url)
    assert OPENED not in {alarm.name for alarm in await casebook.alarms()}
    await casebook.close()


async def test_before_custody_nobody_breaks_the_glass(town: Town) -> None:
    thread = await closed_share(town)
    await town[SCHOOL].desk.casebook.close()
    with pytest.raises(LeadMissing):
        await Restored(town[SCHOOL].home, town).opened(thread, *CUSTODIANS[:2])
    lead = town[SCHOOL].person(CUSTODIANS[0]).person or ""
    people.name_lead(town[SCHOOL].home, person=lead, now=town.clock())
    with pytest.raises(RecordsKeyUndivided):
        await Restored(town[SCHOOL].home, town).opened(thread, *CUSTODIANS[:2])


async def test_what_was_sealed_to_an_earlier_records_key_is_recovered_too(town: Town) -> None:
    await give(town, 2, 3)
    thread = await closed_share(town)
    agency = town[SCHOOL]
    home = load_home(agency.home, town.clock())
    who = [agency.person(name).person or "" for name in CUSTODIANS]
    present = {one: home.unlock_person(one, SECRET) for one in who}
    custody.entrust(
        agency.home,
        people=who[3:],
        need=2,
        present=dict(list(present.items())[3:]),
        now=town.clock(),
        fresh=True,
    )
    await agency.desk.own.refresh()
    await agency.desk.keep_own_roster()
    await town.settle()
    helen = await agency.sign_in("Helen Marsh")
    from exchange.desk.service.drafts import NoteDraft

    await agency.desk.note(helen, thread, 0, NoteDraft(words="KanarieNoteZq"))
    await agency.desk.casebook.close()
    restored = Restored(agency.home, town)
    old = await restored.opened(thread, *CUSTODIANS[:2])
    assert CANARY in str(old.steps[0].said[0].words)
    assert [said.refused for said in old.steps[-1].said] == ["not_for_me"]
    new = await restored.opened(thread, *CUSTODIANS[3:])
    assert "KanarieNoteZq" in str(new.steps[-1].said[0].words)
    assert CANARY not in str(new)
    both = str(await restored.opened(thread, *CUSTODIANS[:2], *CUSTODIANS[3:]))
    assert CANARY in both
    assert "KanarieNoteZq" in both


def files(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_the_lead_is_shown_who_opened_it_and_why_and_nobody_else_is(town: Town) -> None:
    await give(town, 2, 3)
    thread = await closed_share(town)
    await leave(town)
    school = town[SCHOOL]
    await Restored(school.home, town).opened(thread, *CUSTODIANS[1:3])  # while the desk runs
    lead = await school.sign_in(CUSTODIANS[0])
    (alarm,) = await school.desk.alarms(lead)
    assert (alarm.name, alarm.subject) == (OPENED, thread)
    (opening,) = alarm.openings
    assert [one.name for one in opening.by] == list(CUSTODIANS[1:3])
    assert opening.reasons == REASONS
    assert opening.signed
    ended = replace((await school.desk.casebook.alarms())[0], cleared=format_time(town.clock()))
    await school.desk.casebook.record(Change(cleared=(ended,)))  # as an administrator may
    (alarm,) = await school.desk.alarms(lead)
    assert alarm.ended is not None
    assert alarm.openings == (opening,)
    other = await school.sign_in(CUSTODIANS[1])
    assert await school.desk.alarms(other) == ()


async def test_files_come_along_and_what_is_not_whole_leaves_nothing(town: Town, tmp_path: Path) -> None:
    await give(town, 2, 3)
    school, duty = town[SCHOOL], town[DUTY]
    helen = await school.sign_in("Helen Marsh")
    handles = []
    for data in (b"an order " * 9000, b"a photograph " * 9000, b"lost " * 9000):

        async def blocks(data: bytes = data) -> AsyncIterator[bytes]:
            yield data

        handles.append((await school.desk.attach(helen, blocks())).handle)
    attached = tuple(
        DraftAttachment(handle=handle, name=name, media_type="text/plain", why_needed="To see it.")
        for handle, name in zip(handles, ("order.txt", "photo.txt", "lost.txt"), strict=True)
    )
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor"), attachments=attached))
    await school.desk.casebook.close()
    opened = await Restored(school.home, town).opened(posted.thread, *CUSTODIANS[:2])
    assert b"an order" not in opened.model_dump_json().encode()
    files = [file for step in opened.steps for said in step.said for file in said.files]
    assert not any(encode(file.key) in f"{opened!r}{opened.model_dump_json()}" for file in files)
    blobs = BlobFolder(school.home / "blobs")
    damaged, lost = blobs.path(files[1].pin.digest), blobs.path(files[2].pin.digest)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    lost.unlink()
    saved = save_files(opened, blobs, tmp_path / "saved")
    assert [(one.place and one.place.name, one.refused) for one in saved] == [
        ("01-order.txt", None),
        (None, "contents_disagree"),
        (None, "attachment_unknown"),
    ]
    assert [path.name for path in (tmp_path / "saved").iterdir()] == ["01-order.txt"]
    assert (tmp_path / "saved" / "01-order.txt").read_bytes() == b"an order " * 9000
    assert (tmp_path / "saved" / "01-order.txt").stat().st_mode & 0o077 == 0
    again = save_files(opened, blobs, tmp_path / "saved")  # never over a file that is there
    assert again[0].refused == "file_refused"
