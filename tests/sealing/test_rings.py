"""What was sealed opens, for its readers, as what it was; nobody else opens anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sealing_world import (
    CLINIC,
    OTHER_STEP,
    READERS,
    SCHOOL,
    SENDER,
    SIGNATURE,
    STEP,
    WORDS,
    key,
    ring_of,
    sealed_share,
    slip_for,
)

from exchange.errors import ContentsDisagree, EnvelopeRefused, HeaderDisagrees, NotForMe, TooLarge
from exchange.sealing import (
    Letter,
    LetterKind,
    PostalSlot,
    check_part,
    check_slip_matches,
    commitment,
    open_envelope,
    open_kept,
    open_part,
    seal_envelope,
    seal_kept,
    seal_part,
)
from exchange.wire import limits
from exchange.wire.envelope import parse_part
from keys.errors import KeyRevoked, KeyUnknown
from keys.record import digest

if TYPE_CHECKING:
    from keys.suite import OpeningKey

LETTER = Letter(LetterKind.SLIP, b"{}", SIGNATURE, ())


def test_a_share_goes_through_all_three_rings() -> None:
    share = sealed_share(to=(SCHOOL, CLINIC), contents=(WORDS, b"{}"))
    for agency in (SCHOOL, CLINIC):
        opened = open_envelope(share.envelope, agency, ring_of(f"{agency} mailbox"))
        assert opened.id == STEP
        assert opened.mailboxes == (SCHOOL, CLINIC)
        assert opened.letter == share.letter
        rings = check_slip_matches(share.slip, opened)
        assert [ring.header.part for ring in rings] == [0, 1]
        for number, words in enumerate((WORDS, b"{}")):
            part = opened.letter.parts[number]
            for reader in READERS:
                read = open_part(part, ring_of(reader))
                check_part(read, share.slip.contents[number], part)
                assert (read.step_id, read.part, read.contents) == (STEP, number, words)


def test_attachment_keys_travel_beside_the_words_in_order() -> None:
    keys = [bytes([n]) * 32 for n in range(limits.ATTACHMENTS)]
    part = seal_part(STEP, 0, WORDS, keys, [key("teacher").sealing_key])
    opened = open_part(part.ring, ring_of("teacher"))
    assert opened.attachment_keys == tuple(keys)
    assert opened.contents == WORDS
    assert opened.salt == part.salt


def test_nobody_else_opens_anything() -> None:
    share = sealed_share()
    with pytest.raises(NotForMe):
        open_envelope(share.envelope, CLINIC, ring_of(f"{CLINIC} mailbox", f"{SCHOOL} mailbox"))
    with pytest.raises(NotForMe):
        open_envelope(share.envelope, SCHOOL, ring_of(f"{CLINIC} mailbox"))
    with pytest.raises(NotForMe):
        open_part(share.parts[0].ring, ring_of(f"{SCHOOL} mailbox", "another teacher"))
    with pytest.raises(NotForMe):
        open_part(share.parts[0].ring, {})


def test_a_wrong_private_key_under_the_right_name_opens_nothing() -> None:
    share = sealed_share()
    impostor = key("impostor")
    with pytest.raises(EnvelopeRefused, match="wrap"):
        open_envelope(share.envelope, SCHOOL, {key(f"{SCHOOL} mailbox").sealing_key.key_id: impostor})
    with pytest.raises(EnvelopeRefused, match="wrap"):
        open_part(share.parts[0].ring, {key("teacher").sealing_key.key_id: impostor})


def test_one_person_may_hold_several_of_a_parts_keys() -> None:
    share = sealed_share()
    read = open_part(share.parts[0].ring, ring_of("teacher", "duty role", "unrelated"))
    assert read.contents == WORDS


def test_keys_may_come_from_a_function_that_knows_only_some() -> None:
    share = sealed_share()

    def only_the_role(key_id: str) -> OpeningKey:
        if key_id != key("duty role").sealing_key.key_id:
            raise KeyUnknown
        return key("duty role")

    def nothing(_: str) -> OpeningKey:
        raise KeyUnknown

    def revoked(_: str) -> OpeningKey:
        raise KeyRevoked

    assert open_part(share.parts[0].ring, only_the_role).contents == WORDS
    with pytest.raises(NotForMe):
        open_part(share.parts[0].ring, nothing)
    with pytest.raises(KeyRevoked):
        open_part(share.parts[0].ring, revoked)


def test_the_same_words_never_look_the_same() -> None:
    first, second = sealed_share(), sealed_share()
    assert first.envelope != second.envelope
    assert first.parts[0].pin.commitment != second.parts[0].pin.commitment
    assert first.parts[0].ring[-40:] != second.parts[0].ring[-40:]


def test_a_repeated_key_takes_one_slot() -> None:
    part = seal_part(STEP, 0, WORDS, [], [key("sender").sealing_key, key("sender").sealing_key])
    assert len(parse_part(part.ring).header.slots) == 1
    assert open_part(part.ring, ring_of("sender")).contents == WORDS


def test_what_is_kept_opens_under_its_own_name_alone() -> None:
    kept = seal_kept(
        b"emphasis/1", b"ranking", [key("sender").sealing_key, key("sender records").sealing_key]
    )
    assert open_kept(b"emphasis/1", kept, ring_of("sender")) == b"ranking"
    assert open_kept(b"emphasis/1", kept, ring_of("sender records")) == b"ranking"
    for name in (b"emphasis/2", b"", b"emphasis/1\0"):
        with pytest.raises(EnvelopeRefused):
            open_kept(name, kept, ring_of("sender"))
    with pytest.raises(NotForMe):
        open_kept(b"emphasis/1", kept, ring_of("teacher"))
    assert b"emphasis" not in kept


def test_too_much_is_refused_before_it_is_sealed() -> None:
    slot = [key("teacher").sealing_key]
    with pytest.raises(TooLarge, match="contents"):
        seal_part(STEP, 0, bytes(limits.CONTENTS + 1), [], slot)
    with pytest.raises(TooLarge, match="attachments"):
        seal_part(STEP, 0, WORDS, [bytes(32)] * (limits.ATTACHMENTS + 1), slot)
    with pytest.raises(TooLarge, match="kept"):
        seal_kept(b"", bytes(limits.ENVELOPE), slot)
    big = Letter(LetterKind.SLIP, b"{}", SIGNATURE, (bytes(limits.ENVELOPE - 2000),))
    with pytest.raises(TooLarge, match="envelope"):
        seal_envelope(STEP, big, [PostalSlot(SCHOOL, slot[0])])


def test_the_largest_contents_fit() -> None:
    words = b"x" * limits.CONTENTS
    part = seal_part(STEP, 0, words, [], [key("teacher").sealing_key])
    assert open_part(part.ring, ring_of("teacher")).contents == words


def test_slots_that_make_no_sense_are_the_callers_error() -> None:
    mailbox = key("mailbox").sealing_key
    for slots in (
        [],
        [PostalSlot(SCHOOL, mailbox), PostalSlot(SCHOOL, key("x").sealing_key)],
        [PostalSlot(SCHOOL, mailbox), PostalSlot(CLINIC, mailbox)],
        [PostalSlot("Not An Agency", mailbox)],
    ):
        with pytest.raises(ValueError, match=r"EnvelopeHeader|MailboxSlot"):
            seal_envelope(STEP, LETTER, slots)
    with pytest.raises(ValueError, match="PartHeader"):
        seal_part(STEP, 0, WORDS, [], [])
    with pytest.raises(ValueError, match="PartHeader"):
        seal_part(STEP, limits.PARTS, WORDS, [], [mailbox])
    with pytest.raises(ValueError, match="32 bytes"):
        seal_part(STEP, 0, WORDS, [b"short"], [mailbox])


def test_a_commitment_has_one_meaning() -> None:
    assert commitment(bytes(32), b"words") == digest(bytes(32) + b"words")
    for salt in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="salt"):
            commitment(salt, b"words")


def test_words_that_the_slip_does_not_pin_are_refused() -> None:
    share = sealed_share()
    other = sealed_share(contents=(b'{"words":"He was afraid when he arrived."}',))
    good = open_part(share.parts[0].ring, ring_of("teacher"))
    bad = open_part(other.parts[0].ring, ring_of("teacher"))
    pin = share.slip.contents[0]
    check_part(good, pin, share.parts[0].ring)
    with pytest.raises(ContentsDisagree, match="ring"):
        check_part(bad, pin, other.parts[0].ring)
    with pytest.raises(ContentsDisagree, match="length"):
        check_part(bad, pin, share.parts[0].ring)
    same_length = seal_part(STEP, 0, WORDS.swapcase(), [], [key("teacher").sealing_key])
    with pytest.raises(ContentsDisagree, match="commitment"):
        check_part(open_part(same_length.ring, ring_of("teacher")), pin, share.parts[0].ring)


def test_a_desks_own_copy_stands_in_its_own_mailbox() -> None:
    share = sealed_share()
    own = seal_envelope(STEP, share.letter, [PostalSlot(SENDER, key(f"{SENDER} mailbox").sealing_key)])
    opened = open_envelope(own, SENDER, ring_of(f"{SENDER} mailbox"))
    check_slip_matches(share.slip, opened, kept=True)
    with pytest.raises(HeaderDisagrees, match="to"):
        check_slip_matches(share.slip, opened)
    sent = open_envelope(share.envelope, SCHOOL, ring_of(f"{SCHOOL} mailbox"))
    with pytest.raises(HeaderDisagrees, match="to"):
        check_slip_matches(share.slip, sent, kept=True)


def test_a_roster_never_passes_for_a_slip() -> None:
    share = sealed_share()
    letter = Letter(LetterKind.ROSTER, share.letter.payload, SIGNATURE, ())
    envelope = seal_envelope(STEP, letter, [PostalSlot(SCHOOL, key(f"{SCHOOL} mailbox").sealing_key)])
    opened = open_envelope(envelope, SCHOOL, ring_of(f"{SCHOOL} mailbox"))
    with pytest.raises(HeaderDisagrees, match="object"):
        check_slip_matches(share.slip, opened)


def test_slip_and_letter_must_carry_the_same_parts() -> None:
    share = sealed_share(contents=(WORDS, b"{}"))
    mailbox = PostalSlot(SCHOOL, key(f"{SCHOOL} mailbox").sealing_key)
    rings = share.letter.parts
    elsewhere = seal_part(OTHER_STEP, 0, WORDS, [], [key("teacher").sealing_key])
    for parts, error in (
        (rings[:1], HeaderDisagrees),  # stripped
        ((*rings, rings[0]), HeaderDisagrees),  # added
        (rings[::-1], ContentsDisagree),  # exchanged
        ((rings[0], rings[0]), ContentsDisagree),  # repeated
        ((elsewhere.ring, rings[1]), ContentsDisagree),  # from another step
    ):
        letter = Letter(LetterKind.SLIP, share.letter.payload, SIGNATURE, parts)
        opened = open_envelope(seal_envelope(STEP, letter, [mailbox]), SCHOOL, ring_of(f"{SCHOOL} mailbox"))
        with pytest.raises(error):
            check_slip_matches(share.slip, opened)


@pytest.mark.parametrize("wrong", ["step", "number"])
def test_a_part_sealed_for_another_place_is_refused_though_the_slip_pins_it(wrong: str) -> None:
    part = seal_part(
        OTHER_STEP if wrong == "step" else STEP,
        1 if wrong == "number" else 0,
        WORDS,
        [],
        [key("teacher").sealing_key],
    )
    slip = slip_for((part,))
    letter = Letter(LetterKind.SLIP, b"{}", SIGNATURE, (part.ring,))
    envelope = seal_envelope(STEP, letter, [PostalSlot(SCHOOL, key(f"{SCHOOL} mailbox").sealing_key)])
    opened = open_envelope(envelope, SCHOOL, ring_of(f"{SCHOOL} mailbox"))
    with pytest.raises(HeaderDisagrees, match=r"contents\[0\]"):
        check_slip_matches(slip, opened)
