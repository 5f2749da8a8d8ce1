"""Whatever ceremonies are tried in whatever order: two can always act, the home loads, the transcripts count."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from council import CHEAP, NOW, OWN, Council, council
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.ceremony import people
from keys.ceremony.hands import able, unlock_hand
from keys.ceremony.holding import hold
from keys.ceremony.home import load_home
from keys.ceremony.leaving import change_administrators, remove_person
from keys.errors import KeysProblem

if TYPE_CHECKING:
    from pathlib import Path

    from keys.ceremony.kinds import Ceremony

WHO = st.integers(0, 5)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["enrol", "suspend", "restore", "remove", "role", "renew", "revoke", "name", "relieve", "both"]
        ),
        WHO,
        st.lists(WHO, max_size=3),
        st.booleans(),
    ),
    min_size=3,
    max_size=12,
)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return council(tmp_path_factory.mktemp("agency") / "home")


def attempt(  # noqa: C901 - one case for each
    home: Path, step: str, of: int, by: list[int], *, rehearse: bool
) -> None:
    """Try one ceremony, as a hostile or hasty administrator might."""
    loaded = load_home(home, NOW)
    everybody = [person.id for person in loaded.roster.people]
    person = everybody[of % len(everybody)]
    hands = [unlock_hand(loaded, everybody[one % len(everybody)], OWN) for one in by]
    names: dict[str, Ceremony] = {
        "name": "administrators",
        "relieve": "administrators",
        "both": "administrators",
        "enrol": "enrol",
        "suspend": "suspend",
        "restore": "restore",
        "remove": "remove",
        "role": "role",
        "renew": "renew",
        "revoke": "revoke",
    }
    with hold(home, names[step], hands, now=NOW, rehearse=rehearse) as held:
        path = held.path
        match step:
            case "enrol":
                people.enrol_person(
                    path, name="E", post="x", passphrase=OWN, now=NOW, cost=CHEAP, administrator=of % 2 == 0
                )
            case "suspend":
                people.suspend(path, person=person, now=NOW)
            case "restore":
                people.reinstate(path, person=person, now=NOW)
            case "remove":
                remove_person(path, person=person, now=NOW)
            case "role":
                role = loaded.roster.roles[0].id
                people.change_role(path, role=role, members=[person], now=NOW)
            case "renew":
                people.renew_person(path, person=person, passphrase=OWN, now=NOW)
            case "revoke":
                key = loaded.roster.person(person).keys[0].verifying_key.key_id
                people.revoke_person_key(path, person=person, key_id=key, now=NOW)
            case "name":
                change_administrators(path, named=[person], relieved=[], now=NOW)
            case "relieve":
                change_administrators(path, named=[], relieved=[person], now=NOW)
            case "both":
                change_administrators(path, named=[person], relieved=everybody, now=NOW)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_two_can_always_act(
    first: Council, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, list[int], bool]]
) -> None:
    home = tmp_path_factory.mktemp("run") / "home"
    shutil.copytree(first.path, home)
    held = 0
    for step, of, by, rehearse in steps:
        before = load_home(home, NOW)
        try:
            attempt(home, step, of, by, rehearse=rehearse)
        except KeysProblem:
            now = load_home(home, NOW)
            assert now.roster_document == before.roster_document, "what is refused changes nothing"
            assert now.ceremonies == before.ceremonies
        else:
            held += 1
        now = load_home(home, NOW)
        assert len(able(now.roster)) >= 2
        assert len(now.ceremonies) == held
        assert not rehearse or now.roster_document == before.roster_document
    shutil.rmtree(home)
