"""Any sequence of events of several agencies: what an attacker does to it is refused by name, or shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from enrolled_agency import Agency, flipped
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.directory import Directory
from keys.errors import (
    AgencyUnknown,
    AuditRolledBack,
    EnrolmentDiffers,
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
    RootNotCommitted,
)
from keys.event import Anchor, entry_of, read_logged, signed_of
from keys.record import encode
from keys.statement import Kind, Signed, sign
from keys.suite import SigningKey, TransportKey

NAMES = ("northshire-childrens", "moorfield-primary", "eastvale-police")
ROOTS = [[SigningKey.generate() for _ in range(4)] for _ in NAMES]
AGENCIES = [
    Agency(id=name, root=roots[0], next_root=roots[1]) for name, roots in zip(NAMES, ROOTS, strict=True)
]
TRANSPORTS = [TransportKey.generate() for _ in range(12)]
OUTSIDER = SigningKey.generate()
ACTS = ("rotate", "revoke", "sponsor", "succeed", "anchor")
NAMED = (
    AgencyUnknown,
    EventNotChained,
    EventForged,
    KeyRevoked,
    KeyUnknown,
    RevokedAhead,
    RootNotCommitted,
    AuditRolledBack,
    EnrolmentDiffers,
)


@dataclass
class History:
    """What honest agencies did: entries, and the directory that they gave."""

    directory: Directory = field(default_factory=Directory)
    entries: list[Signed] = field(default_factory=list)
    roots: list[int] = field(default_factory=lambda: [0] * len(NAMES))  # which of its roots an agency has

    def take(self, signed: Signed) -> None:
        self.directory.apply(signed)
        self.entries.append(signed)

    def act(self, who: int, what: str, fresh: int) -> None:
        agency, told = AGENCIES[who], self.directory
        root = ROOTS[who][self.roots[who]]
        keys = told.agency(agency.id)
        match what:
            case "rotate":
                new = encode(TransportKey.from_seed(bytes([who, fresh]) * 16).public.to_bytes())
                self.take(agency.signs(agency.rotate(told, transport=new), root))
            case "revoke":
                standing = [key for key in keys.listed() if key.kind == "transport" and not key.revoked]
                if standing:
                    event = agency.revoke(told, standing[0].key_id, from_index=fresh % (told.size + 1))
                    self.take(agency.signs(event, root))
            case "sponsor":
                newcomer = AGENCIES[(who + 1) % len(NAMES)]
                if newcomer.id not in keys.sponsored:
                    self.take(agency.signs(agency.sponsor(told, newcomer), root))
            case "succeed" if self.roots[who] < 2:
                following, later = ROOTS[who][self.roots[who] + 1], ROOTS[who][self.roots[who] + 2]
                self.take(agency.signs(agency.succeed(told, later, following), following))
                self.roots[who] += 1
            case "anchor":
                self.take(agency.anchor(told.size))


@st.composite
def histories(draw: st.DrawFn) -> History:
    history, fresh = History(), count()
    for agency in AGENCIES:
        history.take(agency.signs(agency.enrol()))
    acts = st.tuples(st.integers(0, len(NAMES) - 1), st.sampled_from(ACTS))
    for who, what in draw(st.lists(acts, min_size=2, max_size=10)):
        history.act(who, what, next(fresh))
    return history


def replayed(entries: list[Signed]) -> tuple[Directory, KeysProblem | None]:
    """Fold until something is refused, and see that the refusal changed nothing."""
    directory = Directory()
    for signed in entries:
        before = directory.size, directory.root, directory.agencies()
        try:
            directory.apply(signed)
        except KeysProblem as problem:
            assert (directory.size, directory.root, directory.agencies()) == before
            return directory, problem
    return directory, None


def of(signed: Signed) -> str:
    return read_logged(signed.payload).agency


def in_sequence(signed: Signed) -> bool:
    return not isinstance(read_logged(signed.payload), Anchor)


COMMON = settings(max_examples=25, deadline=None)


@COMMON
@given(history=histories())
def test_the_same_entries_give_the_same_directory(history: History) -> None:
    again, problem = replayed(history.entries)
    assert problem is None
    assert again.agencies() == history.directory.agencies()
    assert [again.root_at(n) for n in range(again.size + 1)] == [
        history.directory.root_at(n) for n in range(again.size + 1)
    ]
    assert Directory().root_with(history.entries) == again.root
    copied = again.copy()
    with pytest.raises(KeysProblem):
        copied.apply(history.entries[0])
    copied.apply(AGENCIES[0].anchor(10_000))
    assert again.size == len(history.entries)
    assert copied.root_at(again.size) == again.root


@COMMON
@given(history=histories(), data=st.data())
def test_a_forged_entry(history: History, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(history.entries) - 1))
    true = history.entries[at]
    kind = Kind.AGENCY_EVENT if in_sequence(true) else Kind.ANCHOR
    bit = data.draw(st.integers(0, len(true.signature) * 8 - 1))
    altered = data.draw(st.integers(0, len(true.payload) * 8 - 1))
    for forged in (
        sign(kind, true.payload, OUTSIDER),
        sign(Kind.SLIP, true.payload, OUTSIDER),
        Signed(true.payload, flipped(true.signature, bit)),
        Signed(flipped(true.payload, altered), true.signature),
    ):
        directory, problem = replayed([*history.entries[:at], forged])
        assert directory.size == at
        allowed = (EventForged, Malformed, AgencyUnknown, KeyUnknown, RootDiffers)
        assert isinstance(problem, allowed), problem
        directory.apply(true)  # and the true one still fits


@COMMON
@given(history=histories(), data=st.data())
def test_a_replayed_entry(history: History, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(history.entries) - 1))
    again = data.draw(st.integers(0, at))
    _, problem = replayed([*history.entries[: at + 1], history.entries[again]])
    if in_sequence(history.entries[again]):
        assert type(problem) is EventReplayed
    else:
        assert isinstance(problem, (EventReplayed, AuditRolledBack))


@COMMON
@given(history=histories(), data=st.data())
def test_a_dropped_entry(history: History, data: st.DataObject) -> None:
    """The agency's next event does not follow; where there is none, the root is another one."""
    at = data.draw(st.integers(0, len(history.entries) - 1))
    gone, rest = history.entries[at], history.entries[at + 1 :]
    directory, problem = replayed([*history.entries[:at], *rest])
    if in_sequence(gone) and any(of(one) == of(gone) and in_sequence(one) for one in rest):
        assert isinstance(problem, NAMED)
    if problem is None:
        assert directory.size == len(history.entries) - 1
        assert directory.root != history.directory.root_at(directory.size) or not rest


@COMMON
@given(history=histories(), data=st.data())
def test_reordered_entries(history: History, data: st.DataObject) -> None:
    """Two of one agency do not change places; two of different ones might, and then the root differs."""
    one = data.draw(st.integers(0, len(history.entries) - 2))
    two = data.draw(st.integers(one + 1, len(history.entries) - 1))
    entries = list(history.entries)
    entries[one], entries[two] = entries[two], entries[one]
    directory, problem = replayed(entries)
    moved = [history.entries[one], history.entries[two]]
    if of(moved[0]) == of(moved[1]) and all(in_sequence(entry) for entry in moved):
        assert isinstance(problem, NAMED)
    if problem is None:
        assert directory.root != history.directory.root


@COMMON
@given(history=histories(), who=st.integers(0, len(NAMES) - 1))
def test_a_stolen_root_forks_in_the_open_or_not_at_all(history: History, who: int) -> None:
    """Another event in a taken place, truly signed: no desk that knows the first takes the second."""
    agency, keys = AGENCIES[who], history.directory.agency(NAMES[who])
    root = ROOTS[who][history.roots[who]]
    transport = encode(TRANSPORTS[who].public.to_bytes())
    for seq in range(1, keys.seq + 1):
        rival = agency.signs(agency.rotate(history.directory, transport=transport, seq=seq), root)
        with pytest.raises(EventForked):
            history.directory.apply(rival)
    stolen = agency.rotate(history.directory, transport=transport)
    other = ROOTS[who - 1][history.roots[who - 1]]
    with pytest.raises(EventForged):
        history.directory.apply(agency.signs(stolen, other))


# --- a part of the log -----------------------------------------------------------------------------


@COMMON
@given(history=histories(), who=st.integers(0, len(NAMES) - 1))
def test_a_part_of_the_log_says_the_same_of_whose_it_is(history: History, who: int) -> None:
    """An agency's own entries, with their places: its keys are as in the whole log."""
    part = Directory(whole=False)
    for index, signed in enumerate(history.entries):
        if of(signed) == NAMES[who]:
            part.apply(signed, index)
    assert part.agency(NAMES[who]) == history.directory.agency(NAMES[who])
    assert part.anchor(NAMES[who]) == history.directory.anchor(NAMES[who])
    with pytest.raises(ValueError, match="no tree"):
        _ = part.root


def test_places_in_a_part_of_the_log_rise() -> None:
    first, second = AGENCIES[0], AGENCIES[1]
    part = Directory(whole=False)
    part.apply(first.signs(first.enrol()), 7)
    for place in (7, 6, 0):
        with pytest.raises(EventNotChained):
            part.apply(second.signs(second.enrol()), place)
    part.apply(second.signs(second.enrol()), 8)
    key = first.transport.public.key_id
    with pytest.raises(RevokedAhead):
        part.apply(first.signs(first.revoke(part, key, from_index=10)), 9)
    part.apply(first.signs(first.revoke(part, key, from_index=9)), 9)
    assert part.size == 3


def test_the_whole_log_has_no_gaps() -> None:
    directory, agency = Directory(), AGENCIES[0]
    with pytest.raises(ValueError, match="gaps"):
        directory.apply(agency.signs(agency.enrol()), 1)
    directory.apply(agency.signs(agency.enrol()), 0)


def test_an_entry_prints_as_it_was_read() -> None:
    signed = AGENCIES[0].signs(AGENCIES[0].enrol())
    assert signed_of(entry_of(signed)) == signed
    for short in (b"", bytes(3373)):
        with pytest.raises(Malformed):
            signed_of(short)
