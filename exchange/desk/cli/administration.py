"""`readback keys …`: the ceremonies of `keys.cli`, and what is seen of keys from outside a home.

Promises: one group for an administrator, whichever package a command lives in.
Never: `keys` learns of the exchange.
"""

from __future__ import annotations

from exchange.desk.cli import keylog
from keys.cli import app

keylog.add(app)

__all__ = ["app"]
