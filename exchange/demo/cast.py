"""Who plays: eight agencies, their people and roles, founded anew in the demonstration's folder.

Promises: real ceremonies make real keys; each agency compares the others' root fingerprints, as people would
by telephone, and all pin one policy of the key log. A person's passphrase is drawn at random and lies in a
file beside the homes. The records key is in the hands of three custodians.
Never: these homes are fit for anything else: the passphrases lie about, and their stretching is made
cheap, so that the demonstration starts in seconds.
"""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from keys.ceremony.agency import found
from keys.ceremony.custody import entrust
from keys.ceremony.home import load_home, pin
from keys.ceremony.people import create_role, enrol_person, name_lead
from keys.ceremony.policy import make_policy, write_policy
from keys.files import make_private_folder, write_private
from keys.keystore import Cost, Passphrase
from keys.record import Frozen, new_id
from keys.suite import fingerprint
from keys.transparency.note import Algorithm, VerifierKey

if TYPE_CHECKING:
    from pathlib import Path

COST: Final = Cost(memory_kib=8 * 1024, passes=1, lanes=1)  # the default takes 256 MiB and half a second
QUORUM: Final = 3  # of four witnesses
FAULTS: Final = 1  # of them may lie
ADMINISTRATORS: Final = 2  # the first two people of each agency
NEEDED: Final = 2  # custodians of an agency's records key; all its people are custodians
EARLIER: Final = timedelta(minutes=5)  # the ceremonies took place before the story begins


class PersonPlan(Frozen):
    """Somebody to enrol."""

    name: str
    post: str


class RolePlan(Frozen):
    """A role to create; members by name."""

    name: str
    members: tuple[str, ...]


class AgencyPlan(Frozen):
    """An agency to found; `desk` says which of the desk processes hosts it."""

    id: str
    name: str
    desk: int
    lead: str
    people: tuple[PersonPlan, ...]
    roles: tuple[RolePlan, ...] = ()


class _Plans(Frozen):
    agencies: tuple[AgencyPlan, ...]


@dataclass(frozen=True, slots=True)
class Agency:
    """A founded agency."""

    plan: AgencyPlan
    home: Path
    root: str  # its fingerprint
    passphrases: dict[str, Path]  # by the person's name: the file that holds it


def plans() -> tuple[AgencyPlan, ...]:
    """Read who plays from the package's own data."""
    text = (files("exchange.demo") / "cases" / "agencies.toml").read_text("utf-8")
    return _Plans.model_validate(tomllib.loads(text), strict=False).agencies


def found_all(folder: Path) -> tuple[Agency, ...]:
    """Found every agency below `folder`, which is private to its owner."""
    make_private_folder(folder / "homes")
    make_private_folder(folder / "passphrases")
    with ThreadPoolExecutor(2) as pool:
        agencies = tuple(pool.map(lambda plan: _found(folder, plan), plans()))
    for agency in agencies:
        for other in agencies:
            if other is not agency:
                pin(agency.home, other.plan.id, other.root)
    return agencies


def agree(agencies: tuple[Agency, ...], log: VerifierKey) -> None:
    """Have every agency pin one policy of the key log: its founders are all of them, its witnesses four.

    Each witness is another desk process's. Three are a quorum, so that one of the four may lie.
    """
    witnesses = {agency.plan.desk: agency for agency in reversed(agencies)}
    policy = make_policy(
        origin=log.name,
        log=log.vkey,
        witnesses=[_witness(agency) for _, agency in sorted(witnesses.items())],
        quorum=QUORUM,
        faults=FAULTS,
        founders=((agency.plan.id, agency.root) for agency in agencies),
        sponsors=2,
    )
    for agency in agencies:
        write_policy(agency.home, policy)


def _witness(agency: Agency) -> str:
    key = load_home(agency.home).keys.witness
    return VerifierKey(agency.plan.id, Algorithm.COSIGNATURE, key).vkey


def _found(folder: Path, plan: AgencyPlan) -> Agency:
    now = datetime.now(UTC) - EARLIER
    home = folder / "homes" / plan.id
    offline = Passphrase(new_id())
    made = found(home, agency=plan.id, name=plan.name, passphrase=offline, now=now, cost=COST)
    passphrases: dict[str, Path] = {}
    ids: dict[str, str] = {}
    for at, person in enumerate(plan.people):
        secret = new_id()
        place = folder / "passphrases" / f"{plan.id}.{_plain(person.name)}.txt"
        write_private(place, secret.encode())
        ids[person.name] = enrol_person(
            home,
            name=person.name,
            post=person.post,
            passphrase=Passphrase(secret),
            now=now,
            cost=COST,
            administrator=at < ADMINISTRATORS,
        ).id
        passphrases[person.name] = place
    for role in plan.roles:
        create_role(home, name=role.name, members=[ids[name] for name in role.members], now=now)
    name_lead(home, person=ids[plan.lead], now=now)
    _entrust(home, ids, passphrases, offline, now)
    return Agency(plan, home, fingerprint(made.keys.root.to_bytes()), passphrases)


def _entrust(
    home: Path, ids: dict[str, str], passphrases: dict[str, Path], offline: Passphrase, now: datetime
) -> None:
    """Give the records key to everybody of the agency, any two of them together; no file has it then."""
    loaded = load_home(home, now)
    present = {
        ids[name]: loaded.unlock_person(ids[name], Passphrase(passphrases[name].read_text("utf-8")))
        for name in [*ids][:NEEDED]
    }
    entrust(home, people=[*ids.values()], need=NEEDED, present=present, now=now, passphrase=offline)
    for keyring in present.values():
        keyring.close()


def _plain(name: str) -> str:
    return name.lower().replace(" ", "-")
