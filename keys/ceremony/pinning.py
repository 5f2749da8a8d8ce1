"""Pinning another agency's root, held against what this home has agreed on already.

Promises: a root that the pinned policy or an earlier pin contradicts is refused: one mistyped digit would
look like an agency that nobody can write to.
Never: it asks a log; a running desk holds pins against that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.ceremony.home import digits_of, load_home, pin
from keys.ceremony.policy import read_policy
from keys.errors import OtherRootPinned, PolicyMissing, RootNotAgreed

if TYPE_CHECKING:
    from pathlib import Path


def pin_compared(path: Path, agency: str, compared: str, *, replacing: bool = False) -> None:
    """Hold `agency` to the root that was compared; `replacing` an earlier pin.

    `PinMalformed`, `RootNotAgreed`, `OtherRootPinned`, or as `keys.ceremony.home.pin`.
    """
    home, digits = load_home(path), digits_of(compared)
    try:
        agreed = dict(read_policy(path).founders)
    except PolicyMissing:
        agreed = {}
    agreed[home.agency] = home.card.root
    if agency in agreed and digits_of(agreed[agency]) != digits:
        raise RootNotAgreed
    if home.pins.get(agency, digits) != digits and not replacing:
        raise OtherRootPinned
    pin(path, agency, compared)
