"""The policy of the log, made once for all agencies and pinned in each one's home.

Promises: a home's policy is replaced only by somebody who can say which one stood there; what is pinned was
read strictly, and is safe (see `transparency.policy`).
Never: a policy is taken from the network, or from anything that the hub says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from keys.ceremony.home import changing
from keys.errors import (
    HomeMissing,
    KeystoreMissing,
    NoteKeyMalformed,
    PinMalformed,
    PolicyDiffers,
    PolicyFileMissing,
    PolicyMalformed,
    PolicyMissing,
    PolicyNotWritten,
    PolicyUnmakeable,
)
from keys.files import read_private, write_private
from keys.transparency.note import VerifierKey
from keys.transparency.policy import POLICY_LIMIT, Policy
from keys.transparency.policy import read_policy as parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

POLICY = "policy.json"
_GROUPS = 12
_GROUP = 5


def make_policy(  # noqa: PLR0913 - a policy's fields
    *,
    origin: str,
    log: str,
    witnesses: Sequence[str],
    quorum: int,
    faults: int,
    founders: Iterable[tuple[str, str]],
    sponsors: int,
) -> Policy:
    """Make a policy of what people typed.

    `NoteKeyMalformed`, `PinMalformed`, `PolicyUnmakeable`, each with the option that it is about, and
    `PolicyUnsafe`. `founders` are pairs of an agency's id and its root's fingerprint, with or without spaces.
    """
    _demand_key(log, "--log")
    for number, vkey in enumerate(witnesses, 1):
        _demand_key(vkey, f"--witness {number}")
    given = tuple(founders)
    if len({agency for agency, _ in given}) < len(given):
        raise PolicyUnmakeable("founders")
    typed = {
        "v": 1,
        "origin": origin,
        "log": log,
        "witnesses": list(witnesses),
        "quorum": quorum,
        "faults": faults,
        "founders": {agency: in_groups(digits) for agency, digits in given},
        "sponsors": sponsors,
    }
    try:
        return parse(json.dumps(typed).encode())
    except PolicyMalformed as malformed:
        raise PolicyUnmakeable(malformed.where) from None


def _demand_key(vkey: str, where: str) -> None:
    try:
        VerifierKey.from_vkey(vkey)
    except NoteKeyMalformed:
        raise NoteKeyMalformed(where) from None


def read_policy_file(path: Path) -> Policy:
    """Read a policy that somebody gave you; `PolicyFileMissing`, `PolicyMalformed`, `PolicyUnsafe`."""
    try:
        with path.open("rb") as file:
            data = file.read(POLICY_LIMIT + 1)
    except OSError:
        raise PolicyFileMissing from None
    return parse(data)


def write_policy_file(path: Path, policy: Policy) -> None:
    """Write a policy for others to read; `PolicyNotWritten` where a file is there, or none can be."""
    try:
        with path.open("xb") as file:
            file.write(policy.to_bytes())
    except OSError:
        raise PolicyNotWritten from None


def demand_new(path: Path) -> None:
    """Raise `PolicyNotWritten` where `write_policy_file` would, as far as can be seen without writing."""
    if path.exists() or not path.parent.is_dir():
        raise PolicyNotWritten


def read_policy(home: Path) -> Policy:
    """Give the policy that is pinned in a home; `PolicyMissing`, `FileExposed`, and as `read_policy_file`."""
    try:
        return parse(read_private(home / POLICY, limit=POLICY_LIMIT))
    except KeystoreMissing:
        raise PolicyMissing from None


def write_policy(home: Path, policy: Policy, *, replacing: str | None = None) -> None:
    """Pin a policy; `PolicyDiffers` unless `replacing` is the fingerprint of another that stands there.

    Pinning the same one again changes nothing. `HomeMissing`, `HomeBusy`.
    """
    if not (home / "agency.json").is_file():
        raise HomeMissing
    with changing(home):
        standing = pinned_policy(home)
        if standing not in {"", _plain(policy.fingerprint)} and _plain(replacing or "") != standing:
            raise PolicyDiffers
        if standing != _plain(policy.fingerprint):
            write_private(home / POLICY, policy.to_bytes())


def pinned_policy(home: Path) -> str:
    """Give the 60 digits of the policy that is pinned in a home; empty where none is; as `read_policy`."""
    try:
        return _plain(read_policy(home).fingerprint)
    except PolicyMissing:
        return ""


def in_groups(digits: str) -> str:
    """Write a fingerprint as `fingerprint` does, however it was typed; `PinMalformed`."""
    plain = _plain(digits)
    if len(plain) != _GROUPS * _GROUP or not (plain.isascii() and plain.isdigit()):
        raise PinMalformed
    return " ".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))


def _plain(digits: str) -> str:
    return "".join(digits.split())
