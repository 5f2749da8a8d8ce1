"""One who holds much and not enough reads nothing: every administrator's secret at once, or one custodian's.

A share with canaries is closed over a real hub. Then a thorough intruder gets files and secrets, opens all that
opens, and everything so found is searched. So that the search cannot be blind, the same intruder with two
custodians' passphrases, or with the practitioner's, must find the canaries.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
import spoken
from city import city
from doubles import CHEAP, PASSPHRASE
from intruder import Intruder

from keys.ceremony import custody, people
from keys.ceremony.home import load_home
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"
FOUNDING = PASSPHRASE  # `furnish` founds with it; the people of this story each have another
CANARY, NOTE = "KanarieWordsZq", "KanarieNoteZq"
ADMINISTRATORS = ("Mara Bell", "Noor Haddad")  # neither author nor recipient nor custodian
CUSTODIANS = ("Asha One", "Ben Two", "Cara Three")


def own(name: str) -> str:
    """The passphrase of one person alone."""
    return f"only {name} knows this"


def give_own_passphrases(home: Path) -> None:
    """Put every person's keystore under a passphrase of their own."""
    for person in load_home(home).roster.people:
        new = Passphrase(own(person.name))
        people.change_passphrase(home, person=person.id, old=Passphrase(PASSPHRASE), new=new, cost=CHEAP)


def give_custody(home: Path) -> None:
    """Give the records key to its custodians, any two of them."""
    loaded = load_home(home)
    chosen = {loaded.roster.find(name)[0].id: name for name in CUSTODIANS}
    present = {who: loaded.unlock_person(who, Passphrase(own(name))) for who, name in chosen.items()}
    now, founding = datetime.now(UTC), Passphrase(FOUNDING)
    custody.entrust(home, people=list(chosen), need=2, present=present, now=now, passphrase=founding)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which a share between two agencies was closed: homes, casebooks, and the hub."""
    folder = tmp_path_factory.mktemp("scene")
    asyncio.run(_play(folder))
    yield folder
    shutil.rmtree(folder)


async def _play(folder: Path) -> None:
    async with city(folder) as town:
        people = dict.fromkeys(ADMINISTRATORS, "Administrator") | {"Helen Marsh": "Lead"}
        await town.open(SCHOOL, people | dict.fromkeys(CUSTODIANS, "Custodian"))
        await town.open(DUTY, {"Ruth Okafor": "Social worker"})
        for agency in (SCHOOL, DUTY):
            await asyncio.to_thread(give_own_passphrases, folder / agency)
        await asyncio.to_thread(give_custody, folder / SCHOOL)
        helen = await town.client(SCHOOL, "Helen Marsh", own("Helen Marsh"))
        ruth = await town.client(DUTY, "Ruth Okafor", own("Ruth Okafor"))
        found = await helen.until("/whom", lambda got: got["parties"], body={"q": "Ruth Okafor"})
        said = spoken.fact("F1", f"The class teacher saw {CANARY} behind Ellis's left ear.")
        draft = spoken.share(facts=(said, spoken.MAYBE)).model_dump(mode="json")
        draft["recipients"] = [found["parties"][0]["party"]]
        thread = (await helen.post("/shares", draft))["thread"]
        await ruth.until("/inbox", lambda got: got["rows"])
        await ruth.post(f"/threads/{thread}/legs/0/accept", {"my_part": "I am on duty."})
        await ruth.post(f"/threads/{thread}/legs/0/note", {"words": f"Is {NOTE} right?"})
        words = await ruth.get(f"/threads/{thread}/legs/0/words")
        assert CANARY in str(words)
        await helen.until(f"/threads/{thread}", lambda got: NOTE in str(got))


def administrator(scene: Path) -> Intruder:
    """Every file of the home, casebook and hub, the founding's passphrase and each administrator's own."""
    return Intruder([scene / SCHOOL, scene / "hub"], [FOUNDING, *map(own, ADMINISTRATORS)])


def test_an_administrator_with_every_secret_reads_nothing(scene: Path) -> None:
    intruder = administrator(scene).ransack()
    assert intruder.has("significant-harm-enquiry")  # the slips do open, as to any desk
    assert intruder.has("Helen Marsh")  # and the roster
    assert intruder.holders >= {"desk", "root", "next-root"}
    home = load_home(scene / SCHOOL)
    administrators = {home.roster.find(name)[0].id for name in ADMINISTRATORS}
    assert set(home.roster.administrators) == administrators
    assert home.roster.custodians is not None
    assert not administrators & set(home.roster.custodians.people)
    assert {person.id for person in home.roster.people} & intruder.holders == administrators
    assert home.keys.mailbox.key_id in intruder.keys
    assert home.roster.records_key.key_id not in intruder.keys
    assert not intruder.has(CANARY)
    assert not intruder.has(NOTE)


def test_where_the_key_was_not_given_away_its_founder_is_a_reader(scene: Path) -> None:
    """Why an undivided records key is a standing alarm: the other agency's founder opens its side."""
    intruder = Intruder([scene / DUTY], [FOUNDING]).ransack()
    assert intruder.has(CANARY)


@pytest.mark.parametrize("name", CUSTODIANS)
def test_one_custodian_learns_nothing_even_beside_every_administrator(scene: Path, name: str) -> None:
    intruder = administrator(scene)
    intruder.passphrases.append(own(name))
    intruder.ransack()
    assert len(intruder.parts) == 1  # their own part opens, and no other
    assert load_home(scene / SCHOOL).roster.records_key.key_id not in intruder.keys
    assert not intruder.has(CANARY)
    assert not intruder.has(NOTE)


@pytest.mark.parametrize("names", tuple(combinations(CUSTODIANS, 2)))
def test_two_custodians_read_it_so_the_search_is_not_blind(scene: Path, names: tuple[str, str]) -> None:
    intruder = administrator(scene)
    intruder.passphrases += map(own, names)
    intruder.ransack()
    assert load_home(scene / SCHOOL).roster.records_key.key_id in intruder.keys
    assert intruder.has(CANARY)
    assert intruder.has(NOTE)


def test_the_practitioner_reads_it_too(scene: Path) -> None:
    intruder = administrator(scene)
    intruder.passphrases.append(own("Helen Marsh"))
    assert intruder.ransack().has(CANARY)
