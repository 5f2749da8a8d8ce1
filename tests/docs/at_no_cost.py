"""The command `readback`, but for what it costs to stretch a passphrase: pages hold hundreds of them.

Promises: everything else is what a reader's own command does. The tutorial is followed at the full cost.
Never: outside tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.cli import main
from keys import keystore

if TYPE_CHECKING:
    from keys.keystore.lock import Stretched

CHEAP = keystore.Cost(memory_kib=8, passes=1, lanes=1)
_stretched = keystore.Passphrase.lock


def _lock(self: keystore.Passphrase, _cost: keystore.Cost) -> Stretched:
    return _stretched(self, CHEAP)


if __name__ == "__main__":
    keystore.Passphrase.lock = _lock
    main()
