"""Whoever may write into the key log, with their own keys or with stolen ones, to the harm of the others."""

from __future__ import annotations

import pytest
from enrolled_agency import Agency, at, enrolled

from keys import fold
from keys.directory import Directory
from keys.errors import (
    AnchorTooSoon,
    AuditRolledBack,
    EventNotChained,
    EventReplayed,
    KeyRevoked,
    KeysProblem,
    KeyTaken,
    Malformed,
)
from keys.event import Anchor, entry_of, signed_of
from keys.notekey import NotePublic, WitnessKey
from keys.record import LATEST_YEAR, encode
from keys.statement import Kind, Signed, dump, sign
from keys.suite import SigningKey
from keys.transparency import note
from keys.transparency.merkle import leaf_hash
from keys.transparency.note import Algorithm, VerifierKey

VICTIM, MALLORY = Agency(), Agency("moorfield-primary")
LARGEST = 2**48 - 1
LAST_DAYS = f"{LATEST_YEAR}-12-30T00:00:00Z"


def refusal(directory: Directory, signed: Signed) -> type[KeysProblem]:
    before = directory.size, directory.root, directory.agencies()
    with pytest.raises(KeysProblem) as caught:
        directory.apply(signed)
    assert (directory.size, directory.root, directory.agencies()) == before
    return caught.type


def shown(key: SigningKey) -> str:
    return encode(key.verifying_key.to_bytes())


# --- a succession cannot be prevented --------------------------------------------------------------


def test_nobody_shows_anothers_next_root_as_a_key_of_their_own() -> None:
    """A hub sees a succession before it is in the log; with an admitted friend it could come first."""
    directory = enrolled(VICTIM, MALLORY)
    ours = MALLORY.rotate(directory, signing=shown(VICTIM.next_root))
    assert refusal(directory, MALLORY.signs(ours)) is KeyTaken
    stranger = Agency("eastvale-police", signing=VICTIM.next_root)
    assert refusal(directory, stranger.signs(stranger.enrol())) is KeyTaken
    directory.apply(VICTIM.signs(VICTIM.succeed(directory, SigningKey.generate()), VICTIM.next_root))


def test_who_commits_to_anothers_next_root_prevents_nothing() -> None:
    directory = enrolled(VICTIM)
    copycat = Agency("eastvale-police", next_root=VICTIM.next_root)
    directory.apply(copycat.signs(copycat.enrol()))
    ours = copycat.rotate(directory, signing=shown(VICTIM.next_root))
    assert refusal(directory, copycat.signs(ours)) is Malformed
    directory.apply(VICTIM.signs(VICTIM.succeed(directory, SigningKey.generate()), VICTIM.next_root))


def test_who_commits_to_a_key_in_use_takes_it_from_nobody() -> None:
    directory = enrolled(VICTIM)
    copycat = Agency("eastvale-police", next_root=VICTIM.signing)
    directory.apply(copycat.signs(copycat.enrol()))
    witness = encode(WitnessKey.generate().public.to_bytes())
    directory.apply(VICTIM.signs(VICTIM.rotate(directory, witness=witness)))
    assert directory.agency(VICTIM.id).signing == VICTIM.signing.verifying_key


# --- anchors ---------------------------------------------------------------------------------------


def leap(number: int, created: str, key: SigningKey = VICTIM.signing) -> Signed:
    """An anchor of the thief's."""
    name = key.verifying_key.key_id
    anchor = Anchor(agency=VICTIM.id, key=name, number=number, head="0" * 64, created=created)
    return sign(Kind.ANCHOR, dump(anchor), key)


def test_a_thief_of_the_signing_key_does_not_use_up_the_numbers_of_anchors() -> None:
    directory = enrolled(VICTIM)
    directory.apply(VICTIM.anchor(10))
    for number in (LARGEST, 10 + fold.ANCHOR_LEAP + 1):
        assert refusal(directory, leap(number, at(11))) is EventNotChained
    directory.apply(leap(10 + fold.ANCHOR_LEAP, at(11)))


def test_the_first_anchor_leaves_room_too() -> None:
    directory = enrolled(VICTIM)
    assert refusal(directory, leap(LARGEST, at())) is EventNotChained


def recovered(directory: Directory, from_index: int) -> SigningKey:
    """The agency notices, takes a new signing key, and revokes the stolen one from that index."""
    fresh = SigningKey.generate()
    directory.apply(VICTIM.signs(VICTIM.rotate(directory, signing=shown(fresh))))
    stolen = VICTIM.signing.verifying_key.key_id
    directory.apply(VICTIM.signs(VICTIM.revoke(directory, stolen, from_index=from_index)))
    return fresh


def test_what_a_thief_anchored_holds_back_no_anchor_of_the_agency_that_recovered() -> None:
    directory = enrolled(VICTIM)
    directory.apply(leap(10**9, LAST_DAYS))  # a hub that lies takes any date
    assert refusal(directory, leap(10**9 + 1, LAST_DAYS)) is AnchorTooSoon
    fresh = recovered(directory, 1)
    assert directory.anchor(VICTIM.id) is None
    directory.apply(VICTIM.anchor(11, fresh))
    anchor = directory.anchor(VICTIM.id)
    assert anchor is not None
    assert anchor.number == 11


def test_an_honest_anchor_still_holds_after_a_thiefs_was_revoked() -> None:
    """Else who recovers from a thief could cut the trail short unseen, or anybody send old anchors again."""
    directory, second = enrolled(VICTIM), SigningKey.generate()
    honest = VICTIM.anchor(10)
    directory.apply(honest)
    directory.apply(VICTIM.signs(VICTIM.rotate(directory, signing=shown(second))))
    directory.apply(leap(10**6, at(20), second))
    third = SigningKey.generate()
    directory.apply(VICTIM.signs(VICTIM.rotate(directory, signing=shown(third))))
    stolen = second.verifying_key.key_id
    directory.apply(VICTIM.signs(VICTIM.revoke(directory, stolen, from_index=directory.size - 2)))
    assert refusal(directory, honest) is EventReplayed
    assert refusal(directory, VICTIM.anchor(9, third, created=at(30))) is AuditRolledBack
    directory.apply(VICTIM.anchor(11, third, created=at(30)))


def test_an_anchor_from_before_the_revocations_place_still_holds() -> None:
    directory = enrolled(VICTIM)
    directory.apply(VICTIM.anchor(10))
    fresh = recovered(directory, directory.size)
    assert refusal(directory, VICTIM.anchor(9, fresh, created=at(30))) is AuditRolledBack
    assert refusal(directory, VICTIM.anchor(11, created=at(30))) is KeyRevoked


# --- one entry, one reading ------------------------------------------------------------------------


def test_an_event_or_anchor_has_one_spelling() -> None:
    """Else everybody keeps, for ever, thirty kilobytes of spaces behind each anchor."""
    directory = enrolled(VICTIM)
    payload = VICTIM.anchor(1).payload
    for other in (payload + b" " * 1000, b" " + payload, payload.replace(b":", b": ", 1)):
        assert refusal(directory, sign(Kind.ANCHOR, other, VICTIM.signing)) is Malformed
    event = dump(VICTIM.rotate(directory))
    assert refusal(directory, sign(Kind.AGENCY_EVENT, event + b"\n", VICTIM.root)) is Malformed


def test_the_bytes_of_an_entry_are_not_divided_elsewhere() -> None:
    """The leaf covers payload and signature as one: who writes to a store could move the border unseen."""
    signed = VICTIM.signs(VICTIM.enrol())
    signed = Signed(signed.payload, b" " + signed.signature[1:])  # as one in 64 begins: with white space
    moved = Signed(signed.payload + b" ", signed.signature[1:])
    whole = entry_of(signed)
    assert leaf_hash(moved.payload + moved.signature) == leaf_hash(whole)
    assert signed_of(whole) == signed
    with pytest.raises(Malformed):
        entry_of(moved)
    directory = Directory()
    with pytest.raises(Malformed):
        directory.take_known(moved)
    for length in (-1, 1):
        cut = Signed(signed.payload, signed.signature[:length] if length < 0 else signed.signature + b" ")
        with pytest.raises(Malformed):
            directory.take_known(cut)
    assert (directory.size, directory.agencies()) == (0, ())


# --- witness keys ----------------------------------------------------------------------------------


def test_no_witness_takes_a_second_key_that_notes_name_like_its_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whose policy names the first would see a forgery in each line of the second, and believe nothing more.

    Four bytes of an id are found again within a day; here it has one.
    """
    monkeypatch.setattr(note, "KEY_ID_SIZE", 1)

    def named(key: NotePublic) -> bytes:
        return VerifierKey(VICTIM.id, Algorithm.COSIGNATURE, key).key_id

    first = VICTIM.witness.public
    keys = (WitnessKey.generate() for _ in range(5000))
    twin = next(key for key in keys if named(key.public) == named(first))
    other = next(key for key in keys if named(key.public) != named(first))
    directory = enrolled(VICTIM)
    ours = VICTIM.rotate(directory, witness=encode(twin.public.to_bytes()))
    assert refusal(directory, VICTIM.signs(ours)) is Malformed
    for key in (other, VICTIM.witness):  # away, and back to the very same
        directory.apply(VICTIM.signs(VICTIM.rotate(directory, witness=encode(key.public.to_bytes()))))
    ours = VICTIM.rotate(directory, witness=encode(twin.public.to_bytes()))
    assert refusal(directory, VICTIM.signs(ours)) is Malformed


PRIME = 2**255 - 19
EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826


@pytest.mark.parametrize("side", [0, 2**255], ids=hex)
@pytest.mark.parametrize(
    "height", [0, 1, PRIME - 1, EIGHTH, PRIME - EIGHTH, PRIME, PRIME + 1, PRIME + 3], ids=hex
)
def test_no_note_key_lets_everybody_sign(height: int, side: int) -> None:
    """Under the neutral point this signature, which nobody made, fits every text; under the others, many."""
    weak = (height + side).to_bytes(32, "little")
    with pytest.raises(Malformed):
        NotePublic.from_bytes(weak)
    directory = Directory()
    assert refusal(directory, VICTIM.signs(VICTIM.enrol(witness=encode(weak)))) is Malformed
