"""The machine below a hub or a desk: its versions, its disk, its clock, and who can read the folder.

Promises: bounds are stated here, once.
Never: it asks the network.
"""

from __future__ import annotations

import shutil
import sqlite3
import ssl
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from exchange.doctor.finding import Finding, soon, well, wrong
from keys.files import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PYTHON: Final = (3, 11)
LITTLE: Final = 1024**3  # bytes free: the disk is to be looked at
NONE: Final = 128 * 1024**2  # bytes free: the next attachment fills it
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_SECRETS: Final = (".keystore", ".credential", ".wrapped", ".sealed", ".db", ".db-wal")
_CLOCK_SECONDS: Final = 5.0


def machine(home: Path) -> Iterable[Finding]:
    """Look at the machine on which `home` is."""
    yield _versions()
    yield _space(home)
    yield from _exposed(home)
    yield _clock()


def _versions() -> Finding:
    says = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}."
    if sys.version_info < PYTHON:
        return wrong("versions", says, "Install Python 3.11 or newer.")
    return well("versions", says)


def _space(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    says = f"{free / LITTLE:.1f} GiB are free where the folder is."
    if free < NONE:
        return wrong("disk", says, "Make room now: without it nothing can be accepted.")
    if free < LITTLE:
        return soon("disk", says, "Make room, or move the folder to a larger disk.")
    return well("disk", says)


def _exposed(home: Path) -> Iterator[Finding]:
    """Say whether others on this machine can read what is private, or put something in its place."""
    if home.stat().st_mode & _OTHERS:
        yield wrong("folder", "Others on this machine may look into the folder.", "chmod 700 the folder.")
    open_files = [one for one in _private(home) if one.stat().st_mode & _OTHERS]
    if open_files:
        yield wrong(
            "files",
            f"Others on this machine may read or write {len(open_files)} private files, such as "
            f"{place_of(open_files[0])}.",
            "chmod 600 them, and consider whether somebody has read them; if so, revoke the keys.",
        )
    else:
        yield well("files", "Private files are readable by their owner alone.")


def _private(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        if path.suffix in _SECRETS and path.is_file() and not path.is_symlink():
            yield path


def _clock() -> Finding:
    """Ask the machine whether its clock is kept right: a proof of a request counts for a minute."""
    tool = shutil.which("timedatectl")
    says = ""
    if tool is not None:
        asked = [tool, "show", "--property=NTPSynchronized", "--value"]
        try:
            said = subprocess.run(  # noqa: S603 - the system's own tool, with arguments of ours
                asked, capture_output=True, text=True, timeout=_CLOCK_SECONDS, check=False
            )
            says = said.stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            says = ""
    if says == "yes":
        return well("clock", "The machine's clock is kept right from outside.")
    if says == "no":
        return soon(
            "clock", "Nobody keeps this machine's clock right.", "Turn on NTP: timedatectl set-ntp true"
        )
    return soon(
        "clock",
        "This machine does not say whether its clock is kept right.",
        "See that NTP runs, here or at the host.",
    )
