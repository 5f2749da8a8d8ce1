"""Attacks on the roster: forged, altered, swapped, rolled back, frozen, and keys asked for by the wrong name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from enrolled_agency import DAY, NOW, Agency, Somebody, at, enrolled, flipped, records, role, shared_key

from keys.entry import DOCUMENT_LIMIT, ENTRY_COUNT, ENTRY_LIMIT, LIST_LIMIT, Role, read_entry
from keys.errors import (
    KeyExpired,
    KeyRevoked,
    KeysProblem,
    KeyUnknown,
    Malformed,
    PersonSuspended,
    RosterExpired,
    RosterForged,
    RosterRolledBack,
    RosterTooLarge,
)
from keys.record import digest, encode, new_id
from keys.roster import Roster, RosterDocument, excerpt, open_excerpt, open_roster
from keys.statement import Kind, dump, sign
from keys.suite import OpeningKey, SigningKey

if TYPE_CHECKING:
    from keys.agency import AgencyKeys


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


@pytest.fixture(scope="module")
def duty(ann: Somebody) -> Role:
    return role("Duty team", ann.id)


@pytest.fixture(scope="module")
def document(agency: Agency, ann: Somebody, bob: Somebody, duty: Role) -> RosterDocument:
    return agency.roster(ann.entry(), bob.entry(), duty, records(), version=7, lead=bob.id)


def opened(
    document: RosterDocument | bytes, keys: AgencyKeys, *, newer_than: int | None = None, days: float = 0
) -> Roster:
    return open_roster(document, keys, NOW + timedelta(days=days), newer_than=newer_than)


# --- what it tells -------------------------------------------------------------------------------


def test_a_roster_gives_people_roles_and_their_keys(
    document: RosterDocument, keys: AgencyKeys, ann: Somebody, bob: Somebody, duty: Role
) -> None:
    roster = opened(document.to_bytes(), keys)
    assert (roster.agency, roster.version, roster.lead) == (keys.agency, 7, bob.id)
    assert [person.name for person in roster.people] == ["Ann Example", "Bob Example"]
    assert roster.signer(ann.id, ann.signing.verifying_key.key_id, NOW) == ann.signing.verifying_key
    assert roster.signing_key_id(ann.id, NOW) == ann.signing.verifying_key.key_id
    assert roster.sealing_key(ann.id, NOW) == ann.opening.sealing_key
    assert roster.sealing_key(duty.id, NOW) == duty.keys[0].sealing_key
    assert roster.records is not None
    assert roster.sealing_key(roster.records.id, NOW) == roster.records_key
    assert roster.members(duty.id) == (ann.id,)
    assert roster.is_member(duty.id, ann.id)
    assert not roster.is_member(duty.id, bob.id)
    assert not roster.is_member(bob.id, bob.id)
    assert roster.holder_of(duty.keys[0].sealing_key.key_id) == duty.id
    assert roster.holder_of("a" * 32) is None


def test_people_are_found_by_their_whole_name(
    document: RosterDocument, keys: AgencyKeys, ann: Somebody, duty: Role
) -> None:
    roster = opened(document, keys)
    assert [found.id for found in roster.find("  ANN   example ")] == [ann.id]
    assert [found.id for found in roster.find("duty team")] == [duty.id]
    assert roster.find("Ann") == ()


def test_namesakes_are_all_found(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    other = Somebody(name=ann.name)
    assert len(opened(agency.roster(ann.entry(), other.entry()), keys).find(ann.name)) == 2


def test_a_document_prints_as_it_was_read(document: RosterDocument) -> None:
    data = document.to_bytes()
    assert RosterDocument.from_bytes(data).to_bytes() == data
    for other in (data + b" ", b" " + data, data.replace(b'":"', b'": "', 1), data[:-1], b"", b"{}"):
        with pytest.raises(Malformed):
            RosterDocument.from_bytes(other)


def test_nothing_prints_a_name(document: RosterDocument, ann: Somebody) -> None:
    assert ann.name not in repr(document)
    assert ann.name not in repr(ann.entry())
    assert ann.name.encode() not in document.payload


# --- whose key -----------------------------------------------------------------------------------


def test_nobody_signs_with_anothers_key(
    document: RosterDocument, keys: AgencyKeys, ann: Somebody, bob: Somebody, duty: Role
) -> None:
    roster = opened(document, keys)
    for person, key in (
        (bob.id, ann.signing.verifying_key.key_id),
        (ann.id, ann.opening.sealing_key.key_id),
        (duty.id, ann.signing.verifying_key.key_id),
        (new_id(), ann.signing.verifying_key.key_id),
        (ann.id, "a" * 32),
    ):
        with pytest.raises(KeyUnknown):
            roster.signer(person, key, NOW)
    with pytest.raises(KeyUnknown):
        roster.sealing_key_named(bob.id, ann.opening.sealing_key.key_id, NOW)
    with pytest.raises(KeyUnknown):
        roster.sealing_key(new_id(), NOW)
    with pytest.raises(KeyUnknown):
        roster.person(duty.id)
    with pytest.raises(KeyUnknown):
        roster.role(ann.id)


def test_a_revoked_key_counts_for_the_time_before(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    roster = opened(agency.roster(ann.entry(ann.key(revoked=-0.5))), keys)
    key = ann.signing.verifying_key.key_id
    with pytest.raises(KeyRevoked):
        roster.signer(ann.id, key, NOW)
    with pytest.raises(KeyRevoked):
        roster.sealing_key(ann.id, NOW)
    with pytest.raises(KeyRevoked):
        roster.signing_key_id(ann.id, NOW)
    assert roster.signer(ann.id, key, NOW - 0.6 * DAY) == ann.signing.verifying_key


def test_a_key_counts_from_its_first_to_before_its_last_moment(
    agency: Agency, keys: AgencyKeys, ann: Somebody
) -> None:
    roster = opened(agency.roster(ann.entry(ann.key(not_before=1, not_after=2))), keys)
    key = ann.signing.verifying_key.key_id
    second = timedelta(seconds=1)
    for moment in (NOW + DAY, NOW + 2 * DAY - second):
        roster.signer(ann.id, key, moment)
    for moment in (NOW + DAY - second, NOW + 2 * DAY):
        with pytest.raises(KeyExpired):
            roster.signer(ann.id, key, moment)
        with pytest.raises(KeyExpired):
            roster.sealing_key(ann.id, moment)


def test_a_suspended_person_signed_before(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    roster = opened(agency.roster(ann.entry(suspended=-0.5)), keys)
    key = ann.signing.verifying_key.key_id
    with pytest.raises(PersonSuspended):
        roster.signer(ann.id, key, NOW)
    with pytest.raises(KeyRevoked):
        roster.sealing_key(ann.id, NOW)
    roster.signer(ann.id, key, NOW - 0.6 * DAY)


def test_the_newest_key_is_sealed_to_and_an_older_one_still_judged(
    agency: Agency, keys: AgencyKeys, ann: Somebody
) -> None:
    renewed = Somebody(name=ann.name, id=ann.id)
    roster = opened(agency.roster(ann.entry(renewed.key(), ann.key())), keys)
    assert roster.sealing_key(ann.id, NOW) == renewed.opening.sealing_key
    assert roster.signing_key_id(ann.id, NOW) == renewed.signing.verifying_key.key_id
    roster.signer(ann.id, ann.signing.verifying_key.key_id, NOW)
    roster.sealing_key_named(ann.id, ann.opening.sealing_key.key_id, NOW)


def test_a_role_with_nobody_or_with_a_revoked_key_is_not_sealed_to(
    agency: Agency, keys: AgencyKeys, ann: Somebody
) -> None:
    empty = role("Nobody's")
    revoked = role("Revoked", ann.id, keys=(shared_key(OpeningKey.generate(), revoked=-1),))
    roster = opened(agency.roster(ann.entry(), empty, revoked), keys)
    with pytest.raises(KeyUnknown):
        roster.sealing_key(empty.id, NOW)
    with pytest.raises(KeyRevoked):
        roster.sealing_key(revoked.id, NOW)


def test_an_agency_without_a_records_key_says_so(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    with pytest.raises(KeyUnknown):
        _ = opened(agency.roster(ann.entry()), keys).records_key
    revoked = records().model_copy(update={"keys": (shared_key(OpeningKey.generate(), revoked=-1),)})
    with pytest.raises(KeyRevoked):
        _ = opened(agency.roster(ann.entry(), revoked), keys).records_key


def test_one_key_serves_one_holder(agency: Agency, keys: AgencyKeys, ann: Somebody, bob: Somebody) -> None:
    twin = replace(ann, name="Ann's other self", id=new_id())
    twin_in_sealing = replace(bob, opening=ann.opening)
    twin_in_signing = replace(bob, signing=ann.signing)
    team = role("Team", ann.id, keys=(shared_key(ann.opening),))
    for entries in (
        (ann.entry(), twin.entry()),
        (ann.entry(), twin_in_sealing.entry()),
        (ann.entry(), twin_in_signing.entry()),
        (ann.entry(), team),
        (ann.entry(), ann.entry()),
        (ann.entry(ann.key(), ann.key()),),
    ):
        with pytest.raises(Malformed):
            opened(agency.roster(*entries), keys)


def test_members_and_lead_are_people_of_the_roster(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    for document in (
        agency.roster(ann.entry(), role("Team", new_id())),
        agency.roster(ann.entry(), lead=new_id()),
        agency.roster(ann.entry(), records(), records()),
    ):
        with pytest.raises(Malformed):
            opened(document, keys)


# --- forged --------------------------------------------------------------------------------------


def test_a_strangers_signature(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    stranger = SigningKey.generate()
    with pytest.raises(KeyUnknown):
        opened(agency.roster(ann.entry(), key=stranger), keys)
    with pytest.raises(KeyUnknown):
        opened(agency.roster(ann.entry(), key=agency.root), keys)
    honest = agency.roster(ann.entry())
    forged = sign(Kind.ROSTER, honest.payload, stranger)  # under the agency's key id, by the stranger's hand
    with pytest.raises(RosterForged):
        opened(RosterDocument(forged.payload, forged.signature, honest.entries), keys)


def test_another_agencys_roster(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    other = Agency(id="moorfield-primary")
    with pytest.raises(RosterForged):
        opened(other.roster(ann.entry()), keys)
    with pytest.raises(RosterForged):  # signed by the right hand, for another agency
        opened(agency.roster(ann.entry(), agency="moorfield-primary"), keys)


def test_a_list_signed_as_another_kind(keys: AgencyKeys, agency: Agency, document: RosterDocument) -> None:
    for kind in (Kind.SLIP, Kind.AGENCY_EVENT):
        signed = sign(kind, document.payload, agency.signing)
        with pytest.raises(RosterForged):
            opened(RosterDocument(signed.payload, signed.signature, document.entries), keys)


def test_no_flipped_bit_is_believed(keys: AgencyKeys, document: RosterDocument) -> None:
    for bit in range(0, len(document.payload) * 8, 41):
        with pytest.raises(KeysProblem):
            opened(replace(document, payload=flipped(document.payload, bit)), keys)
    for bit in range(0, len(document.signature) * 8, 173):
        with pytest.raises(RosterForged):
            opened(replace(document, signature=flipped(document.signature, bit)), keys)
    for at_entry, entry in enumerate(document.entries):
        for bit in range(0, len(entry) * 8, 379):
            entries = list(document.entries)
            entries[at_entry] = flipped(entry, bit)
            with pytest.raises(RosterForged):
                opened(replace(document, entries=tuple(entries)), keys)


def test_entries_cannot_be_swapped_left_out_added_or_doubled(
    agency: Agency, keys: AgencyKeys, document: RosterDocument, ann: Somebody
) -> None:
    one, two, *rest = document.entries
    later = agency.roster(ann.entry(), version=8)
    for entries in (
        (two, one, *rest),
        (one, *rest),
        (one, two, *rest, one),
        (one, one, *rest),
        (one, two, *rest, later.entries[0]),
        (later.entries[0], two, *rest),
        (),
    ):
        with pytest.raises(RosterForged):
            opened(replace(document, entries=entries), keys)
    with pytest.raises(RosterForged):  # an old list under a new one's entries
        opened(replace(document, entries=later.entries), keys)


def test_the_same_entry_in_other_bytes_is_another_entry(keys: AgencyKeys, document: RosterDocument) -> None:
    spaced = json.dumps(json.loads(document.entries[0])).encode()
    with pytest.raises(RosterForged):
        opened(replace(document, entries=(spaced, *document.entries[1:])), keys)


def test_a_roster_of_a_revoked_signing_key(agency: Agency, ann: Somebody) -> None:
    directory = enrolled(agency)
    event = agency.revoke(directory, agency.signing.verifying_key.key_id)
    directory.apply(agency.signs(event))
    with pytest.raises(KeyRevoked):
        opened(agency.roster(ann.entry()), directory.agency(agency.id))


# --- rolled back, frozen -------------------------------------------------------------------------


def test_an_older_or_equal_version_is_a_rollback(keys: AgencyKeys, document: RosterDocument) -> None:
    assert opened(document, keys, newer_than=6).version == 7
    for known in (7, 8, 2**40):
        with pytest.raises(RosterRolledBack):
            opened(document, keys, newer_than=known)


def test_an_expired_roster_is_not_taken(keys: AgencyKeys, document: RosterDocument) -> None:
    opened(document, keys, days=29.999)
    for days in (30, 31, 4000):
        with pytest.raises(RosterExpired):
            opened(document, keys, days=days)


def test_a_roster_from_the_future_is_not_taken(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    opened(agency.roster(ann.entry(), created=0.04), keys)  # clocks differ
    with pytest.raises(RosterExpired):
        opened(agency.roster(ann.entry(), created=0.05), keys)


def test_no_roster_lasts_for_ever(agency: Agency, keys: AgencyKeys, ann: Somebody) -> None:
    opened(agency.roster(ann.entry(), expires=400), keys)
    with pytest.raises(Malformed):
        opened(agency.roster(ann.entry(), expires=400.1), keys)


def test_an_expired_roster_judges_old_steps_and_gives_no_key_for_now(
    keys: AgencyKeys, document: RosterDocument, ann: Somebody, duty: Role
) -> None:
    later = NOW + 60 * DAY
    roster = open_roster(document, keys, later, newer_than=None, expired_too=True)
    key = ann.signing.verifying_key.key_id
    assert roster.signer(ann.id, key, NOW) == ann.signing.verifying_key
    for ask in (
        lambda: roster.signer(ann.id, key, later),
        lambda: roster.sealing_key(ann.id, later),
        lambda: roster.sealing_key(duty.id, later),
        lambda: roster.sealing_key_named(duty.id, duty.keys[0].sealing_key.key_id, later),
        lambda: roster.check_current(later),
    ):
        with pytest.raises(RosterExpired):
            ask()


# --- excerpts ------------------------------------------------------------------------------------


def test_an_excerpt_proves_what_it_has_and_hides_the_rest(
    keys: AgencyKeys, document: RosterDocument, ann: Somebody, bob: Somebody
) -> None:
    part = excerpt(document, frozenset({ann.id}))
    roster = open_excerpt(part.to_bytes(), keys, NOW)
    roster.signer(ann.id, ann.signing.verifying_key.key_id, NOW)
    with pytest.raises(KeyUnknown):
        roster.person(bob.id)
    assert bob.name.encode() not in b"".join(part.entries)
    with pytest.raises(RosterForged):
        opened(part, keys)  # an excerpt is no roster


def test_an_excerpt_is_held_to_the_list(
    agency: Agency, keys: AgencyKeys, document: RosterDocument, ann: Somebody, bob: Somebody
) -> None:
    part = excerpt(document, frozenset({ann.id, bob.id}))
    one, two = part.entries
    foreign = agency.roster(ann.entry()).entries[0]
    for entries in ((two, one), (one, one), (one, foreign), (foreign,), (flipped(one, 999),)):
        with pytest.raises(RosterForged):
            open_excerpt(replace(part, entries=entries), keys, NOW)


def test_an_entrys_salt_hides_who_is_in_it(ann: Somebody) -> None:
    assert digest(dump(ann.entry())) != digest(dump(ann.entry()))


# --- hostile bytes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "Person"},
        {"kind": {}},
        {"v": 2},
        {"v": True},
        {"id": "short"},
        {"salt": ""},
        {"name": " spaced "},
        {"name": "a\u2028b"},
        {"post": ""},
        {"suspended": False},
        {"keys": []},
        {"keys": None},
        {"keys": [{}]},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_validly_listed_but_wrong_entry(
    agency: Agency, keys: AgencyKeys, ann: Somebody, fields: dict[str, object]
) -> None:
    entry = json.dumps({**json.loads(dump(ann.entry())), **fields}).encode()
    with pytest.raises(Malformed):
        opened(_listing(agency, entry), keys)


@pytest.mark.parametrize("entry", [b"", b"[]", b"null", b"\xff", b'{"kind":"person"}', b"[" * 20_000])
def test_bytes_that_are_no_entry(agency: Agency, keys: AgencyKeys, entry: bytes) -> None:
    with pytest.raises(Malformed):
        opened(_listing(agency, entry), keys)


def test_a_broken_public_key_is_refused_when_the_roster_is_opened(
    agency: Agency, keys: AgencyKeys, ann: Somebody
) -> None:
    for broken in ({"signing": encode(bytes(1983))}, {"sealing": encode(b"\xff" * 1216)}):
        with pytest.raises(Malformed):
            opened(agency.roster(ann.entry(ann.key().model_copy(update=broken))), keys)


def _listing(agency: Agency, entry: bytes) -> RosterDocument:
    honest = agency.roster(Somebody().entry())
    data = {**json.loads(honest.payload), "entries": [digest(entry)]}
    signed = sign(Kind.ROSTER, json.dumps(data).encode(), agency.signing)
    return RosterDocument(signed.payload, signed.signature, (entry,))


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 0},
        {"version": 2**48},
        {"version": "7"},
        {"created": at(31)},
        {"lead": ""},
        {"lead": "../../etc/passwd"},
        {"entries": "x"},
        {"entries": ["0" * 63]},
        {"entries": ["0" * 64] * 2},
        {"key": None},
        {"agency": ""},
        {"suite": "cx0"},
    ],
    ids=str,
)
def test_a_validly_signed_but_wrong_list(
    agency: Agency, keys: AgencyKeys, document: RosterDocument, fields: dict[str, object]
) -> None:
    payload = json.dumps({**json.loads(document.payload), **fields}).encode()
    signed = sign(Kind.ROSTER, payload, agency.signing)
    with pytest.raises(Malformed):
        opened(RosterDocument(signed.payload, signed.signature, document.entries), keys)


def test_sizes_are_bounded_both_ways(agency: Agency, keys: AgencyKeys, document: RosterDocument) -> None:
    signature = document.signature
    many = tuple(b"x" * ENTRY_LIMIT for _ in range(DOCUMENT_LIMIT // ENTRY_LIMIT + 1))
    for too_large in (
        RosterDocument(b"x" * (LIST_LIMIT + 1), signature, ()),
        RosterDocument(b"{}", signature, (b"x" * (ENTRY_LIMIT + 1),)),
        RosterDocument(b"{}", signature, many),
        RosterDocument(b"{}", signature, (b"x",) * (ENTRY_COUNT + 1)),
        RosterDocument(b"{}", signature[:-1], ()),
    ):
        with pytest.raises(Malformed):
            opened(too_large, keys)
    with pytest.raises(RosterTooLarge):
        agency.roster(*(records() for _ in range(1)), *[role("R")] * ENTRY_COUNT)


def test_a_roster_larger_than_one_can_carry_is_not_signed(agency: Agency) -> None:
    crowd = [Somebody(signing=agency.signing, opening=agency.mailbox).entry() for _ in range(700)]
    with pytest.raises(RosterTooLarge):
        agency.roster(*crowd)


def test_old_keys_in_an_entry_are_few(ann: Somebody) -> None:
    data = json.loads(dump(ann.entry()))
    data["keys"] = [json.loads(dump(Somebody().key())) for _ in range(5)]
    with pytest.raises(Malformed):
        read_entry(json.dumps(data).encode())


def test_epochs_of_a_role_stand_newest_first(ann: Somebody) -> None:
    held = [json.loads(dump(shared_key(OpeningKey.generate(), epoch))) for epoch in (1, 2)]
    base = json.loads(dump(role("R", ann.id)))
    read_entry(json.dumps({**base, "keys": held[::-1]}).encode())
    for wrong in (held, [held[0], held[0]]):
        with pytest.raises(Malformed):
            read_entry(json.dumps({**base, "keys": wrong}).encode())
    with pytest.raises(Malformed):
        read_entry(json.dumps({**base, "members": [ann.id, ann.id]}).encode())
