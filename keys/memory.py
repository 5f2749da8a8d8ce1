"""What a process does so that keys in its memory stay there.

Promises: after `no_core_dumps` a crash of this process, or of one that it starts, writes no memory to a disk.
Never: more than that. Python copies bytes as it pleases and wipes none, the system may write memory to swap,
and whoever is root or the same user can read a running process: see docs/how-to/keys-at-rest.md.
"""

from __future__ import annotations

from contextlib import suppress


def no_core_dumps() -> None:
    """Set the limit of core files to none, for good; nothing happens on a system without such a limit."""
    try:
        import resource
    except ImportError:
        return  # Windows
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
