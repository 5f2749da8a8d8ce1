"""Every change that somebody on the way could make: flipped, cut, lengthened, moved, stripped, re-addressed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sealing_world import (
    CLINIC,
    OTHER_STEP,
    SCHOOL,
    SIGNATURE,
    STEP,
    WORDS,
    key,
    ring_of,
    sealed_share,
    slip_for,
)

from exchange.errors import EnvelopeRefused, HeaderDisagrees, NotForMe
from exchange.sealing import (
    Letter,
    LetterKind,
    PostalSlot,
    check_slip_matches,
    open_envelope,
    open_kept,
    open_part,
    rings,
    seal_envelope,
    seal_kept,
    seal_part,
)
from exchange.wire import limits
from exchange.wire.envelope import (
    EnvelopeHeader,
    KeySlot,
    MailboxSlot,
    PartHeader,
    Ring,
    parse_envelope,
    parse_part,
)
from exchange.wire.padding import pad
from keys.statement import dump

if TYPE_CHECKING:
    from keys.suite import SealingKey

MINE = ring_of(f"{SCHOOL} mailbox")


def _small_envelope() -> bytes:
    letter = Letter(LetterKind.SLIP, b"{}", SIGNATURE, ())
    return seal_envelope(STEP, letter, [PostalSlot(SCHOOL, key(f"{SCHOOL} mailbox").sealing_key)])


def test_no_single_flipped_bit_of_an_envelope_opens() -> None:
    envelope = bytearray(_small_envelope())
    for at in range(len(envelope)):
        for bit in range(8):
            envelope[at] ^= 1 << bit
            with pytest.raises(EnvelopeRefused):
                open_envelope(bytes(envelope), SCHOOL, MINE)
            envelope[at] ^= 1 << bit
    open_envelope(bytes(envelope), SCHOOL, MINE)


def test_no_single_flipped_bit_of_a_part_opens_for_any_reader() -> None:
    readers = ("teacher", "sender")
    part = bytearray(seal_part(STEP, 0, WORDS, [], [key(name).sealing_key for name in readers]).ring)
    for at in range(len(part)):
        for bit in range(8):
            part[at] ^= 1 << bit
            reader = readers[(at + bit) % 2]  # the one or the other: both are bound to all of it
            with pytest.raises(EnvelopeRefused):
                open_part(bytes(part), ring_of(reader))
            part[at] ^= 1 << bit
    for reader in readers:
        assert open_part(bytes(part), ring_of(reader)).contents == WORDS


def test_cut_or_lengthened_nothing_opens() -> None:
    envelope = _small_envelope()
    part = sealed_share().parts[0].ring
    kept = seal_kept(b"name", WORDS, [key("sender").sealing_key])
    for data, opens in (
        (envelope, lambda data: open_envelope(data, SCHOOL, MINE)),
        (part, lambda data: open_part(data, ring_of("teacher"))),
        (kept, lambda data: open_kept(b"name", data, ring_of("sender"))),
    ):
        opens(data)
        for length in range(len(data)):
            with pytest.raises(EnvelopeRefused):
                opens(data[:length])
        for more in (*range(1, 700), 16 * 1024, 16 * 1024 + 16):
            with pytest.raises(EnvelopeRefused):
                opens(data + bytes(more))


def _with_slots(ring: Ring[PartHeader], order: list[int], *, move_names: bool, move_wraps: bool) -> bytes:
    slots = tuple(ring.header.slots[n] for n in order) if move_names else ring.header.slots[: len(order)]
    wraps = tuple(ring.wraps[n] for n in order) if move_wraps else ring.wraps[: len(order)]
    header = PartHeader(id=ring.header.id, part=ring.header.part, slots=slots)
    return Ring(header, dump(header), wraps, ring.body).to_bytes()


@pytest.mark.parametrize("order", [[1, 0, 2, 3, 4], [4, 3, 2, 1, 0], [0, 1, 2, 3], [1, 2, 3, 4], [0]])
@pytest.mark.parametrize(("move_names", "move_wraps"), [(True, True), (True, False), (False, True)])
def test_slots_neither_reordered_nor_stripped_nor_mispaired_open(
    order: list[int], move_names: bool, move_wraps: bool
) -> None:
    ring = parse_part(sealed_share().parts[0].ring)
    changed = _with_slots(ring, order, move_names=move_names, move_wraps=move_wraps)
    for reader in ("teacher", "duty role", "school records", "sender", "sender records"):
        with pytest.raises(EnvelopeRefused):
            open_part(changed, ring_of(reader))


def test_a_wrap_repeated_in_every_slot_opens_for_nobody() -> None:
    ring = parse_part(sealed_share().parts[0].ring)
    for wrap in ring.wraps:
        changed = replace(ring, wraps=(wrap,) * len(ring.wraps)).to_bytes()
        for reader in ("teacher", "sender"):
            with pytest.raises(EnvelopeRefused):
                open_part(changed, ring_of(reader))


def test_a_slot_added_by_a_reader_shuts_everybody_out() -> None:
    """A reader holds the content key, but the body commits to the wraps, and re-sealing it changes its digest."""
    share = sealed_share()
    ring = parse_part(share.parts[0].ring)
    content_key = key("teacher").unwrap(
        ring.wraps[0], rings._info(b"readback/cx1/part", ring.header_bytes, 0)
    )
    header = PartHeader(
        id=ring.header.id,
        part=0,
        slots=(*ring.header.slots, KeySlot(key=key("outsider").sealing_key.key_id)),
    )
    header_bytes = dump(header)
    wrap = key("outsider").sealing_key.wrap(content_key, rings._info(b"readback/cx1/part", header_bytes, 5))
    widened = Ring(header, header_bytes, (*ring.wraps, wrap), ring.body).to_bytes()
    for reader in ("teacher", "outsider", "sender"):
        with pytest.raises(EnvelopeRefused):
            open_part(widened, ring_of(reader))


def test_parts_of_one_step_cannot_exchange_their_bodies_or_wraps() -> None:
    first, second = (parse_part(part.ring) for part in sealed_share(contents=(WORDS, b"{}")).parts)
    for mixed in (
        replace(first, body=second.body),
        replace(first, wraps=second.wraps),
        replace(first, wraps=second.wraps, body=second.body),
    ):
        with pytest.raises(EnvelopeRefused):
            open_part(mixed.to_bytes(), ring_of("teacher"))


@pytest.mark.parametrize("changes", [{"part": 1}, {"id": OTHER_STEP}])
def test_a_part_does_not_open_as_another_part_or_under_another_step(changes: dict[str, object]) -> None:
    ring = parse_part(sealed_share().parts[0].ring)
    header = ring.header.model_copy(update=changes)
    with pytest.raises(EnvelopeRefused):
        open_part(Ring(header, dump(header), ring.wraps, ring.body).to_bytes(), ring_of("teacher"))


def test_an_envelope_does_not_open_under_another_id_or_in_another_mailbox() -> None:
    ring = parse_envelope(sealed_share().envelope)
    slot = ring.header.slots[0]
    for header in (
        ring.header.model_copy(update={"id": OTHER_STEP}),
        ring.header.model_copy(update={"slots": (MailboxSlot(mailbox=CLINIC, key=slot.key),)}),
    ):
        data = Ring(header, dump(header), ring.wraps, ring.body).to_bytes()
        for mailbox in (SCHOOL, CLINIC):
            with pytest.raises(EnvelopeRefused):
                open_envelope(data, mailbox, MINE)


def test_one_kind_of_ring_never_opens_as_another() -> None:
    """Same key, same bytes, another label: a part posted as an envelope, or kept and sent."""
    reader = key(f"{SCHOOL} mailbox")
    part = parse_part(seal_part(STEP, 0, WORDS, [], [reader.sealing_key]).ring)
    header = EnvelopeHeader(id=STEP, slots=(MailboxSlot(mailbox=SCHOOL, key=reader.sealing_key.key_id),))
    with pytest.raises(EnvelopeRefused):
        open_envelope(Ring(header, dump(header), part.wraps, part.body).to_bytes(), SCHOOL, MINE)
    kept = seal_kept(b"", WORDS, [reader.sealing_key])
    for parse in (parse_part, parse_envelope):
        with pytest.raises(EnvelopeRefused, match="magic"):
            parse(kept)


def test_a_letter_sealed_on_to_somebody_else_is_refused() -> None:
    """Surreptitious forwarding: the school passes the sender's signed letter to the clinic, sealed afresh."""
    share = sealed_share(to=(SCHOOL,))
    letter = open_envelope(share.envelope, SCHOOL, MINE).letter
    for mailboxes in ((CLINIC,), (SCHOOL, CLINIC)):
        slots = [PostalSlot(mailbox, key(f"{mailbox} mailbox").sealing_key) for mailbox in mailboxes]
        opened = open_envelope(seal_envelope(STEP, letter, slots), CLINIC, ring_of(f"{CLINIC} mailbox"))
        with pytest.raises(HeaderDisagrees, match="to"):
            check_slip_matches(share.slip, opened)


def test_a_letter_under_another_id_is_refused() -> None:
    """Otherwise one letter could be posted again and again as new ones."""
    share = sealed_share()
    slots = [PostalSlot(SCHOOL, key(f"{SCHOOL} mailbox").sealing_key)]
    opened = open_envelope(seal_envelope(OTHER_STEP, share.letter, slots), SCHOOL, MINE)
    with pytest.raises(HeaderDisagrees, match="id"):
        check_slip_matches(share.slip, opened)


def test_a_mailbox_left_out_is_noticed() -> None:
    share = sealed_share(to=(SCHOOL, CLINIC))
    opened = open_envelope(
        seal_envelope(STEP, share.letter, [PostalSlot(SCHOOL, key(f"{SCHOOL} mailbox").sealing_key)]),
        SCHOOL,
        MINE,
    )
    with pytest.raises(HeaderDisagrees, match="to"):
        check_slip_matches(share.slip, opened)


def test_somebody_elses_part_cannot_be_sent_as_ones_own() -> None:
    """A reader puts the ring that they received into a step of their own, and pins it with their own slip."""
    share = sealed_share()
    slip = slip_for(share.parts, to=(CLINIC,), step=OTHER_STEP)
    letter = Letter(LetterKind.SLIP, b"{}", SIGNATURE, share.letter.parts)
    slots = [PostalSlot(CLINIC, key(f"{CLINIC} mailbox").sealing_key)]
    opened = open_envelope(seal_envelope(OTHER_STEP, letter, slots), CLINIC, ring_of(f"{CLINIC} mailbox"))
    with pytest.raises(HeaderDisagrees, match="contents"):
        check_slip_matches(slip, opened)


class _Liar:
    """A sealing key whose wrap holds another content key than the one it is given."""

    def __init__(self, honest: SealingKey) -> None:
        self.honest, self.key_id = honest, honest.key_id

    def wrap(self, _: bytes, info: bytes) -> bytes:
        return self.honest.wrap(b"another content key".ljust(32), info)


def test_two_readers_never_read_different_words_in_one_ring() -> None:
    """The body commits to one content key, so that a second one in another slot opens nothing."""
    slots = [key("teacher").sealing_key, _Liar(key("duty role").sealing_key)]
    part = seal_part(STEP, 0, WORDS, [], slots)  # type: ignore[arg-type]  # a hostile sealer
    assert open_part(part.ring, ring_of("teacher")).contents == WORDS
    with pytest.raises(EnvelopeRefused, match="body"):
        open_part(part.ring, ring_of("duty role"))
    with pytest.raises(EnvelopeRefused, match="slots disagree"):
        open_part(part.ring, ring_of("teacher", "duty role"))


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        bytes(31),
        bytes(32),
        bytes(32) + b"\1",
        bytes(32) + b"\1" + bytes(31),
        bytes(32) + bytes([limits.ATTACHMENTS + 1]) + bytes(32 * (limits.ATTACHMENTS + 1)) + b"{}",
        bytes(33) + bytes(limits.CONTENTS + 1),
    ],
)
def test_a_hostile_part_whose_inside_is_cut_or_too_large_is_refused(plain: bytes) -> None:
    reader = key("teacher").sealing_key
    header = PartHeader(id=STEP, part=0, slots=(KeySlot(key=reader.key_id),))
    ring = rings._seal(header, plain, [reader], b"readback/cx1/part")
    with pytest.raises(EnvelopeRefused, match="part"):
        open_part(ring, ring_of("teacher"))


def test_a_hostile_body_with_other_padding_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    paddings = {
        "dirty": lambda data: pad(data)[:-1] + b"\1",
        "other length": lambda data: (len(data) + 1).to_bytes(4, "big") + pad(data)[4:] + b"\0" * 8,
        "beyond": lambda data: b"\xff\xff\xff\xff" + pad(data)[4:],
    }
    words = bytes(1021 - 32 - 1)  # leaves some padding
    for hostile in paddings.values():
        monkeypatch.setattr(rings, "pad", hostile)
        part = seal_part(STEP, 0, words, [], [key("teacher").sealing_key])
        with pytest.raises(EnvelopeRefused):
            open_part(part.ring, ring_of("teacher"))


def test_every_refusal_is_one_family_without_a_word_of_anybodys() -> None:
    for error in (NotForMe, HeaderDisagrees):
        assert issubclass(error, EnvelopeRefused)
    with pytest.raises(EnvelopeRefused) as refusal:
        open_part(sealed_share().parts[0].ring[:-1] + b"x", ring_of("teacher"))
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
    assert "calm" not in repr(refusal.value)
