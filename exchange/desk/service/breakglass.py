"""Break-glass: custodians together open a thread whose people have left.

Promises: it takes as many custodians as the records key needs, and reasons; who did it and when is in the
audit trail, an alarm for the agency's lead stands, and the reasons are kept for the lead's key, signed by
each of them, before a word is shown. It needs the home and the casebook, also from a backup: no hub, no
running desk.
Never: the rebuilt key, or a word that it opened, is written down here; nothing in the trail or the alarm is
more than an id.

The desk's own keys open each letter, the records key its words. Words that are not the ones that the signed
slip pins, or that break the rules, are not shown, as at a desk: their code is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from exchange.desk.casefile import CaseFiles
from exchange.desk.service.keeping import emphasis_name
from exchange.desk.service.whyopened import REASONS_LIMIT, Read, WhyOpened, read_why, sign_why
from exchange.errors import ContentsDisagree, LeadMissing, ReasonsMissing, ThreadAmbiguous, ThreadUnknown
from exchange.sealing import check_part, open_kept, open_part, seal_kept
from exchange.share.catalogue import Catalogue
from exchange.share.rules import read_contents
from exchange.store.casebook import AlarmRow, AuditEntry, Change, KeptRow
from exchange.wire import limits
from exchange.wire.contents import Emphasis, EmphasisReveal, ShareContents, read_emphasis
from exchange.wire.slip import AttachmentPin
from keys.ceremony.custody import recovered
from keys.entry import Person, read_entry
from keys.errors import KeyUnknown, Problem
from keys.record import Frozen, decode, format_time, new_id
from keys.statement import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from exchange.desk.casefile import CaseFile, Opened
    from exchange.sealing import OpeningKeys
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.keyring import Keyring
    from keys.roster import Roster
    from keys.suite import OpeningKey, SealingKey

OPENED: Final = "records_opened"  # the alarm, and the entry in the audit trail


class OpenedFile(Frozen):
    """A file that belongs to a step; its key is for `openfiles`, and is neither printed nor dumped."""

    name: str
    size: int
    pin: AttachmentPin
    key: Annotated[bytes, Field(exclude=True, repr=False)]


class OpenedWords(Frozen):
    """One audience's words of a step, or the code that says why they are not shown."""

    part: int
    words: dict[str, Any] | None
    refused: str | None
    files: tuple[OpenedFile, ...] = ()


class OpenedStep(Frozen):
    """One step of an opened thread."""

    digest: str
    kind: str
    leg: int | None
    agency: str
    person: str
    name: str
    created: str
    received: str
    verdict: str | None
    said: tuple[OpenedWords, ...]
    ranking: tuple[Emphasis, ...]


class OpenedThread(Frozen):
    """A thread as custodians opened it."""

    thread: str
    agency: str
    keys: tuple[str, ...]
    steps: tuple[OpenedStep, ...]


async def break_glass(  # noqa: PLR0913 - an act of this weight names everything once
    home: AgencyHome,
    casebook: Casebook,
    *,
    thread: str,
    present: Mapping[str, Keyring],
    reasons: str,
    now: datetime,
) -> OpenedThread:
    """Open a thread with the records key that the custodians `present` rebuild, by their unlocked keyrings.

    `LeadMissing`, `ReasonsMissing`, `ThreadUnknown`, or what `recovered` raises; then nothing was opened or
    recorded.
    """
    lead = lead_of(home)
    if not 0 < len(reasons.strip()) <= REASONS_LIMIT:
        raise ReasonsMissing
    keys = await asyncio.to_thread(recovered, home, present)
    files = CaseFiles(home.agency, casebook, home.keyring.opening)
    file = await files.load(thread)
    if not file.opened:
        raise ThreadUnknown
    at = format_time(now)
    why = WhyOpened(agency=home.agency, thread=file.thread, at=at, by=tuple(present), reasons=reasons.strip())
    signed = await asyncio.to_thread(sign_why, why, home.roster, present)
    await casebook.record(_on_record(home, lead, why, signed, keys))
    names = await _names(home, files, file)
    rankings = await _rankings(casebook, file, keys)
    steps = await asyncio.to_thread(_steps, file, keys, names, rankings)
    return OpenedThread(thread=file.thread, agency=home.agency, keys=tuple(keys), steps=steps)


def lead_of(home: AgencyHome) -> Person:
    """Give the agency's lead, under whose eyes it is done; `LeadMissing`."""
    lead = home.roster.lead
    if lead is None:
        raise LeadMissing
    return home.roster.person(lead)


async def threads_of(home: AgencyHome, casebook: Casebook, person: str) -> tuple[str, ...]:
    """Name the threads in which somebody of this agency took part, oldest first.

    `person` is an id, or an exact name by the present roster or an earlier one that the casebook keeps: who
    left is found too. `KeyUnknown` for nobody, or several, of that name.
    """
    files = CaseFiles(home.agency, casebook, home.keyring.opening)
    return await casebook.taken_part(home.agency, await _person(home, files, person))


async def find_thread(casebook: Casebook, text: str) -> str:
    """Find a thread by its first letters; `ThreadUnknown`, or `ThreadAmbiguous`."""
    found = await casebook.beginning(text)
    if len(found) > 1:
        raise ThreadAmbiguous
    if not found:
        raise ThreadUnknown
    return found[0]


def _on_record(
    home: AgencyHome, lead: Person, why: WhyOpened, signed: bytes, keys: Mapping[str, OpeningKey]
) -> Change:
    """Say who opened what, to the lead by an alarm, and keep the reasons for the lead and the records."""
    name = f"{kept_under(why.thread)}{new_id()}"
    readers: list[SealingKey] = [*(key.sealing_key for key in keys.values()), lead.keys[0].sealing_key]
    sealed = seal_kept(name.encode(), signed, readers)
    return Change(
        kept=(KeptRow(name, lead.id, why.thread, sealed, why.at),),
        alarms=(AlarmRow(OPENED, why.thread, why.at),),
        audit=tuple(AuditEntry(OPENED, why.at, why.thread, None, home.agency, who) for who in why.by),
    )


def kept_under(thread: str) -> str:
    """With what the names begin under which it is kept why a thread was opened."""
    return f"opened/{thread}/"


def why_opened(row: KeptRow, keys: OpeningKeys, roster: Roster) -> Read:
    """Read why a thread was opened, with the lead's own key; `EnvelopeRefused` for another's."""
    return read_why(open_kept(row.name.encode(), row.sealed, keys), row.thread or "", roster)


async def _person(home: AgencyHome, files: CaseFiles, text: str) -> str:
    known = {entry.id for entry in home.roster.people if text in {entry.id, entry.name}}
    if not known:
        for document in reversed(await files.rosters(home.agency)):
            entries = map(read_entry, document.entries)
            people = (entry for entry in entries if isinstance(entry, Person))
            known = {entry.id for entry in people if text in {entry.id, entry.name}}
            if known:
                break
    if len(known) != 1:
        raise KeyUnknown
    return known.pop()


async def _names(home: AgencyHome, files: CaseFiles, file: CaseFile) -> dict[tuple[str, str], str]:
    """Names by agency and person, the newest word on each: also of people who left."""
    names: dict[tuple[str, str], str] = {}
    for agency in sorted({one.step.slip.author.agency for one in file.opened.values()}):
        for document in await files.rosters(agency):
            for entry in map(read_entry, document.entries):
                if isinstance(entry, Person):
                    names[agency, entry.id] = entry.name
    names |= {(home.agency, entry.id): entry.name for entry in home.roster.people}
    return names


async def _rankings(
    casebook: Casebook, file: CaseFile, keys: Mapping[str, OpeningKey]
) -> dict[str, tuple[Emphasis, ...]]:
    """Open the rankings that the thread's author kept for each version, where this agency is the author's."""
    found: dict[str, tuple[Emphasis, ...]] = {}
    for digest, one in file.opened.items():
        for leg in range(len(one.step.slip.to)):
            name = emphasis_name(digest, leg)
            row = await casebook.kept(name)
            if row is None:
                continue
            try:
                raw = open_kept(name.encode(), row.sealed, keys)
            except Problem:
                continue  # sealed to a records key that nobody here could rebuild
            reveal = load(raw, EmphasisReveal, limit=2 * limits.CONTENTS)
            found[digest] = (*found.get(digest, ()), read_emphasis(decode(reveal.emphasis)))
    return found


def _steps(
    file: CaseFile,
    keys: Mapping[str, OpeningKey],
    names: Mapping[tuple[str, str], str],
    rankings: Mapping[str, tuple[Emphasis, ...]],
) -> tuple[OpenedStep, ...]:
    catalogue = Catalogue.load()
    placed = [step.digest for step in file.status.order]
    loose = sorted(set(file.opened) - set(placed))
    return tuple(
        _step(file.opened[digest], keys, names, rankings.get(digest, ()), catalogue)
        for digest in (*placed, *loose)
    )


def _step(
    one: Opened,
    keys: Mapping[str, OpeningKey],
    names: Mapping[tuple[str, str], str],
    ranking: tuple[Emphasis, ...],
    catalogue: Catalogue,
) -> OpenedStep:
    slip = one.step.slip
    return OpenedStep(
        digest=one.step.digest,
        kind=slip.kind,
        leg=slip.leg,
        agency=slip.author.agency,
        person=slip.author.person,
        name=names.get((slip.author.agency, slip.author.person), ""),
        created=slip.created,
        received=one.received,
        verdict=slip.verdict,
        said=tuple(_words(one, number, keys, catalogue) for number in range(len(one.letter.parts))),
        ranking=ranking,
    )


def _words(one: Opened, number: int, keys: Mapping[str, OpeningKey], catalogue: Catalogue) -> OpenedWords:
    slip, ring = one.step.slip, one.letter.parts[number]
    try:
        opened = open_part(ring, keys)
        check_part(opened, slip.contents[number], ring)
        contents = read_contents(slip.kind, opened.contents, slip, catalogue)
    except Problem as problem:
        return OpenedWords(part=number, words=None, refused=problem.code)
    notes = contents.attachments if isinstance(contents, ShareContents) else ()
    if len(notes) != len(opened.attachment_keys):
        return OpenedWords(part=number, words=None, refused=ContentsDisagree.code)
    files = tuple(
        OpenedFile(name=note.name, size=note.size, pin=slip.attachments[note.pin], key=key)
        for note, key in zip(notes, opened.attachment_keys, strict=True)
    )
    return OpenedWords(part=number, words=contents.model_dump(mode="json"), refused=None, files=files)
