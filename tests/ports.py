"""Ports for tests: each is given to nobody else while this process lives, so that no two tests meet on one."""

from __future__ import annotations

import atexit

from exchange.demo.processes import hold_ports


def free_port() -> int:
    """A port on loopback where nobody listens, until whoever asked for it does."""
    ((port, held),) = hold_ports(1).items()
    atexit.register(held.close)
    return port
