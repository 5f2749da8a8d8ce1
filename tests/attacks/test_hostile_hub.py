"""The hub itself attacks: each lie that a log's keeper can tell is refused or alarmed by name."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import spoken
from courier_world import until
from hostile_hub import hostile_city
from notary import believing, root_of, signers

from exchange.desk.courier import directory
from exchange.desk.courier.rosters import roster_letter
from exchange.errors import RecipientUnknown
from exchange.sealing import PostalSlot, seal_envelope
from exchange.wire.slip import Party
from keys.ceremony.agency import found, revoke, rotate
from keys.ceremony.people import renew_roster, suspend
from keys.entry import Person, PersonKey, RosterDocument, RosterDraft, sign_roster
from keys.errors import AgencyUnknown, AgencyUnsponsored, KeyRevoked, QuorumMissing
from keys.event import Rotate
from keys.keystore import Cost, Passphrase
from keys.record import encode, format_time, new_id
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey, SigningKey
from keys.transparency.cosignature import cosign
from keys.transparency.note import NoteSigner, read_note
from keys.transparency.policy import Policy, open_checkpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hostile_hub import HostileCity

    from exchange.desk.app import RunningDesk
    from exchange.wire.keylog import DirectoryPage
    from keys.ceremony.home import AgencyHome
    from keys.transparency.note import VerifierKey

SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"
PASSPHRASE = Passphrase("correct horse battery staple")
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that a test need not wait."""
    monkeypatch.setattr(directory, "LIVELY", 0.1)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[HostileCity]:
    """A school, whose desk is the log's witness, and children's services."""
    async with hostile_city(tmp_path) as made:
        await settle_in(made)
        yield made


async def settle_in(city: HostileCity) -> None:
    await city.open(SCHOOL, {"Helen Marsh": "designated safeguarding lead", "Tom Reed": "attendance officer"})
    await city.open(DUTY, {"Ruth Okafor": "social worker"})
    school, duty = city.desks[SCHOOL], city.desks[DUTY]
    await until(lambda: knows(school, DUTY) and knows(duty, SCHOOL))
    await until(lambda: quiet(school, duty))


def knows(desk: RunningDesk, agency: str) -> bool:
    return desk.desk.trust.roster(agency) is not None


def quiet(*desks: RunningDesk) -> bool:
    """Whether all of them rely on all that there is."""
    logs = [desk.desk.trust.log for desk in desks]
    return len({log.ahead.size for log in logs}) == 1 == len({log.directory.size for log in logs})


def relied_size(desk: RunningDesk) -> int:
    """How many entries the newest checkpoint with a quorum covers, all of which this desk has taken up."""
    log = desk.desk.trust.log
    return log.directory.size if log.directory.size == log.ahead.size == desk.desk.trust.size else -1


async def alarms(desk: RunningDesk) -> set[str]:
    return {alarm.name for alarm in await desk.desk.casebook.alarms()} - {"records_key_undivided"}


async def alarmed(desk: RunningDesk, name: str) -> None:
    async def rings() -> bool:
        return name in await alarms(desk)

    await until(rings)


async def refused(desk: RunningDesk, code: str) -> None:
    async def stands() -> bool:
        return code in {row.code for row in await desk.desk.casebook.refused()}

    await until(stands)


async def entries(desk: RunningDesk) -> list[Signed]:
    return [Signed(row.payload, row.signature) for row in await desk.desk.casebook.log_entries()]


def agency(home: Path, name: str) -> AgencyHome:
    """Found an agency, whoever that may be."""
    return found(home, agency=name, name=name, passphrase=PASSPHRASE, now=datetime.now(UTC), cost=CHEAP)


def party(agency: str, person: str) -> Party:
    return Party(agency=agency, person=person)


async def sends_nothing(desk: RunningDesk) -> None:
    state = await desk.courier.state()
    assert not state.sending


# --- another key for a person --------------------------------------------------------------------


def roster_of_a_liar(true: RosterDocument, named: str | None = None) -> RosterDocument:
    """The same people under keys of the hub's own, in the next version."""
    signing, now = SigningKey.generate(), datetime.now(UTC)
    pair = PersonKey(
        signing=encode(signing.verifying_key.to_bytes()),
        sealing=encode(OpeningKey.generate().sealing_key.to_bytes()),
        not_before=format_time(now - timedelta(days=1)),
        not_after=format_time(now + timedelta(days=30)),
        revoked=None,
        revoked_from=None,
    )
    helen = Person(id=new_id(), salt=new_id(), name="Helen Marsh", post="lead", suspended=None, keys=(pair,))
    listed = true.list()
    draft = RosterDraft(
        agency=listed.agency, version=listed.version + 1, created=listed.created, expires=listed.expires
    )
    forged = sign_roster(draft, (helen,), signing)
    if named is None:
        return forged
    payload = dump(forged.list().model_copy(update={"key": named}))
    return RosterDocument(payload, sign(Kind.ROSTER, payload, signing).signature, forged.entries)


async def test_another_key_for_a_person(city: HostileCity) -> None:
    school, duty = city.desks[SCHOOL].desk, city.desks[DUTY]
    before = duty.desk.trust.roster(SCHOOL)
    slot = PostalSlot(DUTY, duty.desk.trust.directory.agency(DUTY).mailbox)
    true = school.own.home.roster_document
    for forged in (roster_of_a_liar(true), roster_of_a_liar(true, true.list().key)):
        city.hub_itself.swaps.setdefault(DUTY, []).append(
            seal_envelope(new_id(), roster_letter(forged), [slot])
        )
    for _ in range(2):
        renew_roster(school.own.home.path, now=datetime.now(UTC))
        await school.own.refresh()
        city.desks[SCHOOL].courier._renewed()
        left = len(city.hub_itself.swaps[DUTY])
        await until(lambda left=left: len(city.hub_itself.swaps[DUTY]) < left)
    await refused(duty, "roster_forged")
    held = [row.code for row in await duty.desk.casebook.held()]
    assert held == ["key_unknown"], "signed by a key that is nobody's: it waits for a log that never comes"
    assert duty.desk.trust.roster(SCHOOL) is before


# --- another key for an agency -------------------------------------------------------------------


async def test_another_key_for_an_agency(city: HostileCity) -> None:
    duty = city.desks[DUTY]
    known = duty.desk.trust.directory.agency(SCHOOL)
    signing, root = SigningKey.generate(), SigningKey.generate()
    rotation = Rotate(
        agency=SCHOOL,
        seq=known.seq + 1,
        prev=known.head,
        created=format_time(datetime.now(UTC)),
        signing=encode(signing.verifying_key.to_bytes()),
        mailbox=None,
        transport=None,
        witness=None,
    )
    forged = sign(Kind.AGENCY_EVENT, dump(rotation), root)
    city.hub_itself.shows[DUTY] = city.hub_itself.forged([*await entries(duty), forged])
    await alarmed(duty, "directory_event_refused")
    await sends_nothing(duty)
    assert duty.desk.trust.agency_keys(SCHOOL) == known


async def test_another_agency_under_a_known_name(tmp_path: Path) -> None:
    """To a desk that is new, the hub shows a school of its own founding, which its own witness vouches for."""
    held = signers("the-hubs-own")

    def deceived(log: VerifierKey, *homes: AgencyHome) -> Policy:
        return believing(log, *homes).model_copy(update={"witnesses": (held[0].verifier.vkey,)})

    async with hostile_city(tmp_path, deceived) as city:
        true = tmp_path / SCHOOL
        impostor = agency(tmp_path / "impostor", SCHOOL)
        city.founders.append(agency(true, SCHOOL))  # the school that people compared
        at = int(datetime.now(UTC).timestamp())
        city.hub_itself.shows[DUTY] = city.hub_itself.forged(impostor.events, by=held, at=at)
        duty = await city.open(DUTY, {"Ruth Okafor": "social worker"})
        await until(lambda: duty.desk.trust.size == 1)
        with pytest.raises(AgencyUnsponsored):
            duty.desk.trust.agency_keys(SCHOOL)
        assert root_of(impostor) not in duty.desk.trust.policy.founders.values()


# --- a hidden revocation, a frozen log -----------------------------------------------------------


async def test_a_hidden_revocation(city: HostileCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub says that it took the school's revocation, and shows it to nobody: the school hears of that."""
    monkeypatch.setattr(directory, "OVERDUE", 1)
    school = city.desks[SCHOOL]
    city.hub_itself.swallows = True
    home = school.desk.own.home
    revoke(
        home.path, key_id=home.keys.signing.key_id, passphrase=PASSPHRASE, now=datetime.now(UTC), from_index=0
    )
    await school.desk.own.refresh()
    school.courier._renewed()
    await alarmed(school, "log_frozen")


async def test_a_frozen_log(city: HostileCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """One desk is shown yesterday's log for ever, whatever the others see; it hears of that from the clock."""
    monkeypatch.setattr(directory, "STALE", 2)
    duty = city.desks[DUTY]
    relied = duty.desk.trust.log.relied
    assert relied is not None
    note = relied.note.decode()
    city.hub_itself.shows[DUTY] = lambda _, page: page.model_copy(
        update={"entries": (), "checkpoint": note, "consistency": ()}
    )
    await alarmed(duty, "log_frozen")


async def test_a_revocation_hidden_from_one_desk_holds_back_what_was_said_after_it(city: HostileCity) -> None:
    """What relies on more of the log than this desk was shown is not believed, and not lost."""
    school, duty = city.desks[SCHOOL], city.desks[DUTY]
    frozen = city.hub_itself.forged(await entries(duty))
    city.hub_itself.shows[DUTY] = frozen
    home, size = school.desk.own.home, duty.desk.trust.size
    stolen = home.keys.signing.key_id
    revoke(home.path, key_id=stolen, passphrase=PASSPHRASE, now=datetime.now(UTC), from_index=size)
    await school.desk.own.refresh()
    school.courier._renewed()
    await until(lambda: school.desk.trust.size > size)
    (ruth,) = duty.desk.own.home.roster.people
    helen = await city.client(SCHOOL, "Helen Marsh")
    await helen.post("/shares", spoken.share(party(DUTY, ruth.id)).model_dump(mode="json"))

    async def held() -> bool:
        return "directory_behind" in {row.code for row in await duty.desk.casebook.held()}

    await until(held)
    assert duty.desk.trust.agency_keys(SCHOOL).signing_key(stolen, size), "it does not know of the revocation"
    del city.hub_itself.shows[DUTY]

    async def arrived() -> bool:
        return await duty.desk.casebook.held_count() == 0

    await until(arrived)
    with pytest.raises(KeyRevoked):
        duty.desk.trust.agency_keys(SCHOOL).signing_key(stolen, duty.desk.trust.size)


# --- forked, rolled back, reordered --------------------------------------------------------------


async def test_a_forked_log_shown_to_one_desk(city: HostileCity) -> None:
    school, duty = city.desks[SCHOOL], city.desks[DUTY]
    honest = await entries(duty)
    other = agency(city.folder / "other", "eastvale-police")
    city.hub_itself.shows[DUTY] = city.hub_itself.forged([*other.events, *honest])
    await alarmed(duty, "log_forked")
    await sends_nothing(duty)
    (row,) = await duty.desk.casebook.contradictions()
    policy = duty.desk.trust.policy
    shown, known = (open_checkpoint(note, policy).checkpoint for note in (row.shown, row.known))
    assert shown.size > known.size, "two statements of one log key, of which neither continues the other"
    assert city.hub_itself.confronted, "and the hub was told"
    assert await alarms(school) == set()


async def test_a_forked_log_to_two_desks_is_found_when_they_write(tmp_path: Path) -> None:
    """Every witness lies: both histories have a quorum. Then the desks' slips tell on the hub."""
    held = signers("the-hubs-own", "its-friend")

    def deceived(log: VerifierKey, *homes: AgencyHome) -> Policy:
        vkeys = tuple(one.verifier.vkey for one in held)
        return believing(log, *homes).model_copy(update={"witnesses": vkeys, "quorum": 2})

    async with hostile_city(tmp_path, deceived) as city:
        liar = city.hub_itself

        def vouched(after: int, page: DirectoryPage) -> DirectoryPage:
            note, at = read_note(page.checkpoint.encode()), int(datetime.now(UTC).timestamp())
            lines = (cosign(note.text, at, one) for one in held)
            return page.model_copy(update={"checkpoint": note.joined(*lines).to_bytes().decode()})

        liar.shows = {SCHOOL: vouched, DUTY: vouched}
        await settle_in(city)
        school, duty = city.desks[SCHOOL], city.desks[DUTY]
        true: list[Signed] = []

        async def frozen() -> bool:
            """An anchor may still be on its way: from here on nobody is shown another entry."""
            true[:] = max(await entries(school), await entries(duty), key=len)
            now = int(datetime.now(UTC).timestamp())
            for whose in (SCHOOL, DUTY):
                liar.shows[whose] = liar.forged(true, by=held, at=now)
            await asyncio.sleep(0.5)
            return relied_size(school) == relied_size(duty) == len(true)

        await until(frozen)
        branches = [agency(tmp_path / name, name) for name in ("eastvale-police", "westvale-police")]
        at = int(datetime.now(UTC).timestamp())
        for whose, branch in zip((SCHOOL, DUTY), branches, strict=True):
            liar.shows[whose] = liar.forged([*true, *branch.events], by=held, at=at)
        await until(lambda: school.desk.trust.size == duty.desk.trust.size == len(true) + 1)
        assert school.desk.trust.log_head().root != duty.desk.trust.log_head().root
        (ruth,) = duty.desk.own.home.roster.people
        helen = await city.client(SCHOOL, "Helen Marsh")
        await helen.post("/shares", spoken.share(party(DUTY, ruth.id)).model_dump(mode="json"))
        await refused(duty, "log_forked")
        await alarmed(duty, "log_forked")
        # The hub, which the duty desk confronts with its own note, may be found out as well.
        assert SCHOOL in {row.agency for row in await duty.desk.casebook.contradictions()}


async def test_a_rolled_back_log(city: HostileCity) -> None:
    duty = city.desks[DUTY]
    before = duty.desk.trust.log_head()
    city.hub_itself.shows[DUTY] = city.hub_itself.forged((await entries(duty))[:-1])
    await alarmed(duty, "log_rolled_back")
    await sends_nothing(duty)
    assert duty.desk.trust.log_head() == before
    await until(lambda: city.hub_itself.confronted)
    del city.hub_itself.shows[DUTY]

    async def over() -> bool:
        return await alarms(duty) == set() and (await duty.courier.state()).sending

    await until(over)


@pytest.mark.parametrize("how", ["dropped", "reordered", "added"])
async def test_a_reordered_or_dropped_event(city: HostileCity, how: str) -> None:
    """The checkpoint is of the true log; what comes with it is not."""
    school, duty = city.desks[SCHOOL], city.desks[DUTY]
    liar = city.hub_itself

    def show(after: int, page: DirectoryPage) -> DirectoryPage:
        if len(page.entries) < 2:  # wait until there are two at once
            return frozen(after, page)
        first, second, *rest = page.entries
        wrong = {
            "dropped": (first, *rest),
            "reordered": (second, first, *rest),
            "added": (first, *page.entries),
        }
        return page.model_copy(update={"entries": tuple(wrong[how])})

    frozen = liar.forged(await entries(duty))
    liar.shows[DUTY] = show
    home = school.desk.own.home.path
    for kind in ("signing", "mailbox"):
        rotate(home, passphrase=PASSPHRASE, now=datetime.now(UTC), kinds=frozenset({kind}))
    await school.desk.own.refresh()
    school.courier._renewed()
    await alarmed(duty, "entry_dropped")
    await sends_nothing(duty)


# --- a replayed roster ---------------------------------------------------------------------------


async def test_a_replayed_roster(city: HostileCity) -> None:
    """Tom left; the hub brings back the roster in which he had not."""
    school, duty = city.desks[SCHOOL], city.desks[DUTY]
    old = next(data for whose, data in city.hub_itself.delivered if whose == DUTY)
    home = school.desk.own.home
    (tom,) = home.roster.find("Tom Reed")
    suspend(home.path, person=tom.id, now=datetime.now(UTC))
    await school.desk.own.refresh()
    school.courier._renewed()
    version = school.desk.own.home.roster.version
    await until(lambda: (at := duty.desk.trust.roster(SCHOOL)) is not None and at.version == version)
    city.hub_itself.swaps[DUTY] = [old]
    renew_roster(home.path, now=datetime.now(UTC))
    await school.desk.own.refresh()
    school.courier._renewed()
    await refused(duty, "roster_rolled_back")
    now = duty.desk.trust.roster(SCHOOL)
    assert now is not None
    assert now.person(tom.id).suspended is not None


# --- witnesses that are none ---------------------------------------------------------------------


async def test_a_forged_cosignature(city: HostileCity) -> None:
    """It bears the name and the key's id of the school's witness, who did not make it."""
    school, duty = city.desks[SCHOOL], city.desks[DUTY]
    witness = NoteSigner(SCHOOL, school.desk.own.home.witness_key)
    other = agency(city.folder / "ghost", "ghost-agency")
    forged = city.hub_itself.forged([*await entries(duty), *other.events])
    line = cosign("another text\n", int(datetime.now(UTC).timestamp()), witness)

    def show(after: int, page: DirectoryPage) -> DirectoryPage:
        shown = forged(after, page)
        note = read_note(shown.checkpoint.encode()).joined(line)
        return shown.model_copy(update={"checkpoint": note.to_bytes().decode()})

    city.hub_itself.shows[DUTY] = show
    await alarmed(duty, "cosignature_forged")
    await sends_nothing(duty)
    with pytest.raises(AgencyUnknown):
        duty.desk.trust.agency_keys("ghost-agency")


async def test_a_quorum_of_its_own_inventions(city: HostileCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten witnesses vouch for an agency that nobody knows; none of them is in the policy."""
    monkeypatch.setattr(directory, "STALE", 2)
    duty = city.desks[DUTY]
    ghost = agency(city.folder / "ghost", "ghost-agency")
    invented = signers(SCHOOL, *(f"witness-{number}" for number in range(9)))
    at, size = int(datetime.now(UTC).timestamp()), duty.desk.trust.size
    longer = [*await entries(duty), *ghost.events]
    city.hub_itself.public = city.hub_itself.note(longer, by=invented, at=at)
    city.hub_itself.shows[DUTY] = city.hub_itself.forged(longer, by=invented, at=at)
    await until(lambda: duty.desk.trust.log.ahead.size == size + 1)
    assert duty.desk.trust.size == size
    newest = duty.desk.trust.log.newest
    assert newest is not None
    with pytest.raises(QuorumMissing):
        newest.witnessed.require_quorum()
    with pytest.raises(AgencyUnknown):
        duty.desk.trust.agency_keys("ghost-agency")
    with pytest.raises(RecipientUnknown):
        duty.desk.trust.sealing_key(party("ghost-agency", new_id()), datetime.now(UTC))
    await alarmed(duty, "log_frozen")
