"""The command line for keys: `readback keys …`, for an agency's administrator.

Promises: a passphrase comes from a private file or a hidden prompt, never from the command line or the
environment; `--json` prints one JSON object on standard output; what is refused prints a sentence, what to
do and its code on standard error, and ends with status 2.
Never: a traceback, a private key, or a passphrase is printed.
"""

from __future__ import annotations

import typer

from keys.cli import (
    administrators,
    agency,
    backup,
    custody,
    passkeys,
    people,
    pins,
    policy,
    recovery,
    roles,
    root,
    secret,
)
from keys.terminal import Telling

app = typer.Typer(
    cls=Telling,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Found an agency, enrol its people, and look after their keys.",
)

for _group in (
    agency,
    root,
    people,
    roles,
    administrators,
    recovery,
    custody,
    pins,
    policy,
    secret,
    passkeys,
    backup,
):
    _group.add(app)
