"""Attacks with keys that were revoked from a place in the log, and who governs an agency by its roster."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from enrolled_agency import DAY, NOW, Agency, Somebody, at, enrolled, records
from pydantic import ValidationError

from keys.entry import ADMINISTRATORS, Custodians, RosterDocument
from keys.errors import KeyRevoked, Malformed, RosterForged
from keys.record import encode, new_id
from keys.roster import open_excerpt, open_roster
from keys.statement import Kind, sign
from keys.suite import SigningKey
from keys.vouched import PersonKey

if TYPE_CHECKING:
    from keys.agency import AgencyKeys
    from keys.roster import Roster


@pytest.fixture(scope="module")
def agency() -> Agency:
    return Agency()


@pytest.fixture(scope="module")
def keys(agency: Agency) -> AgencyKeys:
    return enrolled(agency).agency(agency.id)


@pytest.fixture(scope="module")
def ann() -> Somebody:
    return Somebody()


@pytest.fixture(scope="module")
def bob() -> Somebody:
    return Somebody(name="Bob Example")


def opened(document: RosterDocument, keys: AgencyKeys, index: int | None = None) -> Roster:
    return open_roster(document, keys, NOW, newer_than=None, index=index)


# --- a person's key --------------------------------------------------------------------------------


def test_a_stolen_key_is_useless_from_its_index_on_whatever_the_clock_says(
    agency: Agency, keys: AgencyKeys, ann: Somebody
) -> None:
    """Revoked today from index 40: a message back-dated by months, received at 40 or later, counts nothing."""
    roster = opened(agency.roster(ann.entry(ann.key(revoked=0, revoked_from=40))), keys)
    key = ann.signing.verifying_key.key_id
    for claimed in (NOW - 0.9 * DAY, NOW - timedelta(seconds=1)):
        for index in (40, 41, 2**40, None):
            with pytest.raises(KeyRevoked):
                roster.signer(ann.id, key, claimed, index)
        for index in (0, 39):
            assert roster.signer(ann.id, key, claimed, index) == ann.signing.verifying_key
    for index in (0, 39, 40, None):
        with pytest.raises(KeyRevoked):
            roster.signer(ann.id, key, NOW, index)  # nor from the time of the revocation on


def test_nothing_is_sealed_to_a_key_revoked_from_an_index(
    agency: Agency, keys: AgencyKeys, ann: Somebody
) -> None:
    """Also by a desk whose clock runs behind."""
    roster = opened(agency.roster(ann.entry(ann.key(revoked=0, revoked_from=40))), keys)
    for moment in (NOW, NOW - 0.5 * DAY):
        with pytest.raises(KeyRevoked):
            roster.sealing_key(ann.id, moment)
        with pytest.raises(KeyRevoked):
            roster.signing_key_id(ann.id, moment)
        with pytest.raises(KeyRevoked):
            roster.sealing_key_named(ann.id, ann.opening.sealing_key.key_id, moment)


def test_a_time_alone_revokes_by_time_alone(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    roster = opened(agency.roster(ann.entry(ann.key(revoked=0))), keys)
    key = ann.signing.verifying_key.key_id
    for index in (0, 2**40, None):
        assert roster.signer(ann.id, key, NOW - 0.5 * DAY, index)
        with pytest.raises(KeyRevoked):
            roster.signer(ann.id, key, NOW, index)


def test_an_index_comes_with_a_time(ann: Somebody) -> None:
    with pytest.raises(ValidationError):
        ann.key(revoked_from=4)
    for index in (-1, 2**48, True):
        with pytest.raises(ValidationError):
            PersonKey.model_validate({**dict(ann.key(revoked=0)), "revoked_from": index})


# --- the key that signs the roster -----------------------------------------------------------------


def test_what_a_revoked_key_vouched_for_counts_if_it_came_before(agency: Agency, ann: Somebody) -> None:
    directory = enrolled(agency, Agency(id="moorfield-primary"))
    document = agency.roster(ann.entry(), records())
    fresh = SigningKey.generate()
    rotation = agency.rotate(directory, signing=encode(fresh.verifying_key.to_bytes()))
    directory.apply(agency.signs(rotation))
    key = agency.signing.verifying_key.key_id
    directory.apply(agency.signs(agency.revoke(directory, key, from_index=2)))
    keys = directory.agency(agency.id)
    for index in (0, 1):
        assert opened(document, keys, index).person(ann.id)
        assert open_excerpt(document, keys, index).person(ann.id)
    for later in (2, 3, 4, None):
        with pytest.raises(KeyRevoked):
            opened(document, keys, later)
        with pytest.raises(KeyRevoked):
            open_excerpt(document, keys, later)
    opened(agency.roster(ann.entry(), key=fresh), keys)


# --- administrators and custodians -----------------------------------------------------------------


def test_a_roster_names_administrators_and_custodians(
    agency: Agency, keys: AgencyKeys, ann: Somebody, bob: Somebody
) -> None:
    custodians = Custodians(need=2, people=(bob.id, ann.id))
    document = agency.roster(ann.entry(), bob.entry(), administrators=(ann.id, bob.id), custodians=custodians)
    again = RosterDocument.from_bytes(document.to_bytes())
    roster = opened(again, keys)
    assert roster.administrators == (ann.id, bob.id)
    assert roster.custodians == custodians
    nobody = opened(agency.roster(ann.entry()), keys)
    assert (nobody.administrators, nobody.custodians) == ((), None)


def test_who_governs_is_in_the_same_roster(
    agency: Agency, keys: AgencyKeys, ann: Somebody, bob: Somebody
) -> None:
    with pytest.raises(Malformed, match="administrators"):
        opened(agency.roster(ann.entry(), administrators=(bob.id,)), keys)
    custodians = Custodians(need=2, people=(ann.id, bob.id))
    with pytest.raises(Malformed, match="custodians"):
        opened(agency.roster(ann.entry(), custodians=custodians), keys)


def test_nobody_adds_an_administrator_to_a_signed_list(
    agency: Agency, keys: AgencyKeys, ann: Somebody, bob: Somebody
) -> None:
    document = agency.roster(ann.entry(), bob.entry(), administrators=(ann.id,))
    listed = json.loads(document.payload)
    listed["administrators"].append(bob.id)
    payload = json.dumps(listed, separators=(",", ":")).encode()
    with pytest.raises(RosterForged):
        opened(RosterDocument(payload, document.signature, document.entries), keys)


@pytest.mark.parametrize(
    ("need", "people"), [(1, 2), (0, 2), (3, 2), (2, 1), (2, 0), (8, 8), (2, 8)], ids=str
)
def test_custodians_are_at_least_two_of_whom_two_are_needed(need: int, people: int) -> None:
    with pytest.raises(ValidationError):
        Custodians(need=need, people=tuple(new_id() for _ in range(people)))


def test_nobody_is_named_twice(agency: Agency, ann: Somebody) -> None:
    with pytest.raises(ValidationError):
        Custodians(need=2, people=(ann.id, ann.id))
    with pytest.raises(ValidationError):
        agency.roster(ann.entry(), administrators=(ann.id, ann.id))
    with pytest.raises(ValidationError):
        agency.roster(ann.entry(), administrators=tuple(new_id() for _ in range(ADMINISTRATORS + 1)))


@pytest.mark.parametrize("missing", ["administrators", "custodians"])
def test_a_list_says_who_governs_or_that_nobody_does(
    agency: Agency, keys: AgencyKeys, ann: Somebody, missing: str
) -> None:
    document = agency.roster(ann.entry())
    listed = json.loads(document.payload)
    del listed[missing]
    signed = sign(Kind.ROSTER, json.dumps(listed).encode(), agency.signing)
    with pytest.raises(Malformed):
        opened(RosterDocument(signed.payload, signed.signature, document.entries), keys)


def test_times_of_a_revocation_stay_readable(ann: Somebody) -> None:
    assert ann.key(revoked=0, revoked_from=4).revoked == at()
