"""Attacks on who vouches for whom, and on the anchors of audit trails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from enrolled_agency import Agency, at, enrolled, flipped
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import (
    AgencyUnknown,
    AgencyUnsponsored,
    AlreadySponsored,
    AnchorTooSoon,
    AuditRolledBack,
    EnrolmentDiffers,
    EventForged,
    EventReplayed,
    KeyRevoked,
    KeysProblem,
    KeyUnknown,
    Malformed,
)
from keys.event import read_event, read_logged
from keys.record import encode
from keys.standing import leaning
from keys.standing import standing as among
from keys.statement import Kind, Signed, dump, sign
from keys.suite import SigningKey, fingerprint

if TYPE_CHECKING:
    from keys.directory import Directory

NAMES = ("aaa-agency", "bbb-agency", "ccc-agency", "ddd-agency", "eee-agency", "fff-agency")
POOL = {name: Agency(id=name) for name in NAMES}
A, B, C, D, E, F = (POOL[name] for name in NAMES)


@dataclass
class Policy:
    founders: dict[str, str]
    sponsors: int = 2


def founded(*agencies: Agency, sponsors: int = 2) -> Policy:
    return Policy({one.id: fingerprint(one.root.verifying_key.to_bytes()) for one in agencies}, sponsors)


def sponsors(directory: Directory, newcomer: Agency, *by: Agency) -> None:
    for one in by:
        directory.apply(one.signs(one.sponsor(directory, newcomer)))


def standing(directory: Directory, policy: Policy) -> set[str]:
    return {keys.agency for keys in directory.agencies() if directory.standing(keys.agency, policy)}


def refusal(directory: Directory, signed: Signed) -> type[KeysProblem]:
    before = directory.size, directory.root, directory.agencies(), directory.anchor(A.id)
    with pytest.raises(KeysProblem) as caught:
        directory.apply(signed)
    assert (directory.size, directory.root, directory.agencies(), directory.anchor(A.id)) == before
    return caught.type


# --- who stands ----------------------------------------------------------------------------------


def test_founders_stand_and_whom_enough_of_them_sponsor() -> None:
    directory = enrolled(A, B, C, D)
    policy = founded(A, B)
    assert standing(directory, policy) == {A.id, B.id}
    sponsors(directory, C, A)
    with pytest.raises(AgencyUnsponsored):
        directory.standing_agency(C.id, policy)
    sponsors(directory, C, B)
    assert directory.standing_agency(C.id, policy).agency == C.id
    sponsors(directory, D, B, C)  # whom those may sponsor in turn
    assert standing(directory, policy) == {A.id, B.id, C.id, D.id}
    assert standing(directory, founded(A, B, sponsors=3)) == {A.id, B.id}
    with pytest.raises(AgencyUnknown):
        directory.standing_agency(E.id, policy)


def test_vouched_for_by_nobody_who_stands_is_not_vouched_for() -> None:
    directory = enrolled(A, C, D, E)
    sponsors(directory, E, C, D)
    assert standing(directory, founded(A, sponsors=1)) == {A.id}


def test_a_circle_without_a_founder_stands_on_nothing() -> None:
    directory = enrolled(A, C, D, E)
    sponsors(directory, D, C, E)
    sponsors(directory, E, C, D)
    sponsors(directory, C, D, E)
    assert standing(directory, founded(A)) == {A.id}
    sponsors(directory, C, A)  # one founder is not yet two
    assert standing(directory, founded(A)) == {A.id}


def test_a_founder_is_one_under_its_own_root_only() -> None:
    usurper = Agency(id=A.id)
    directory = enrolled(usurper, C)
    sponsors(directory, C, usurper)
    assert standing(directory, founded(A, sponsors=1)) == set()


def test_a_founder_stays_one_after_its_root_was_succeeded() -> None:
    directory = enrolled(A, C)
    sponsors(directory, C, A)
    directory.apply(A.signs(A.succeed(directory, SigningKey.generate()), A.next_root))
    assert standing(directory, founded(A, sponsors=1)) == {A.id, C.id}


def test_what_a_revoked_root_sponsored_falls_and_all_that_rested_on_it() -> None:
    directory = enrolled(A, C, D, E)
    sponsors(directory, C, A)  # index 4
    sponsors(directory, D, A)  # index 5, by a thief of the root
    sponsors(directory, E, D)
    policy = founded(A, sponsors=1)
    assert standing(directory, policy) == {A.id, C.id, D.id, E.id}
    directory.apply(A.signs(A.succeed(directory, SigningKey.generate()), A.next_root))
    revocation = A.revoke(directory, A.root.verifying_key.key_id, from_index=5)
    directory.apply(A.signs(revocation, A.next_root))
    assert standing(directory, policy) == {A.id, C.id}


@settings(max_examples=40, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1]),
        unique=True,
        max_size=14,
    ),
    founders=st.sets(st.sampled_from(NAMES), max_size=3),
    needed=st.integers(1, 3),
)
def test_standing_is_the_least_that_the_rules_give(
    pairs: list[tuple[str, str]], founders: set[str], needed: int
) -> None:
    """Compared with the rule itself, applied until nothing changes."""
    directory = BEGUN.copy()
    for sponsor, newcomer in pairs:
        directory.apply(_sponsorship(directory, sponsor, newcomer))
    stand = set(founders)
    while True:
        more = {
            name for name in NAMES if len({by for by, new in pairs if new == name and by in stand}) >= needed
        }
        if more <= stand:
            break
        stand |= more
    policy = founded(*(POOL[name] for name in founders), sponsors=needed)
    assert standing(directory, policy) == stand


BEGUN = enrolled(*POOL.values())


def _sponsorship(directory: Directory, sponsor: str, newcomer: str) -> Signed:
    return POOL[sponsor].signs(POOL[sponsor].sponsor(directory, POOL[newcomer]))


# --- sponsorships that cannot be -------------------------------------------------------------------


def test_nobody_sponsors_whom_nobody_knows() -> None:
    directory = enrolled(A)
    assert refusal(directory, A.signs(A.sponsor(directory, B))) is AgencyUnknown


def test_nobody_sponsors_under_anothers_hand() -> None:
    directory = enrolled(A, B)
    event = A.sponsor(directory, B)
    for key in (B.root, A.signing, A.next_root):
        assert refusal(directory, A.signs(event, key)) is EventForged


def test_a_sponsor_names_the_enrolment_that_they_compared() -> None:
    directory = enrolled(A, Agency(id=B.id))
    assert refusal(directory, A.signs(A.sponsor(directory, B))) is EnrolmentDiffers


def test_nobody_sponsors_twice_or_themselves() -> None:
    directory = enrolled(A, B)
    taken = A.signs(A.sponsor(directory, B))
    directory.apply(taken)
    assert refusal(directory, taken) is EventReplayed
    assert refusal(directory, A.signs(A.sponsor(directory, B))) is AlreadySponsored
    event = A.sponsor(directory, B).model_copy(update={"newcomer": A.id})
    assert refusal(directory, A.signs(event)) is Malformed


# --- anchors ---------------------------------------------------------------------------------------


def test_the_newest_anchor_is_kept() -> None:
    directory = enrolled(A, B)
    assert directory.anchor(A.id) is None
    before = directory.agency(A.id)
    for number in (1, 2, 700):
        directory.apply(A.anchor(number))
    anchor = directory.anchor(A.id)
    assert anchor is not None
    assert anchor.number == 700
    assert directory.agency(A.id) == before  # it is not part of the agency's own sequence
    assert directory.anchor(B.id) is None
    assert directory.size == 5


def test_an_anchor_never_goes_back() -> None:
    directory = enrolled(A)
    first, newest = A.anchor(6), A.anchor(7)
    directory.apply(first)
    directory.apply(newest)
    assert refusal(directory, newest) is EventReplayed
    for older in (first, A.anchor(6), A.anchor(1), A.anchor(7, head="0" * 64), A.anchor(7, created=at(8))):
        assert refusal(directory, older) is AuditRolledBack


def test_a_trail_is_anchored_once_a_day() -> None:
    """Anchors have no other bound, and every desk keeps them for ever."""
    directory = enrolled(A)
    directory.apply(A.anchor(7))
    for early in (at(7), at(7.4), at(6), at(-20)):
        assert refusal(directory, A.anchor(8, created=early)) is AnchorTooSoon
    directory.apply(A.anchor(8, created=at(7.5)))  # after midnight


def test_an_anchor_is_signed_by_the_agencys_signing_key() -> None:
    directory = enrolled(A, B)
    payload = A.anchor(1).payload
    for key in (B.signing, A.root):
        assert refusal(directory, sign(Kind.ANCHOR, payload, key)) is EventForged
    for kind in (Kind.AGENCY_EVENT, Kind.SLIP, Kind.ROSTER, Kind.TRANSCRIPT):
        assert refusal(directory, sign(kind, payload, A.signing)) is EventForged
    assert refusal(directory, A.anchor(1, A.root)) is KeyUnknown
    assert refusal(directory, A.anchor(1, B.signing)) is KeyUnknown
    assert refusal(directory, E.anchor(1)) is AgencyUnknown
    good = A.anchor(1)
    for bit in range(0, len(good.payload) * 8, 61):
        with pytest.raises(KeysProblem):
            directory.apply(Signed(flipped(good.payload, bit), good.signature))
    assert directory.size == 2


def test_a_revoked_key_anchors_nothing() -> None:
    directory = enrolled(A)
    fresh = SigningKey.generate()
    event = A.rotate(directory, signing=encode(fresh.verifying_key.to_bytes()))
    directory.apply(A.signs(event))
    directory.apply(A.anchor(1))  # replaced, not revoked
    directory.apply(A.signs(A.revoke(directory, A.signing.verifying_key.key_id, from_index=3)))
    assert refusal(directory, A.anchor(2)) is KeyRevoked
    directory.apply(A.anchor(2, fresh))


@pytest.mark.parametrize(
    "fields", [{"number": 0}, {"number": 2**48}, {"head": "x"}, {"key": "k"}, {"created": "now"}, {"v": 2}]
)
def test_an_anchor_is_read_strictly(fields: dict[str, object]) -> None:
    good = read_logged(A.anchor(1).payload)
    payload = dump(good.model_copy(update=fields))
    assert refusal(enrolled(A), sign(Kind.ANCHOR, payload, A.signing)) is Malformed


def test_an_anchor_is_no_event() -> None:
    with pytest.raises(Malformed):
        read_event(A.anchor(1).payload)


def test_whom_an_agency_leans_on_is_enough_to_make_it_stand() -> None:
    """As a certificate needs it: those agencies' events alone, and nobody else's."""
    policy = founded(A, B, C, sponsors=2)
    directory = enrolled(A, B, C, D, E, F)
    sponsors(directory, D, A, B, C)
    sponsors(directory, E, C, D)
    known = {keys.agency: keys for keys in directory.agencies()}
    assert leaning(known, [A.id], policy) == {A.id}
    assert leaning(known, [F.id], policy) == {F.id}, "it does not stand, and leans on nobody"
    for wanted in (D.id, E.id):
        held = leaning(known, [wanted], policy)
        assert wanted in among({one: known[one] for one in held}, policy)
        assert F.id not in held
    assert len(leaning(known, [D.id], policy)) == 3
    before = directory.size - 4  # only A had sponsored D
    assert leaning(known, [D.id], policy, before) == {D.id}
