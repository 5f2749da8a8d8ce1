"""Checkpoints (C2SP tlog-checkpoint): a log's name, size and root, as the text of a note.

Promises: three lines and no others (no extension lines), each in its only spelling, so that equal checkpoints
are equal bytes.
Never: a text is taken for a log's statement because it has that shape (see `policy.open_checkpoint`).

An example from the specification::

    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Source: c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from keys.errors import CheckpointMalformed
from keys.record import decode, encode
from keys.transparency.merkle import EMPTY_ROOT, HASH_SIZE
from keys.transparency.note import Note, is_key_name

if TYPE_CHECKING:
    from keys.transparency.note import NoteSigner

LARGEST_SIZE: Final = 10**15 - 1  # an integer of our JSON has fifteen digits

_SIZE = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries, and their Merkle root was `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Print it: what is signed and cosigned."""
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """Read a note's text strictly; `CheckpointMalformed`."""
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[_LINES] != "":
        raise CheckpointMalformed("lines")
    origin, size, root = lines[:_LINES]
    if not is_key_name(origin):
        raise CheckpointMalformed("origin")
    if not _SIZE.fullmatch(size):
        raise CheckpointMalformed("size")
    try:
        checkpoint = Checkpoint(origin, int(size), decode(root))
    except ValueError:
        raise CheckpointMalformed("root") from None
    if len(checkpoint.root) != HASH_SIZE or (checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT):
        raise CheckpointMalformed("root")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, log: NoteSigner) -> bytes:
    """Sign it as the log whose key has the checkpoint's origin for its name; gives the note.

    A log must never sign two checkpoints of which one does not begin with the other: the caller's store sees
    to that, by compare-and-swap.
    """
    if log.name != checkpoint.origin or read_checkpoint(checkpoint.text) != checkpoint:
        raise ValueError("a log signs well-formed checkpoints of its own name")
    return Note(checkpoint.text, (log.sign(checkpoint.text),)).to_bytes()
