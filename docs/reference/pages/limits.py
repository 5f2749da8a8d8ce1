"""The page of limits: every size, count and time, made from the constants and the comments beside them."""

from __future__ import annotations

import ast
import inspect
from datetime import timedelta
from typing import Final

from exchange import tokens
from exchange.desk import pace, unsent
from exchange.desk.config import DeskConfig
from exchange.desk.courier import courier, watch
from exchange.desk.courier import directory as following
from exchange.hub import doorway as hub_doorway
from exchange.hub import service as hub_service
from exchange.hub.config import HubConfig
from exchange.hub.keylog import signing
from exchange.wire import api, limits
from keys import keystore
from keys.ceremony import people as ceremonies
from keys.ceremony import publish
from pages.tables import cell, table

_INTRODUCTION: Final = """\
# Limits

*Printed from the constants by `make docs`.*

Whatever arrives is measured against these before memory or time is spent on it. None depends on who is
asking.

## Sizes and counts

From `exchange/wire/limits.py`. KiB is 1024 bytes, MiB is 1024 KiB.
"""
_UNITS: Final = frozenset({"KIB", "MIB"})


def page() -> str:
    """Print the whole page."""
    sizes = table(("limit", "at most", "of what"), _sizes())
    return "\n".join([_INTRODUCTION, sizes, "## Times\n", table(("what", "how long"), _times())])


def _sizes() -> list[tuple[str, str, str]]:
    source = inspect.getsource(limits)
    lines = source.splitlines()
    rows = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            _, _, comment = lines[node.lineno - 1].partition("#")
            if name not in _UNITS:
                rows.append((f"`{name}`", _amount(getattr(limits, name)), cell(comment)))
    return rows


def _amount(value: int) -> str:
    for unit, size in (("GiB", 1024 * limits.MIB), ("MiB", limits.MIB), ("KiB", limits.KIB)):
        if value >= size and value % size == 0:
            return f"{value // size} {unit}"
    return str(value)


def _times() -> list[tuple[str, str]]:
    hub, desk = HubConfig.__dataclass_fields__, DeskConfig.__dataclass_fields__
    cost = keystore.DEFAULT_COST
    rows = [
        ("A roster is believed for (renew it before: `readback keys roster HOME --renew`)", publish.LIFETIME),
        (
            "A person's keys last (renew them before: `readback keys enrol HOME --renew NAME`)",
            ceremonies.KEY_LIFETIME,
        ),
        ("A new key counts from a little before it was made, for clocks that are behind", ceremonies.CLOCKS),
        ("A session at a desk ends when nobody uses it for (`idle_minutes`)", desk["idle"].default),
        ("A session at a desk ends at the latest after (`session_hours`)", desk["longest"].default),
        ("What one signs needs a proof that is not older than (`proof_minutes`)", desk["proof"].default),
        ("After five wrong passphrases the next attempt waits, at most", pace.LONGEST_WAIT),
        ("A draft that nobody saves again is forgotten after", unsent.LIFE),
        ("A request's proof is taken for", timedelta(seconds=tokens.LIFETIME_MAX)),
        ("A desk asks the hub's directory again after", timedelta(seconds=following.EVERY)),
        ("One request for mail waits at the hub for, at most", timedelta(seconds=api.WAIT_MAX)),
        ("A desk notices a ceremony within", timedelta(seconds=watch.HOME_EVERY)),
        ("A desk looks for what is overdue every", timedelta(seconds=watch.LOOK_EVERY)),
        ("A missing step is an alarm after", courier.PATIENCE),
        (
            "The hub keeps what nobody fetches for (`keep_days`); then its sender is told",
            _seconds(hub["keep"].default),
        ),
        ("The hub recognises a repeated post for (`remember_days`)", _seconds(hub["remember"].default)),
        (
            "The hub keeps an attachment longer than its envelope by",
            timedelta(seconds=hub_service.BLOB_GRACE),
        ),
        (
            "A state of the key log waits for the witnesses that are wanted for, at most",
            timedelta(seconds=signing.SIGN_AFTER),
        ),
        ("A hub that comes back signs nothing for", timedelta(seconds=signing.LISTEN_FIRST)),
        ("The hub waits for a request's body for", timedelta(seconds=hub_doorway.BODY_SECONDS)),
    ]
    told = [(what, _duration(time)) for what, time in rows]
    memory = cost.memory_kib // limits.KIB
    stretched = f"{memory} MiB, {cost.passes} passes, {cost.lanes} lanes"
    return [*told, ("A passphrase is stretched (Argon2id), so that guessing is slow, with", stretched)]


def _seconds(value: object) -> timedelta:
    assert isinstance(value, int)
    return timedelta(seconds=value)


def _duration(time: object) -> str:
    assert isinstance(time, timedelta)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number, rest = divmod(time.total_seconds(), size)
        if number and not rest:
            return f"{number:.0f} {unit}{'s' * (number != 1)}"
    return f"{time.total_seconds():g} seconds"
