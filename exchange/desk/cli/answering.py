"""Commands that close the loop: accept, decline, read-back, hear-back.

Promises: a template shows what is to be judged and leaves every judgement empty; a hear-back's verdict comes
from the file or is typed, letter by letter.
Never: a file is overwritten.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from exchange.desk.cli import forms, say
from exchange.desk.cli.client import DeskRefused
from exchange.desk.cli.options import Json, Leg, Thread, at_desk
from exchange.desk.cli.saving import new_file
from exchange.desk.cli.writing import posted
from exchange.errors import FileRefused, ReasonUnknown

Filled = Annotated[Path | None, typer.Argument(metavar="FILE", help="The file, filled in.")]
Template = Annotated[
    Path | None, typer.Option("--template", help="Write a file to fill in, and send nothing.")
]


def accept(
    context: typer.Context,
    thread: Thread,
    part: Annotated[str, typer.Option("--my-part", help="Your part in it, in a sentence.")],
    leg: Leg = None,
    in_json: Json = False,
) -> None:
    """Accept a share: you are the right person. Say what your part in it is; then you can read it."""
    me = at_desk(context)
    name = me.thread(thread)
    posted(me.accept(name, me.leg(name, leg), part), "Accepted. Now read it: readback read.", in_json)


def decline(  # noqa: PLR0913, PLR0917 - a command has the options it has
    context: typer.Context,
    thread: Thread,
    reason: Annotated[
        str, typer.Option(metavar="CODE", help="Why: a code that `readback catalogue decline` lists.")
    ],
    words: Annotated[str | None, typer.Option(help="A sentence to the sender.")] = None,
    leg: Leg = None,
    in_json: Json = False,
) -> None:
    """Decline a share, unread: not yours to have."""
    me = at_desk(context)
    name = me.thread(thread)
    try:
        answer = me.decline(name, me.leg(name, leg), reason, words)
    except DeskRefused as refused:
        for one in refused.all:
            if one["code"] == ReasonUnknown.code:
                one["hint"] = "Choose one that is in force: `readback catalogue decline` lists them."
        raise
    posted(answer, "Declined, unread.", in_json)


def read_back(  # noqa: PLR0913, PLR0917 - a command has the options it has
    context: typer.Context,
    thread: Thread,
    file: Filled = None,
    leg: Leg = None,
    template: Template = None,
    in_json: Json = False,
) -> None:
    """Read back, in your own words, what it means. With --template: write a file to fill in."""
    from exchange.desk.cli import templates

    me = at_desk(context)
    name = me.thread(thread)
    number = me.leg(name, leg)
    where = "" if leg is None else f" --leg {leg}"
    if template is not None:
        _write(template, templates.read_back(me.words(name, number)))
        say.line(f"Fill in {template}, then: readback read-back {thread} {template}{where}")
        return
    if file is None:
        if in_json:
            raise FileRefused("name the file, or write one with --template")
        say.line(f"Nothing was sent. To read it back: readback read-back {name[:8]}{where} --template FILE")
        return
    answer = me.read_back(name, number, forms.read_form(file))
    posted(answer, "Read back. The sender now hears whether it is what they meant.", in_json)


def hear_back(  # noqa: PLR0913, PLR0917 - a command has the options it has
    context: typer.Context,
    thread: Thread,
    file: Filled = None,
    leg: Leg = None,
    template: Template = None,
    in_json: Json = False,
) -> None:
    """Hear what was read back, and say if you meant it. Without a file: show the two side by side."""
    from exchange.desk.cli import templates

    me = at_desk(context)
    name = me.thread(thread)
    number = me.leg(name, leg)
    where = "" if leg is None else f" --leg {leg}"
    if file is not None:
        form = forms.read_form(file)
        answer = me.hear_back(name, number, form)
        agreed = form["verdict"] == "agreed"
        posted(answer, "Heard and agreed: closed." if agreed else "Corrected: they restate it.", in_json)
        return
    view = me.understanding(name, number)
    if template is not None:
        _write(template, templates.hear_back(view))
        say.line(f"Fill in {template}, then: readback hear-back {thread} {template}{where}")
    elif in_json:
        say.as_json(view)
    else:
        _compare(view)
        say.line()
        say.line(f"Nothing was sent. To answer: readback hear-back {name[:8]}{where} --template FILE")


def _compare(view: dict[str, Any]) -> None:
    from exchange.desk.cli import templates

    shown = {row["statement"]["id"] for row in view["rows"]}
    for row in view["rows"]:
        for line in templates.side_by_side(row):
            typer.echo(line)
        typer.echo()
    say.line(f"Your key point: {view['key_point']}. Theirs: {view['their_key_point']}.")
    say.line(f"They will do: {view['will_do']}", hang=2)
    if view["not_known"]:
        say.line(f"They do not know: {view['not_known']}", hang=2)
    for flag in view["flags"]:
        if flag["statement"] in shown:
            continue  # it stands with its statement
        say.line(f"! {flag['explanation']}", hang=2)


def _write(path: Path, text: str) -> None:
    """Write a new file that only its owner can read: it holds words."""
    with new_file(path) as out:
        out.write(text.encode())


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(accept)
    app.command()(decline)
    app.command("read-back")(read_back)
    app.command("hear-back")(hear_back)
