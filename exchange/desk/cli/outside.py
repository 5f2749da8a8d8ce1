"""Refusals about a key log, said to somebody who may have no desk and no home: a watcher with a policy.

Promises: what to do is something that they can do.
Never: they are told of their desk, or of what they sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from exchange.desk.cli import say
from exchange.desk.cli.options import IN_JSON
from exchange.errors import EntryDropped, HubUnreachable, LogForked, LogRolledBack
from keys.errors import CheckpointForged, CosignatureForged, Problem, ProofInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_RING: Final = (
    "Do not rely on what it shows. Ring the hub's operator, and the agencies whose desks are witnesses."
)
_HINTS: Final[Mapping[str, str]] = {
    HubUnreachable.code: (
        "Check the address and your own line, and look again. If it lasts, ring the hub's operator."
    ),
    LogForked.code: (
        "Keep the checkpoint that you remembered (--remember): it is the evidence. Ring the agencies of the "
        "policy: their desks show both histories."
    ),
    LogRolledBack.code: (
        "Keep the checkpoint that you remembered (--remember), and ring the hub's operator: the hub may have "
        "been restored from an old copy."
    ),
    EntryDropped.code: _RING,
    CheckpointForged.code: (
        "Check the address and the policy first. If both are right, ring the hub's operator: somebody shows "
        "another log in its place."
    ),
    CosignatureForged.code: _RING,
    ProofInvalid.code: _RING,
}


def hint_for(problem: Problem) -> str:
    """Say what a watcher can do about it."""
    return _HINTS.get(problem.code, problem.hint)


class Outward(TyperGroup):
    """Commands that speak to a hub: a refusal is said as all commands of the exchange say theirs."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; status 3 if nobody answers."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            in_json = bool(ctx.meta.get(IN_JSON))
            raise typer.Exit(say.problem(problem, in_json=in_json, hint=hint_for(problem))) from None
