"""Commands that write: share, request, refuse, decide, amend, withdraw, note, attach.

Promises: a file is read and never changed; if anything is refused, nothing was sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.desk.cli import forms, say
from exchange.desk.cli.options import Json, Thread, at_desk
from keys.errors import Problem

if TYPE_CHECKING:
    from exchange.desk.cli.practitioner import Practitioner

File = Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file with the words.")]
ToSeal = Annotated[Path, typer.Argument(metavar="FILE", help="The file to seal.")]
Cites = Annotated[
    str | None, typer.Option("--answers", metavar="THREAD", help="The request that this share answers.")
]
AsksAgain = Annotated[
    str | None, typer.Option("--answers", metavar="THREAD", help="The request that was refused.")
]


Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="The key of an earlier attempt whose answer was lost."),
]
WhichLeg = Annotated[int | None, typer.Option("--leg", help="Which leg, where there are several; from 0.")]


def posted(answer: dict[str, Any], what: str, in_json: bool) -> None:
    """Say that a step was taken."""
    if in_json:
        say.as_json(answer)
        return
    say.line(f"{what} Thread {answer['thread'][:8]}.")
    if answer.get("decision"):
        say.line("The decision to share, and its reasons, are recorded at your agency.")


def share(  # noqa: PLR0913, PLR0917 - a command has the options it has
    context: typer.Context,
    file: File,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="AGENCY/NAME", help="A recipient, in place of the file's own; repeat it."),
    ] = None,
    answers: Cites = None,
    key: Key = None,
    in_json: Json = False,
) -> None:
    """Share what the file says. It leaves as soon as the hub answers: see `readback deliveries`."""
    me = at_desk(context)
    form = forms.read_form(file)
    if to:
        form["to"] = to
    cited = None if answers is None else opening_of(me, me.thread(answers))
    answer = me.share(form, file.parent, cited, key)
    if in_json:
        say.as_json(answer)
        return
    posted(answer, "Shared.", in_json)
    for one in answer["to"]:
        post = one["post"] or "a role"
        say.line(f"To {one['name']}, {post}, {one['agency_name']}.", indent=2, hang=4)
    if _line_is_down(me):
        say.line("It waits here until the hub answers; then it waits for each of them to accept it.")
    else:
        say.line("It waits for each of them to accept it.")


def request(
    context: typer.Context, file: File, answers: AsksAgain = None, key: Key = None, in_json: Json = False
) -> None:
    """Ask for what the file asks. After a refusal, ask again with --answers and new grounds."""
    me = at_desk(context)
    refused = None if answers is None else refusal_of(me, me.thread(answers))
    posted(me.request(forms.read_form(file), refused, key), "Asked.", in_json)


def refuse(context: typer.Context, thread: Thread, file: File, in_json: Json = False) -> None:
    """Refuse a request. The file says why, and what would change the answer."""
    me = at_desk(context)
    posted(me.refuse(me.thread(thread), forms.read_form(file)), "Refused; they are told.", in_json)


def decide(context: typer.Context, file: File, key: Key = None, in_json: Json = False) -> None:
    """Record a decision to share, or not to. It stays at your own agency."""
    posted(at_desk(context).decide(forms.read_form(file), key), "Recorded.", in_json)


def amend(
    context: typer.Context,
    thread: Thread,
    file: File,
    leg: Annotated[
        list[int] | None, typer.Option("--leg", help="Only these legs, from 0; repeat it.")
    ] = None,
    in_json: Json = False,
) -> None:
    """Amend a share: a fact was wrong or is retracted. The new version must be read back again."""
    me = at_desk(context)
    answer = me.amend(me.thread(thread), forms.read_form(file), file.parent, leg)
    posted(answer, "Amended. What was read back before no longer counts.", in_json)


def withdraw(
    context: typer.Context,
    thread: Thread,
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    leg: WhichLeg = None,
    in_json: Json = False,
) -> None:
    """Withdraw a share or a request. It takes back all open legs, or one; what was read stays read."""
    me = at_desk(context)
    name = me.thread(thread)
    number = None if leg is None else me.leg(name, leg)
    posted(me.withdraw(name, number, reason), "Withdrawn.", in_json)


def note(
    context: typer.Context,
    thread: Thread,
    words: Annotated[str, typer.Argument(help="A question or an answer; `-` reads it from standard input.")],
    leg: WhichLeg = None,
    in_json: Json = False,
) -> None:
    """Ask or answer something. It changes no state. Words on a command line may stay in its history."""
    me = at_desk(context)
    said = typer.get_text_stream("stdin").read().strip() if words == "-" else words
    name = me.thread(thread)
    number = None if leg is None and me.show(name)["kind"] == "request" else me.leg(name, leg)
    posted(me.note(name, number, said), "Noted.", in_json)


def attach(context: typer.Context, file: ToSeal, in_json: Json = False) -> None:
    """Seal a file at your desk, and print its handle. For shares that another program makes."""
    view = at_desk(context).attach(file)
    if in_json:
        say.as_json(view)
    else:
        typer.echo(view["handle"])


def _line_is_down(me: Practitioner) -> bool:
    """Say whether the desk knows that the hub does not answer; what was sent stays sent if it cannot say."""
    try:
        return me.line()["up"] is False
    except Problem:
        return False


def opening_of(me: Practitioner, thread: str) -> str:
    """Give the digest of the step that opened a thread."""
    return str(me.show(thread)["steps"][0]["digest"])


def refusal_of(me: Practitioner, thread: str) -> str:
    """Give the digest of a request's refusal, or of the request itself if it was not refused."""
    steps = me.show(thread)["steps"]
    return str(next((step["digest"] for step in steps if step["kind"] == "refuse"), steps[0]["digest"]))


def add(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (share, request, refuse, decide, amend, withdraw, note, attach):
        app.command()(command)
