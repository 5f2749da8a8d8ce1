"""Certificates by somebody who makes them up, and honest ones that circumstances turn against."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import PASSPHRASE
from notary import signers
from two_agencies import SALT, Table, childrens, proven, school

from exchange.errors import ContentsDisagree
from exchange.evidence.certify import certify
from exchange.evidence.verify import verify
from exchange.wire.contents import EmphasisReveal
from keys.ceremony.agency import revoke
from keys.ceremony.people import revoke_person_key
from keys.errors import KeyRevoked, Problem, QuorumMissing
from keys.keystore import Passphrase
from keys.record import encode

if TYPE_CHECKING:
    from doubles import Agency, Town

    from exchange.wire.slip import Party

SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"


def _closed(**words: dict[str, Any]) -> Table:
    """A closed leg; `words` changes what was said in each kind of step."""
    sender, recipient = school(), childrens()
    table = Table(sender, recipient, (recipient.party("s"),))
    share = table.lay("share", sender, "l", leg=None, words=words.get("share", {}))
    table.lay("accept", recipient, "s", answers=share, words=words.get("accept", {}))
    said = {"version": share} | words.get("read_back", {})
    read_back = table.lay("read_back", recipient, "s", answers=share, words=said)
    said = {"read_back": read_back} | words.get("hear_back", {})
    table.lay("hear_back", sender, "l", answers=read_back, verdict="agreed", words=said)
    return table


def _certificate(table: Table) -> bytes:
    return certify(0, table.signed, table.shown(), table.rosters, table.spoken)


@pytest.mark.parametrize("salt", [b"", SALT[:-1], SALT + b"s"])
def test_a_salt_of_another_length_is_a_refusal_and_no_accident(salt: bytes) -> None:
    data = json.loads(_certificate(_closed()))
    data["words"][0]["salt"] = encode(salt)
    with pytest.raises(ContentsDisagree):
        proven(json.dumps(data, separators=(",", ":")).encode())


def test_so_is_that_of_a_revealed_ranking() -> None:
    false = EmphasisReveal(salt=encode(b"short"), emphasis=encode(b"{}"))
    with pytest.raises(Problem):
        proven(_certificate(_closed(hear_back={"reveal": false})))


@pytest.mark.parametrize(
    "words",
    ["He did \u202eton\u202c hit her.", "Plain.\x1b[2J\x1b[HVERIFIED", "Plain.\x9b2J"],
    ids=["reversed", "escape", "c1"],
)
def test_words_that_read_otherwise_than_they_are_prove_nothing(words: str) -> None:
    """Nobody could have read them at a desk either: there they are refused."""
    with pytest.raises(Problem):
        proven(_certificate(_closed(read_back={"will_do": words})))


async def _restated(town: Town, sender: Agency, who: str, to: Party) -> str:
    """A share that Ruth Okafor restated; its thread."""
    recipient = town[DUTY]
    author = await sender.sign_in(who)
    posted = await sender.desk.share(author, spoken.share(to))
    await town.settle()
    reader = await recipient.sign_in("Ruth Okafor")
    await recipient.desk.accept(reader, posted.thread, 0, spoken.ACCEPTED)
    words = await recipient.desk.read(reader, posted.thread, 0)
    await recipient.desk.read_back(reader, posted.thread, 0, spoken.restated(words))
    await town.settle()
    return posted.thread


async def test_a_share_within_one_agency_has_a_certificate_too(town: Town) -> None:
    duty = town[DUTY]
    thread = await _restated(town, duty, "Ida Voss", duty.role("Duty social worker"))
    ida = await duty.sign_in("Ida Voss")
    words = await duty.desk.read(ida, thread, 0)
    await duty.desk.hear_back(ida, thread, 0, spoken.agreed(words))
    made = await duty.desk.certificate(ida, thread, 0)
    assert verify(made, duty.desk.trust.policy).leg.state.value == "closed"


async def test_a_signing_key_that_is_revoked_meanwhile_leaves_the_certificate_standing(town: Town) -> None:
    """The roster that it signed counts no more; the next one vouches for the same people."""
    school, duty = town[SCHOOL], town[DUTY]
    thread = await _restated(town, school, "Helen Marsh", duty.person("Ruth Okafor"))
    town.clock.forward(hours=2)
    key = school.desk.own.home.keys.signing.key_id
    size = school.desk.trust.directory.size  # from now on
    revoke(school.home, key_id=key, from_index=size, passphrase=Passphrase(PASSPHRASE), now=town.clock())
    await school.desk.own.refresh()
    await school.desk.keep_own_roster()
    await town.tell_directory()
    await town.settle()
    helen = await school.sign_in("Helen Marsh")
    words = await school.desk.read(helen, thread, 0)
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(words))
    await town.settle()
    ruth = await duty.sign_in("Ruth Okafor")
    for made in (
        await school.desk.certificate(helen, thread, 0),
        await duty.desk.certificate(ruth, thread, 0),
    ):
        assert verify(made, school.desk.trust.policy).leg.state.value == "closed"


async def _closed_at_desks(town: Town) -> tuple[str, bytes]:
    """A share from Helen Marsh that Ruth Okafor restated and that closed; its thread and its certificate."""
    school = town[SCHOOL]
    thread = await _restated(town, school, "Helen Marsh", town[DUTY].person("Ruth Okafor"))
    helen = await school.sign_in("Helen Marsh")
    words = await school.desk.read(helen, thread, 0)
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(words))
    await town.settle()
    return thread, await school.desk.certificate(helen, thread, 0)


async def _take_back(town: Town, helens_from: int | None = None, *agency_keys: tuple[str, int]) -> None:
    """The school revokes keys from there on, and Helen Marsh's; everybody hears of it."""
    school = town[SCHOOL]
    town.clock.forward(hours=2)
    for key, from_index in agency_keys:
        revoke(
            school.home,
            key_id=key,
            from_index=from_index,
            passphrase=Passphrase(PASSPHRASE),
            now=town.clock(),
        )
    if helens_from is not None:
        person = school.person("Helen Marsh").person or ""
        key = school.desk.own.home.roster.person(person).keys[0].verifying_key.key_id
        revoke_person_key(school.home, person=person, key_id=key, now=town.clock(), revoked_from=helens_from)
    await school.desk.own.refresh()
    await school.desk.keep_own_roster()
    await town.tell_directory()
    await town.settle()


async def test_what_closed_stands_after_every_key_in_it_was_changed(town: Town) -> None:
    """The bytes of then, and what the other desk writes now: of the log as it was when it closed."""
    thread, before = await _closed_at_desks(town)
    home = town[SCHOOL].desk.own.home
    size = town[SCHOOL].desk.trust.size
    transport, signing = home.keys.transport.key_id, home.keys.signing.key_id
    await _take_back(town, size + 1, (transport, size), (signing, size + 1))
    policy = town[DUTY].desk.trust.policy
    assert verify(before, policy).leg.state.value == "closed"
    ruth = await town[DUTY].sign_in("Ruth Okafor")
    after = verify(await town[DUTY].desk.certificate(ruth, thread, 0), policy)
    assert after.log.checkpoint.size == size
    assert town[DUTY].desk.trust.size > size + 2


async def test_a_revocation_that_reaches_back_is_not_hidden_by_an_honest_desk(town: Town) -> None:
    """Helen's key was stolen before she is said to have agreed: nobody is given evidence that she did."""
    thread, _ = await _closed_at_desks(town)
    await _take_back(town, 1)
    ruth = await town[DUTY].sign_in("Ruth Okafor")
    with pytest.raises(KeyRevoked):
        await town[DUTY].desk.certificate(ruth, thread, 0)


async def test_nor_is_one_of_the_agencys_own_key(town: Town) -> None:
    """The newest log is shown, and the roster that the next key signed vouches for the same people."""
    thread, _ = await _closed_at_desks(town)
    size = town[SCHOOL].desk.trust.size
    await _take_back(town, None, (town[SCHOOL].desk.own.home.keys.signing.key_id, size))
    ruth = await town[DUTY].sign_in("Ruth Okafor")
    made = await town[DUTY].desk.certificate(ruth, thread, 0)
    shown = verify(made, town[DUTY].desk.trust.policy)
    assert shown.log.checkpoint.size == town[DUTY].desk.trust.size > size


async def test_under_a_later_policy_the_newest_log_is_shown(town: Town) -> None:
    """The witnesses of then are not those of now: their checkpoint would not count any more."""
    thread, before = await _closed_at_desks(town)
    duty = town[DUTY].desk
    town.notary.witnesses = signers("four", "five", "six")
    policy = town.notary.policy(*town.founders.values())
    with pytest.raises(QuorumMissing):
        verify(before, policy)
    for name in town.founders:
        town[name].desk.trust.use_policy(policy)
    ruth = await town[DUTY].sign_in("Ruth Okafor")
    with pytest.raises(QuorumMissing):  # no witness of now has seen the log yet
        await duty.certificate(ruth, thread, 0)
    await _take_back(town, None, (town[SCHOOL].desk.own.home.keys.transport.key_id, 1))
    shown = verify(await duty.certificate(ruth, thread, 0), policy)
    assert shown.log.checkpoint.size == duty.trust.size
