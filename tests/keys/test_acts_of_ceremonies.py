"""What takes two people counts under no other ceremony's name, and a desk's ceremonies tell of a desk's acts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from council import NOW, Council, council
from pydantic import ValidationError

from keys.ceremony.leaving import change_administrators, remove_person
from keys.ceremony.people import name_lead
from keys.ceremony.transcript import Act, check, read_files, sign_transcript
from keys.errors import TranscriptForged

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def town(tmp_path: Path) -> Council:
    town = council(tmp_path / "home")
    with town.hold("lead", "Ann") as held:
        name_lead(held.path, person=town.ids["Ben"], now=NOW)
    return town


def believed(town: Council, **changed: Any) -> None:
    """Check the home's transcripts with one more, which says what `changed` says, signed by Ann alone."""
    home = town.home()
    newest = home.ceremonies[-1]
    number = newest.transcript.number + 1
    more = newest.transcript.model_copy(update={"number": number, "prev": newest.digest, **changed})
    data = sign_transcript(more, [hand.key for hand in town.hands("Ann")])
    check((*read_files(town.path), data), home.roster, home.keys)


def test_one_that_says_no_more_than_it_may_counts(town: Council) -> None:
    believed(town, ceremony="suspend", acts=(Act(act="person_suspended", person=town.ids["Cara"]),))


@pytest.mark.parametrize(
    ("ceremony", "act"),
    [
        ("suspend", "person_removed"),
        ("role", "administrator_relieved"),
        ("renew", "administrator_named"),
        ("lead", "custodian_named"),
        ("rotate", "root_succeeded"),
        ("rotate", "agency_key_revoked"),
        ("pin", "desk_resumed"),
        ("sponsor", "event_taken_over"),
        ("backup", "person_suspended"),  # also where a person holds what a desk may
    ],
)
def test_one_hand_does_nothing_under_another_name(town: Council, ceremony: str, act: Any) -> None:
    with pytest.raises(TranscriptForged):
        believed(town, ceremony=ceremony, acts=(Act(act=act, person=town.ids["Cara"]),))


def test_one_hand_names_no_administrator_at_an_enrolment_once_two_were_named(town: Council) -> None:
    cara, dan = town.ids["Cara"], town.ids["Dan"]
    naming = {"ceremony": "enrol", "acts": (Act(act="administrator_named", person=cara),)}
    believed(town, **naming)
    with town.hold("administrators", "Ann", "Ben") as held:
        change_administrators(held.path, named=[cara, dan], relieved=[], now=NOW)
    with pytest.raises(TranscriptForged):
        believed(town, by=(town.ids["Ann"],), keys=town.home().ceremonies[0].transcript.keys, **naming)


def test_nothing_is_done_under_another_name_either(town: Council) -> None:
    with pytest.raises(ValidationError), town.hold("suspend", "Ann") as held:
        remove_person(held.path, person=town.ids["Dan"], now=NOW)
    assert town.home().roster.person(town.ids["Dan"])
