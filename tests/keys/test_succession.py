"""Attacks on an agency's root: stolen keys, a lost root, a thief who was there for a while."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from enrolled_agency import Agency, at, enrolled

from keys import fold
from keys.errors import (
    EventForged,
    EventForked,
    EventNotChained,
    EventReplayed,
    KeyRevoked,
    KeysProblem,
    KeyTaken,
    KeyUnknown,
    Malformed,
    RootDiffers,
    RootNotCommitted,
    TooManyEvents,
)
from keys.event import Mailbox
from keys.record import digest, encode
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.directory import Directory

THIRD = SigningKey.from_seed(b"\3" * 64)
FOURTH = SigningKey.from_seed(b"\4" * 64)


@contextmanager
def refused(directory: Directory, error: type[KeysProblem]) -> Iterator[None]:
    before = directory.size, directory.root, directory.agencies()
    with pytest.raises(KeysProblem) as caught:
        yield
    assert caught.type is error
    assert (directory.size, directory.root, directory.agencies()) == before


@pytest.fixture(scope="module")
def agency() -> Agency:
    return Agency()


@pytest.fixture(scope="module")
def stranger() -> Agency:
    return Agency(id="moorfield-primary")


@pytest.fixture
def directory(agency: Agency) -> Directory:
    return enrolled(agency)


@pytest.fixture
def succeeded(agency: Agency, directory: Directory) -> Directory:
    directory.apply(agency.signs(agency.succeed(directory, THIRD), agency.next_root))
    return directory


def a_transport() -> str:
    return encode(TransportKey.generate().public.to_bytes())


# --- who may succeed -----------------------------------------------------------------------------


def test_the_next_root_succeeds_by_itself(agency: Agency, directory: Directory) -> None:
    """Also where the root is lost: nothing here was signed by it after the enrolment."""
    event = agency.succeed(directory, THIRD)
    directory.apply(agency.signs(event, agency.next_root))
    keys = directory.agency(agency.id)
    assert keys.root == agency.next_root.verifying_key
    assert keys.first_root == agency.root.verifying_key  # which people compared
    assert keys.next_root == digest(THIRD.verifying_key.to_bytes())
    assert keys.signing == agency.signing.verifying_key  # everyday keys stay


def test_no_other_key_signs_a_succession(agency: Agency, stranger: Agency, directory: Directory) -> None:
    event = agency.succeed(directory, THIRD)
    for key in (agency.root, agency.signing, stranger.next_root, THIRD):
        with refused(directory, EventForged):
            directory.apply(agency.signs(event, key))


def test_a_stolen_root_or_everyday_key_does_not_succeed_the_root(
    agency: Agency, directory: Directory
) -> None:
    """Whoever has them brings a root of their own, or one of the two, and signs with what they brought."""
    for stolen in (SigningKey.generate(), agency.root, agency.signing):
        event = agency.succeed(directory, THIRD, stolen)
        with refused(directory, RootNotCommitted):
            directory.apply(agency.signs(event, stolen))
        for signer in (agency.root, agency.signing):
            if signer is not stolen:
                with refused(directory, EventForged):
                    directory.apply(agency.signs(event, signer))


def test_a_stolen_root_cannot_change_what_it_committed_to(agency: Agency, directory: Directory) -> None:
    thief = SigningKey.generate()
    fresh = agency.enrol(next_root=digest(thief.verifying_key.to_bytes()))
    with refused(directory, EventForked):
        directory.apply(agency.signs(fresh))
    with refused(directory, RootNotCommitted):
        directory.apply(agency.signs(agency.succeed(directory, THIRD, thief), thief))


def test_another_agencys_next_root_is_not_committed(
    agency: Agency, stranger: Agency, directory: Directory
) -> None:
    directory.apply(stranger.signs(stranger.enrol()))
    event = agency.succeed(directory, THIRD, stranger.next_root)
    with refused(directory, RootNotCommitted):
        directory.apply(agency.signs(event, stranger.next_root))


def test_the_old_root_is_none_any_more(agency: Agency, succeeded: Directory) -> None:
    event = agency.rotate(succeeded, transport=a_transport())
    with refused(succeeded, EventForged):
        succeeded.apply(agency.signs(event))
    succeeded.apply(agency.signs(event, agency.next_root))


def test_successions_follow_each_other(agency: Agency, succeeded: Directory) -> None:
    with refused(succeeded, RootNotCommitted):
        succeeded.apply(agency.signs(agency.succeed(succeeded, FOURTH, FOURTH), FOURTH))
    succeeded.apply(agency.signs(agency.succeed(succeeded, FOURTH, THIRD), THIRD))
    assert succeeded.agency(agency.id).root == THIRD.verifying_key


def test_a_pin_holds_the_first_root_for_ever(agency: Agency, succeeded: Directory) -> None:
    compared = fingerprint(agency.root.verifying_key.to_bytes())
    assert fingerprint(succeeded.agency(agency.id).first_root.to_bytes()) == compared
    with refused(succeeded, EventReplayed):
        succeeded.apply(agency.signs(agency.enrol()))
    usurper = Agency(id=agency.id, root=agency.next_root)
    with refused(succeeded, RootDiffers):
        succeeded.apply(usurper.signs(usurper.enrol()))


# --- out of place --------------------------------------------------------------------------------


def test_a_replay_of_what_the_old_root_signed_is_a_replay(agency: Agency, directory: Directory) -> None:
    before = agency.signs(agency.rotate(directory, transport=a_transport()))
    directory.apply(before)
    succession = agency.signs(agency.succeed(directory, THIRD), agency.next_root)
    directory.apply(succession)
    for taken in (before, succession):
        with refused(directory, EventReplayed):
            directory.apply(taken)


def test_two_successions_in_one_place_are_a_fork(agency: Agency, directory: Directory) -> None:
    one = agency.signs(agency.succeed(directory, THIRD), agency.next_root)
    two = agency.signs(agency.succeed(directory, FOURTH), agency.next_root)
    directory.apply(one)
    with refused(directory, EventForked):
        directory.apply(two)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"seq": 2}, EventNotChained),
        ({"prev": "0" * 64}, EventForked),
        ({"created": at(-1)}, EventNotChained),
        ({"next_root": "absent"}, Malformed),
    ],
    ids=["ahead", "elsewhere", "earlier", "to itself"],
)
def test_a_succession_out_of_place(
    agency: Agency, directory: Directory, fields: dict[str, object], error: type[KeysProblem]
) -> None:
    if "next_root" in fields:
        fields = {"next_root": digest(agency.next_root.verifying_key.to_bytes())}
    with refused(directory, error):
        directory.apply(agency.signs(agency.succeed(directory, THIRD, **fields), agency.next_root))


def test_no_root_commits_to_one_that_was_shown(agency: Agency, succeeded: Directory) -> None:
    """Else whoever steals the one, which was meant to be the spare of the other, succeeds it."""
    for shown in (agency.root, agency.next_root, THIRD):
        with refused(succeeded, Malformed):
            succeeded.apply(agency.signs(agency.succeed(succeeded, shown, THIRD), THIRD))
    alone = Agency(id="alone-agency")
    with pytest.raises(Malformed):
        enrolled(Agency(id="alone-agency", root=alone.root, next_root=alone.root))


def test_no_root_commits_to_an_everyday_key(agency: Agency, directory: Directory) -> None:
    """Else the desk, which holds it, could succeed the root; also with one that it used long ago."""
    fresh = SigningKey.generate()
    directory.apply(agency.signs(agency.rotate(directory, signing=encode(fresh.verifying_key.to_bytes()))))
    for everyday in (agency.signing, fresh):
        with refused(directory, Malformed):
            directory.apply(agency.signs(agency.succeed(directory, everyday), agency.next_root))
    at_once = Agency(id="alone-agency")
    with pytest.raises(Malformed):
        enrolled(Agency(id="alone-agency", signing=at_once.signing, next_root=at_once.signing))


def test_no_root_past_or_to_come_is_an_everyday_key(agency: Agency, succeeded: Directory) -> None:
    for root in (agency.root, agency.next_root, THIRD):
        event = agency.rotate(succeeded, signing=encode(root.verifying_key.to_bytes()))
        with refused(succeeded, Malformed):
            succeeded.apply(agency.signs(event, agency.next_root))


def test_two_agencies_do_not_share_a_root(agency: Agency, succeeded: Directory) -> None:
    for root in (agency.root, agency.next_root, agency.signing):
        other = Agency(id="moorfield-primary", root=root)
        with refused(succeeded, KeyTaken):
            succeeded.apply(other.signs(other.enrol()))


# --- a thief of the root, and what ends with the root's revocation ---------------------------------


@pytest.fixture
def stolen(agency: Agency, directory: Directory) -> tuple[Directory, Agency, Agency]:
    """At 1 and 2 two newcomers; at 3 the root is stolen: sponsors one, brings keys, revokes the true one."""
    friend, false = Agency(id="true-friend"), Agency(id="false-friend")
    directory.apply(friend.signs(friend.enrol()))
    directory.apply(false.signs(false.enrol()))
    directory.apply(agency.signs(agency.sponsor(directory, friend)))  # index 3, still honest
    directory.apply(agency.signs(agency.sponsor(directory, false)))  # index 4 and on: the thief
    thief = Agency(id=agency.id)
    directory.apply(
        agency.signs(
            agency.rotate(
                directory,
                signing=encode(thief.signing.verifying_key.to_bytes()),
                mailbox=Mailbox(epoch=2, key=encode(thief.mailbox.sealing_key.to_bytes())),
            )
        )
    )
    directory.apply(agency.signs(agency.revoke(directory, agency.signing.verifying_key.key_id, from_index=0)))
    directory.apply(agency.signs(agency.succeed(directory, THIRD), agency.next_root))
    return directory, thief, false


def test_what_a_stolen_root_vouched_for_ends_with_its_revocation(
    agency: Agency, stolen: tuple[Directory, Agency, Agency]
) -> None:
    directory, thief, _ = stolen
    true, theirs = agency.signing.verifying_key.key_id, thief.signing.verifying_key.key_id
    with pytest.raises(KeyRevoked):
        directory.agency(agency.id).signing_key(true, 3)  # as the thief said
    revocation = agency.revoke(directory, agency.root.verifying_key.key_id, from_index=4)
    directory.apply(agency.signs(revocation, agency.next_root))
    keys = directory.agency(agency.id)
    assert keys.sponsored == ("true-friend",)
    assert keys.signing_key(true) == agency.signing.verifying_key  # which the thief's word no longer voids
    for index in (0, 5, 6, 7, 8, None):
        with pytest.raises(KeyRevoked):
            keys.signing_key(theirs, index)
        with pytest.raises(KeyRevoked):
            keys.mailbox_key(thief.mailbox.sealing_key.key_id, index)
    with pytest.raises(KeyRevoked):
        _ = keys.signing  # until the agency rotates
    listed = {key.key_id: key for key in keys.listed()}
    assert (listed[theirs].revoked, listed[theirs].revoked_from) == (at(), 4)
    assert listed[true].revoked is None


def test_the_new_root_vouches_anew_for_what_was_honest(
    agency: Agency, stolen: tuple[Directory, Agency, Agency]
) -> None:
    directory, thief, false = stolen
    revocation = agency.revoke(directory, agency.root.verifying_key.key_id, from_index=4)
    directory.apply(agency.signs(revocation, agency.next_root))
    again = agency.rotate(
        directory,
        signing=encode(agency.signing.verifying_key.to_bytes()),
        mailbox=Mailbox(epoch=3, key=encode(OpeningKey.generate().sealing_key.to_bytes())),
    )
    directory.apply(agency.signs(again, agency.next_root))
    assert directory.agency(agency.id).signing == agency.signing.verifying_key
    directory.apply(agency.signs(agency.sponsor(directory, false), agency.next_root))
    assert directory.agency(agency.id).sponsored == ("true-friend", "false-friend")
    for key in (thief.signing.verifying_key.key_id, agency.root.verifying_key.key_id):
        event = agency.revoke(directory, key, from_index=0)
        if key == agency.root.verifying_key.key_id:
            with refused(directory, KeyRevoked):
                directory.apply(agency.signs(event, agency.next_root))
        else:
            directory.apply(agency.signs(event, agency.next_root))


def test_the_present_root_is_not_revoked_but_succeeded(agency: Agency, succeeded: Directory) -> None:
    for key in (agency.next_root, THIRD):
        with refused(succeeded, KeyUnknown):
            event = agency.revoke(succeeded, key.verifying_key.key_id)
            succeeded.apply(agency.signs(event, agency.next_root))


def test_a_thief_cannot_use_up_the_places_of_the_next_root(
    agency: Agency, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "CHANGES_OF_ONE_ROOT", 3)
    for _ in range(3):
        directory.apply(agency.signs(agency.rotate(directory, transport=a_transport())))
    with refused(directory, TooManyEvents):
        directory.apply(agency.signs(agency.rotate(directory, transport=a_transport())))
    directory.apply(agency.signs(agency.succeed(directory, THIRD), agency.next_root))
    event = agency.rotate(directory, transport=a_transport())
    directory.apply(agency.signs(event, agency.next_root))


def test_a_thief_cannot_leap_to_the_last_epoch(agency: Agency, directory: Directory) -> None:
    mailbox = Mailbox(epoch=2**31 - 1, key=encode(OpeningKey.generate().sealing_key.to_bytes()))
    with refused(directory, EventNotChained):
        directory.apply(agency.signs(agency.rotate(directory, mailbox=mailbox)))


def test_nobody_fills_everybodys_directory(
    agency: Agency, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every desk keeps every event for ever, and folds it at each start."""
    monkeypatch.setattr(fold, "CHANGES_OF_ONE_AGENCY", 2)
    directory.apply(agency.signs(agency.rotate(directory, transport=a_transport())))
    directory.apply(agency.signs(agency.succeed(directory, THIRD), agency.next_root))
    for event, key in (
        (agency.rotate(directory, transport=a_transport()), agency.next_root),
        (agency.revoke(directory, agency.transport.public.key_id), agency.next_root),
        (agency.succeed(directory, FOURTH, THIRD), THIRD),
    ):
        with refused(directory, TooManyEvents):
            directory.apply(agency.signs(event, key))
