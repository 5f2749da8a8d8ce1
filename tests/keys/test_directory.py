"""Attacks on the directory. After every refusal it is as it was."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from enrolled_agency import Agency, at, enrolled, flipped
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from keys.directory import Directory
from keys.errors import (
    AgencyUnknown,
    EventForged,
    EventForked,
    EventNotChained,
    EventReplayed,
    KeyRevoked,
    KeysProblem,
    KeyUnknown,
    Malformed,
    RevokedAhead,
    RootDiffers,
)
from keys.event import Mailbox, read_event
from keys.record import digest, encode
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator


def picture(directory: Directory) -> tuple[object, ...]:
    return directory.size, directory.root, directory.agencies()


@contextmanager
def refused(directory: Directory, error: type[KeysProblem]) -> Iterator[None]:
    before = picture(directory)
    with pytest.raises(KeysProblem) as caught:
        yield
    assert caught.type is error
    assert picture(directory) == before


@pytest.fixture(scope="module")
def agency() -> Agency:
    return Agency()


@pytest.fixture(scope="module")
def stranger() -> Agency:
    return Agency(id="moorfield-primary")


@pytest.fixture
def directory(agency: Agency) -> Directory:
    return enrolled(agency)


# --- what it tells -------------------------------------------------------------------------------


def test_an_enrolment_gives_every_key(agency: Agency, directory: Directory) -> None:
    keys = directory.agency(agency.id)
    assert keys.root == agency.root.verifying_key
    assert keys.signing == agency.signing.verifying_key
    assert keys.mailbox == agency.mailbox.sealing_key
    assert keys.transport == agency.transport.public
    assert keys.mailbox_epoch == 1
    assert keys.signing_key(keys.signing.key_id) == keys.signing
    assert keys.mailbox_key(keys.mailbox.key_id) == keys.mailbox
    assert keys.transport_key(keys.transport.key_id) == keys.transport


def test_a_rotation_replaces_and_the_old_keys_still_count(agency: Agency, directory: Directory) -> None:
    signing, mailbox, transport = SigningKey.generate(), OpeningKey.generate(), TransportKey.generate()
    directory.apply(
        agency.signs(
            agency.rotate(
                directory,
                signing=encode(signing.verifying_key.to_bytes()),
                mailbox=Mailbox(epoch=2, key=encode(mailbox.sealing_key.to_bytes())),
                transport=encode(transport.public.to_bytes()),
            )
        )
    )
    keys = directory.agency(agency.id)
    assert (keys.signing, keys.mailbox, keys.transport) == (
        signing.verifying_key,
        mailbox.sealing_key,
        transport.public,
    )
    assert keys.mailbox_epoch == 2
    assert keys.signing_key(agency.signing.verifying_key.key_id) == agency.signing.verifying_key
    assert keys.mailbox_key(agency.mailbox.sealing_key.key_id) == agency.mailbox.sealing_key
    assert keys.transport_key(agency.transport.public.key_id) == agency.transport.public


def test_a_partial_rotation_leaves_the_rest(agency: Agency, directory: Directory) -> None:
    transport = TransportKey.generate()
    event = agency.rotate(directory, transport=encode(transport.public.to_bytes()))
    directory.apply(agency.signs(event))
    keys = directory.agency(agency.id)
    assert (keys.signing, keys.transport) == (agency.signing.verifying_key, transport.public)


def test_a_revoked_key_counts_no_more(agency: Agency, directory: Directory) -> None:
    for key in (
        agency.signing.verifying_key.key_id,
        agency.mailbox.sealing_key.key_id,
        agency.transport.public.key_id,
    ):
        directory.apply(agency.signs(agency.revoke(directory, key)))
    keys = directory.agency(agency.id)
    with pytest.raises(KeyRevoked):
        _ = keys.signing
    with pytest.raises(KeyRevoked):
        _ = keys.mailbox
    with pytest.raises(KeyRevoked):
        _ = keys.transport
    with pytest.raises(KeyRevoked):
        keys.signing_key(agency.signing.verifying_key.key_id)


def test_a_revocation_counts_from_its_index_on(
    agency: Agency, stranger: Agency, directory: Directory
) -> None:
    """Index 2: what was received while the log had 0 or 1 entries stays, whenever that was."""
    directory.apply(stranger.signs(stranger.enrol()))
    for key in (
        agency.signing.verifying_key.key_id,
        agency.mailbox.sealing_key.key_id,
        agency.transport.public.key_id,
    ):
        directory.apply(agency.signs(agency.revoke(directory, key, from_index=2)))
    keys = directory.agency(agency.id)
    for index in (0, 1):
        assert keys.signing_key(agency.signing.verifying_key.key_id, index) == agency.signing.verifying_key
        assert keys.mailbox_key(agency.mailbox.sealing_key.key_id, index) == agency.mailbox.sealing_key
        assert keys.transport_key(agency.transport.public.key_id, index) == agency.transport.public
    for later in (2, 3, 2**40, None):
        with pytest.raises(KeyRevoked):
            keys.signing_key(agency.signing.verifying_key.key_id, later)
        with pytest.raises(KeyRevoked):
            keys.mailbox_key(agency.mailbox.sealing_key.key_id, later)
        with pytest.raises(KeyRevoked):
            keys.transport_key(agency.transport.public.key_id, later)


def test_nothing_is_revoked_from_a_place_that_the_log_has_not(agency: Agency, directory: Directory) -> None:
    key = agency.transport.public.key_id
    with refused(directory, RevokedAhead):
        directory.apply(agency.signs(agency.revoke(directory, key, from_index=2)))
    directory.apply(agency.signs(agency.revoke(directory, key, from_index=1)))  # its own place


def test_a_key_of_another_kind_is_unknown(agency: Agency, directory: Directory) -> None:
    keys = directory.agency(agency.id)
    with pytest.raises(KeyUnknown):
        keys.signing_key(keys.root.key_id)  # the root signs events and nothing else
    with pytest.raises(KeyUnknown):
        keys.mailbox_key(keys.transport.key_id)
    with pytest.raises(KeyUnknown):
        keys.transport_key(keys.mailbox.key_id)


def test_the_root_is_that_of_rfc_9162(agency: Agency, stranger: Agency) -> None:
    directory = Directory()
    assert directory.root == hashlib.sha256(b"").hexdigest()
    leaves = []
    for one in (agency, stranger):
        signed = one.signs(one.enrol())
        told = directory.root_with([signed])
        directory.apply(signed)
        assert directory.root == told
        leaves.append(hashlib.sha256(b"\0" + signed.payload + signed.signature).digest())
    assert directory.root_at(0) == hashlib.sha256(b"").hexdigest()
    assert directory.root_at(1) == leaves[0].hex()
    assert directory.root == hashlib.sha256(b"\1" + leaves[0] + leaves[1]).hexdigest()
    for beyond in (-1, 3):
        with pytest.raises(ValueError, match="no such size"):
            directory.root_at(beyond)


def test_the_root_tells_order_and_signatures_apart(agency: Agency, stranger: Agency) -> None:
    one, two = agency.signs(agency.enrol()), stranger.signs(stranger.enrol())
    again = agency.signs(agency.enrol())  # the same payload, signed anew
    nobody = Directory()
    assert nobody.root_with([one, two]) != nobody.root_with([two, one])
    assert nobody.root_with([one]) != nobody.root_with([again])
    assert nobody.size == 0


# --- forged --------------------------------------------------------------------------------------


def test_a_stranger_cannot_change_an_agencys_keys(
    agency: Agency, stranger: Agency, directory: Directory
) -> None:
    rotation = agency.rotate(directory, signing=encode(stranger.signing.verifying_key.to_bytes()))
    for key in (stranger.root, agency.signing, SigningKey.generate()):
        with refused(directory, EventForged):
            directory.apply(agency.signs(rotation, key))


def test_an_enrolment_is_signed_by_its_own_root(agency: Agency) -> None:
    directory = Directory()
    with refused(directory, EventForged):
        directory.apply(agency.signs(agency.enrol(), agency.signing))


def test_an_event_signed_as_another_kind_is_forged(agency: Agency) -> None:
    directory = Directory()
    for kind in (Kind.SLIP, Kind.ROSTER):
        with refused(directory, EventForged):
            directory.apply(agency.signs(agency.enrol(), kind=kind))


def test_no_flipped_bit_is_taken(agency: Agency) -> None:
    signed, directory = agency.signs(agency.enrol()), Directory()
    before = picture(directory)
    for bit in range(0, len(signed.payload) * 8, 97):
        with pytest.raises(KeysProblem):
            directory.apply(Signed(flipped(signed.payload, bit), signed.signature))
    for bit in range(0, len(signed.signature) * 8, 131):
        with pytest.raises(EventForged):
            directory.apply(Signed(signed.payload, flipped(signed.signature, bit)))
    for signature in (b"", signed.signature[:-1], signed.signature + b"\0"):
        with pytest.raises(EventForged):
            directory.apply(Signed(signed.payload, signature))
    assert picture(directory) == before
    directory.apply(signed)


def test_other_bytes_of_the_same_event_are_refused(agency: Agency) -> None:
    signed, directory = agency.signs(agency.enrol()), Directory()
    spaced = json.dumps(json.loads(signed.payload), indent=1, ensure_ascii=False).encode()
    with refused(directory, Malformed):
        directory.apply(Signed(spaced, signed.signature))
    with refused(directory, Malformed):
        directory.apply(sign(Kind.AGENCY_EVENT, spaced, agency.root))


# --- the wrong root ------------------------------------------------------------------------------


def test_a_pin_holds_an_agency_to_the_compared_root(agency: Agency, stranger: Agency) -> None:
    compared = fingerprint(agency.root.verifying_key.to_bytes())
    usurper = Agency(id=agency.id)
    for text in (compared, compared.replace(" ", ""), compared.replace(" ", "\n")):
        directory = Directory({agency.id: text})
        with refused(directory, RootDiffers):
            directory.apply(usurper.signs(usurper.enrol()))
        directory.apply(agency.signs(agency.enrol()))
        directory.apply(stranger.signs(stranger.enrol()))  # who is not pinned is taken as told


def test_nobody_takes_a_name_that_is_enrolled(agency: Agency, directory: Directory) -> None:
    usurper = Agency(id=agency.id)
    with refused(directory, RootDiffers):
        directory.apply(usurper.signs(usurper.enrol()))


def test_the_root_is_no_everyday_key(agency: Agency, directory: Directory) -> None:
    root = encode(agency.root.verifying_key.to_bytes())
    fresh = Directory()
    with refused(fresh, Malformed):
        fresh.apply(agency.signs(agency.enrol(signing=root)))
    with refused(directory, Malformed):
        directory.apply(agency.signs(agency.rotate(directory, signing=root)))


# --- out of place --------------------------------------------------------------------------------


def test_an_event_of_an_agency_never_enrolled(agency: Agency, stranger: Agency, directory: Directory) -> None:
    other = enrolled(stranger)
    event = stranger.signs(stranger.revoke(other, stranger.transport.public.key_id))
    with refused(directory, AgencyUnknown):
        directory.apply(event)
    with pytest.raises(KeyUnknown):
        directory.agency("nobody-there")


def test_what_is_known_is_taken_without_its_signature_and_the_root_tells_whether_it_was(
    agency: Agency,
) -> None:
    judged, known, spoilt = Directory(), Directory(), Directory()
    for make in (agency.enrol, lambda: agency.rotate(judged)):
        signed = agency.signs(make())
        judged.check(signed)
        judged.check(signed)
        judged.apply(signed)
        known.take_known(signed)
        spoilt.take_known(Signed(signed.payload, flipped(signed.signature, 0)))
    assert known.agencies() == judged.agencies() == spoilt.agencies()
    assert known.root == judged.root != spoilt.root
    later = agency.signs(agency.rotate(known))
    forged = Signed(later.payload, flipped(later.signature, 0))
    for judge in (known.check, known.apply):  # and the next one is verified as ever
        with refused(known, EventForged):
            judge(forged)


def test_a_replayed_event(agency: Agency, directory: Directory) -> None:
    for replay in (agency.enrol(), None):
        event = replay or agency.revoke(directory, agency.transport.public.key_id)
        signed = agency.signs(event)
        if replay is None:
            directory.apply(signed)
        with refused(directory, EventReplayed):
            directory.apply(signed)
        with refused(directory, EventReplayed):
            directory.apply(agency.signs(event))  # the same words under a fresh signature


def test_a_missing_event(agency: Agency, directory: Directory) -> None:
    ahead = enrolled(agency)
    first = agency.signs(agency.rotate(ahead, transport=encode(TransportKey.generate().public.to_bytes())))
    ahead.apply(first)
    second = agency.signs(agency.revoke(ahead, agency.transport.public.key_id))
    with refused(directory, EventNotChained):
        directory.apply(second)
    directory.apply(first)
    directory.apply(second)


def test_two_events_in_one_place_are_a_fork(agency: Agency, directory: Directory) -> None:
    one = agency.signs(agency.revoke(directory, agency.transport.public.key_id))
    two = agency.signs(agency.revoke(directory, agency.mailbox.sealing_key.key_id))
    directory.apply(one)
    with refused(directory, EventForked):
        directory.apply(two)
    with refused(directory, EventForked):
        directory.apply(agency.signs(agency.enrol(name="Another name")))


def test_an_event_on_another_predecessor_is_a_fork(agency: Agency, directory: Directory) -> None:
    event = agency.revoke(directory, agency.transport.public.key_id, prev=digest(b"something else"))
    with refused(directory, EventForked):
        directory.apply(agency.signs(event))


def test_time_does_not_run_backwards(agency: Agency, directory: Directory) -> None:
    event = agency.revoke(directory, agency.transport.public.key_id, created=at(-1))
    with refused(directory, EventNotChained):
        directory.apply(agency.signs(event))


def test_a_mailbox_epoch_only_grows(agency: Agency, directory: Directory) -> None:
    mailbox = Mailbox(epoch=1, key=encode(OpeningKey.generate().sealing_key.to_bytes()))
    with refused(directory, EventNotChained):
        directory.apply(agency.signs(agency.rotate(directory, mailbox=mailbox)))


def test_a_revoked_key_never_comes_back(agency: Agency, directory: Directory) -> None:
    key = agency.signing.verifying_key
    directory.apply(agency.signs(agency.revoke(directory, key.key_id)))
    with refused(directory, KeyRevoked):
        directory.apply(agency.signs(agency.rotate(directory, signing=encode(key.to_bytes()))))
    with refused(directory, KeyRevoked):
        directory.apply(agency.signs(agency.revoke(directory, key.key_id)))


def test_an_agency_revokes_only_its_own_everyday_keys(
    agency: Agency, stranger: Agency, directory: Directory
) -> None:
    directory.apply(stranger.signs(stranger.enrol()))
    for key in (stranger.signing.verifying_key.key_id, agency.root.verifying_key.key_id, "a" * 32):
        with refused(directory, KeyUnknown):
            directory.apply(agency.signs(agency.revoke(directory, key)))


# --- hostile bytes -------------------------------------------------------------------------------


def _edited(agency: Agency, /, **fields: object) -> Signed:
    data = json.loads(dump(agency.enrol()))
    data.update(fields)
    payload = json.dumps({name: value for name, value in data.items() if value != "absent"}).encode()
    return sign(Kind.AGENCY_EVENT, payload, agency.root)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "enroll"},
        {"kind": ["enrol"]},
        {"kind": None},
        {"v": 2},
        {"v": True},
        {"v": "1"},
        {"agency": "Northshire"},
        {"agency": "northshire-childrens\n"},
        {"agency": "-x-"},
        {"seq": 1},
        {"seq": False},
        {"prev": "0" * 64},
        {"created": "2026-11-22"},
        {"created": "2026-11-22T12:00:00+00:00"},
        {"created": "2026-02-30T12:00:00Z"},
        {"created": "9999-01-01T00:00:00Z"},
        {"name": ""},
        {"name": "x" * 201},
        {"name": "two\nlines"},
        {"name": "\u202ereversed"},
        {"name": "\u001b[2J"},
        {"root": "AA=="},
        {"root": encode(b"\xff" * 1983)},
        {"signing": encode(b"\0" * 1985)},
        {"mailbox": {"epoch": 0, "key": encode(bytes(1216))}},
        {"mailbox": {"epoch": 1, "key": encode(b"\xff" * 1216)}},
        {"mailbox": {"epoch": 1}},
        {"mailbox": None},
        {"transport": encode(bytes(31))},
        {"transport": "absent"},
        {"next_root": "ABCD"},
        {"unexpected": "words of a stranger"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_validly_signed_but_wrong_event(agency: Agency, fields: dict[str, object]) -> None:
    directory = Directory()
    with refused(directory, Malformed):
        directory.apply(_edited(agency, **fields))


def test_an_error_never_repeats_what_a_stranger_wrote(agency: Agency) -> None:
    with pytest.raises(Malformed) as caught:
        read_event(_edited(agency, **{"canary-7f3a": "canary-91bc"}).payload)
    assert "canary" not in f"{caught.value} {caught.value.args} {caught.value.where}"


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"[]", b'"enrol"', b"{}", b'{"kind":"enrol","kind":"enrol"}', b"{" * 50_000, b"\xff\xfe"],
)
def test_bytes_that_are_no_event(payload: bytes) -> None:
    directory = Directory()
    with refused(directory, Malformed):
        directory.apply(Signed(payload, bytes(3373)))


def test_an_event_has_a_size_and_is_not_padded(agency: Agency) -> None:
    payload = dump(agency.enrol())
    read_event(payload)
    for padding in (1, 32 * 1024 - len(payload), 32 * 1024):
        with pytest.raises(Malformed):
            read_event(payload + b" " * padding)


# --- any sequence --------------------------------------------------------------------------------

_POOL = [SigningKey.from_seed(bytes([n]) * 64) for n in range(1, 4)]
_TRANSPORTS = [TransportKey.from_seed(bytes([n]) * 32) for n in range(1, 5)]


class AnySequence(RuleBasedStateMachine):
    """Whatever is told in whatever order, the directory follows a plain model of one agency, or stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.agency = Agency(root=_POOL[0], signing=_POOL[1], transport=_TRANSPORTS[0])
        self.directory = enrolled(self.agency)
        self.taken: list[Signed] = []
        self.current = _TRANSPORTS[0].public.key_id
        self.revoked: set[str] = set()
        self.known = {self.current}

    def _apply(self, signed: Signed) -> None:
        self.directory.apply(signed)
        self.taken.append(signed)

    @rule(n=st.integers(0, 3))
    def rotates(self, n: int) -> None:
        public = _TRANSPORTS[n].public
        signed = self.agency.signs(self.agency.rotate(self.directory, transport=encode(public.to_bytes())))
        if public.key_id in self.revoked:
            with refused(self.directory, KeyRevoked):
                self.directory.apply(signed)
        else:
            self._apply(signed)
            self.current = public.key_id
            self.known.add(public.key_id)

    @rule(n=st.integers(0, 3))
    def revokes(self, n: int) -> None:
        key = _TRANSPORTS[n].public.key_id
        signed = self.agency.signs(self.agency.revoke(self.directory, key))
        if key not in self.known:
            with refused(self.directory, KeyUnknown):
                self.directory.apply(signed)
        elif key in self.revoked:
            with refused(self.directory, KeyRevoked):
                self.directory.apply(signed)
        else:
            self._apply(signed)
            self.revoked.add(key)

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def replays(self, data: st.DataObject) -> None:
        with refused(self.directory, EventReplayed):
            self.directory.apply(data.draw(st.sampled_from(self.taken)))

    @rule(gap=st.integers(-3, 3).filter(lambda gap: gap != 0))
    def misplaces(self, gap: int) -> None:
        seq = self.directory.agency(self.agency.id).seq + 1 + gap
        if seq < 1:
            return
        event = self.agency.rotate(self.directory, seq=seq)
        with refused(self.directory, EventForked if gap < 0 else EventNotChained):
            self.directory.apply(self.agency.signs(event))

    @rule()
    def forges(self) -> None:
        event = self.agency.rotate(self.directory)
        with refused(self.directory, EventForged):
            self.directory.apply(self.agency.signs(event, _POOL[2]))

    @invariant()
    def follows_the_model(self) -> None:
        keys = self.directory.agency(self.agency.id)
        assert self.directory.size == 1 + len(self.taken)
        for transport in _TRANSPORTS:
            key_id = transport.public.key_id
            if key_id in self.known - self.revoked:
                assert keys.transport_key(key_id) == transport.public
            else:
                with pytest.raises((KeyUnknown, KeyRevoked)):
                    keys.transport_key(key_id)
        if self.current not in self.revoked:
            assert keys.transport.key_id == self.current

    def teardown(self) -> None:
        again = enrolled(self.agency)
        for signed in self.taken:
            again.apply(signed)
        assert again.agencies() == self.directory.agencies()


AnySequence.TestCase.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
TestAnySequence = AnySequence.TestCase
