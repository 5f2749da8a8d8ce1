"""`readback`: the one command, with everything below it.

Promises: `readback --help` starts nothing heavy; a part is imported when it is asked for. Every refusal is
said on the error stream with its code and what to do; the exit status is 2 for refused or used wrongly, 3 for
nobody answers, 4 for a certificate for which nobody vouches, 70 for what nobody foresaw.
Never: a traceback, a secret among the arguments, or a core dump.
"""

from __future__ import annotations

import errno
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer
from typer import exceptions
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from exchange.desk.cli import answering, leading, looking, notifying, proving, say, writing
from exchange.desk.cli.helping import plainly
from exchange.desk.cli.options import IN_JSON, State
from exchange.doctor import cli as doctoring
from exchange.errors import DiskFull, DiskReadOnly, Unforeseen
from keys.errors import Problem
from keys.memory import no_core_dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

BROKEN: Final = 70  # what sysexits calls EX_SOFTWARE
_PARTS: Final[dict[str, tuple[str, str]]] = {
    "desk": ("exchange.desk.cli.running", "Run a desk, and sign in at one."),
    "hub": ("exchange.hub.cli", "Run a hub."),
    "keys": ("exchange.desk.cli.administration", "Found an agency; enrol people and roles."),
    "demo": ("exchange.demo.cli", "Four cases, told as a story on this machine."),
}


_DISK: Final = {errno.ENOSPC: DiskFull, errno.EDQUOT: DiskFull, errno.EROFS: DiskReadOnly}


class Root(TyperGroup):
    """The commands of a practitioner, and parts that are imported when they are called."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, (_, text) in _PARTS.items():
            self.add_command(TyperCommand(name, help=text), name)
        plainly(self)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command; a part of its own is imported first."""
        if args and args[0] in _PARTS:
            part = get_command(import_module(_PARTS[args[0]][0]).app)
            plainly(part)
            self.add_command(part, args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; say a refusal as it should be said."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise typer.Exit(say.problem(problem, in_json=bool(ctx.meta.get(IN_JSON)))) from None
        except (exceptions.TyperException, exceptions.Abort, exceptions.Exit):
            raise
        except Exception as error:
            if isinstance(error, BrokenPipeError):
                raise  # the reader of a pipe went away: that is answered quietly above
            named = _DISK.get(error.errno or 0) if isinstance(error, OSError) else None
            if named is not None:
                raise typer.Exit(say.problem(named(), in_json=bool(ctx.meta.get(IN_JSON)))) from None
            say.problem(Unforeseen(), in_json=bool(ctx.meta.get(IN_JSON)))
            raise typer.Exit(BROKEN) from None


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def readback(state: State = None) -> None:
    """Share, restate, hear: a share closes only when it was understood.

    Sign in at your agency's desk first: readback desk sign-in ADDRESS --person NAME
    """
    del state  # its option remembers it


for _room in (looking, leading, answering, writing, notifying, proving, doctoring):
    _room.add(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `readback`; keys may come into its memory, so a crash leaves none of that on a disk."""
    no_core_dumps()
    os.umask(0o077)  # whatever a command makes is its owner's alone
    app(args=None if arguments is None else list(arguments), prog_name="readback")


if __name__ == "__main__":
    main()
