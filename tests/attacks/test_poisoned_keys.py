"""An admitted agency enrols with keys that are made to do harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import PASSPHRASE, START

from keys.ceremony.agency import found
from keys.ceremony.people import renew_roster
from keys.directory import Directory
from keys.errors import KeysProblem, Malformed
from keys.event import Enrol, Mailbox
from keys.keystore import Cost, Passphrase
from keys.notekey import WitnessKey
from keys.record import encode
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey, SealingKey, SigningKey, TransportKey

if TYPE_CHECKING:
    from doubles import Town

# Points of small order on Curve25519 (RFC 7748, section 6.1, and "May the fourth be with you"): with any of
# them X25519 yields nothing but zeros.
SMALL = (
    bytes(32),
    (1).to_bytes(32, "little"),
    (2**255 - 20).to_bytes(32, "little"),
    (2**255 - 19).to_bytes(32, "little"),
    (2**255 - 18).to_bytes(32, "little"),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
)


def enrolment(mailbox: bytes, *, name: str = "Zed") -> Signed:
    root, signing = SigningKey.generate(), SigningKey.generate()
    event = Enrol(
        agency="zz-agency",
        prev=None,
        created="2026-11-23T09:00:00Z",
        name=name,
        root=encode(root.verifying_key.to_bytes()),
        next_root="0" * 64,
        signing=encode(signing.verifying_key.to_bytes()),
        mailbox=Mailbox(epoch=1, key=encode(mailbox)),
        transport=encode(TransportKey.generate().public.to_bytes()),
        witness=encode(WitnessKey.generate().public.to_bytes()),
    )
    return sign(Kind.AGENCY_EVENT, dump(event), root)


@pytest.mark.parametrize("point", SMALL, ids=range(len(SMALL)))
def test_a_key_to_which_nothing_can_be_sealed_is_no_key(point: bytes) -> None:
    honest = OpeningKey.generate().sealing_key.to_bytes()
    with pytest.raises(Malformed):
        SealingKey.from_bytes(honest[:-32] + point)


async def _joined_by(town: Town, event: Signed) -> None:
    """The hub took it: every desk is shown it, if it is an event at all."""
    directory = Directory()
    for one in town.notary.entries:
        directory.apply(one)
    try:
        directory.apply(event)
    except KeysProblem:
        return  # so it is at the hub, and at every desk
    town.notary.add([event])
    await town.tell_directory()


async def _mail_still_goes(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    renew_roster(school.home, now=START)  # which is owed to everybody at once
    await school.desk.own.refresh()
    helen = await school.sign_in("Helen Marsh")
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))
    await town.settle()
    assert len(await duty.desk.casebook.steps(posted.thread)) == 1


async def test_a_mailbox_to_which_nothing_can_be_sealed_stops_nobody_elses_mail(town: Town) -> None:
    honest = OpeningKey.generate().sealing_key.to_bytes()
    await _joined_by(town, enrolment(honest[:-32] + bytes(32)))
    await _mail_still_goes(town)


async def test_a_mailbox_under_somebody_elses_key_stops_nobody_elses_mail(town: Town) -> None:
    """Two slots of one envelope may not have one key: so a copied one must not keep it from being sealed."""
    copied = town["northshire-childrens"].desk.own.home.keys.mailbox.to_bytes()
    await _joined_by(town, enrolment(copied))
    await _mail_still_goes(town)


def test_nobody_enrols_with_a_key_of_another_agency(town_events: list[Signed]) -> None:
    directory = Directory()
    for event in town_events:
        directory.apply(event)
    copied = directory.agency("northshire-childrens").mailbox.to_bytes()
    before = directory.root
    with pytest.raises(KeysProblem) as refused:
        directory.apply(enrolment(copied))
    assert refused.value.code == "key_taken"
    assert directory.root == before


@pytest.mark.parametrize(
    "name", ["Northshire", "NORTHSHIRE", " North shire".strip(), "North-shire.", "\uff2eorthshire"]
)
def test_nobody_enrols_under_the_name_of_another_agency(town_events: list[Signed], name: str) -> None:
    """Whoever looks for somebody to write to sees names: theirs, and their agency's."""
    directory = Directory()
    for event in town_events:
        directory.apply(event)
    with pytest.raises(KeysProblem) as refused:
        directory.apply(enrolment(OpeningKey.generate().sealing_key.to_bytes(), name=name))
    assert refused.value.code == "name_taken"


@pytest.fixture
def town_events(tmp_path_factory: pytest.TempPathFactory) -> list[Signed]:
    home = tmp_path_factory.mktemp("home") / "northshire-childrens"
    cheap = Cost(memory_kib=8, passes=1, lanes=1)
    made = found(
        home,
        agency="northshire-childrens",
        name="Northshire",
        passphrase=Passphrase(PASSPHRASE),
        now=START,
        cost=cheap,
    )
    return list(made.events)
