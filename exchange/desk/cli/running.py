"""`readback desk …`: set a desk up, run it, sign in at it and out.

Promises: a passphrase is read from a file or asked for without echo; the session's token goes into a file
that only its owner can read.
Never: a passphrase among the arguments, or a desk that listens elsewhere than its settings say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exchange.desk.cli import afterwards, contradicted, custody, notifying, say, systems, tending
from exchange.desk.cli.options import Json, at_desk, state_of
from exchange.desk.cli.state import Remembered, forget, recall, remember
from exchange.desk.cli.waiting import sign_in as sign_in_at
from exchange.errors import DeskUnreachable, FileRefused, SettingsRefused
from keys.terminal import ask_secret

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Run a desk, and sign in at one."
)

Homes = Annotated[list[Path], typer.Argument(help="One folder for each agency that this process hosts.")]
Home = Annotated[Path, typer.Argument(help="The agency's folder, as `readback keys found` made it.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="A file with the passphrase, also for when the desk asks again; typed otherwise."),
]


@app.command()
def init(
    home: Home,
    hub: Annotated[str, typer.Option(metavar="ADDRESS", help="The hub's address.")],
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where the desk listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 8441,
) -> None:
    """Write a first HOME/desk.toml."""
    set_up(home, hub, host, port)
    say.line(f"A desk is set up in {home}. Run it: readback desk serve {home}")


def set_up(home: Path, hub: str, host: str, port: int) -> None:
    """Write a first `HOME/desk.toml`; `FileRefused` if there is one, `SettingsRefused` for a bad value."""
    from exchange.desk.config import FILE, DeskConfig

    place = home / FILE
    try:
        with place.open("x", encoding="utf-8") as stream:
            stream.write(f'hub = "{hub}"\nhost = "{host}"\nport = {port}\n')
    except OSError:
        raise FileRefused("there is a desk.toml already, or it cannot be written") from None
    try:
        DeskConfig.read(home)
    except SettingsRefused:
        place.unlink()
        raise


@app.command()
def serve(homes: Homes) -> None:
    """Run the desks of one or more agencies until told to stop."""
    import asyncio

    from exchange.desk.app import serve as run

    asyncio.run(run(homes))


@app.command("sign-in")
def sign_in(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The desk's address, such as https://desk.example.org.")],
    person: Annotated[str, typer.Option(metavar="NAME", help="Your name, as your agency's roster has it.")],
    passphrase_file: PassphraseFile = None,
    in_json: Json = False,
) -> None:
    """Sign in at your agency's desk."""
    answer = sign_in_at(address, person, ask_secret(passphrase_file, "Passphrase"))
    again = None if passphrase_file is None else str(passphrase_file.absolute())
    session = Remembered(address, answer["token"], answer["agency"], answer["name"], again)
    remember(state_of(context), session)
    if in_json:
        say.as_json({name: value for name, value in answer.items() if name != "token"})
    else:
        from exchange.desk.cli.pages import moment

        until = moment(answer["until"])
        say.line(f"Signed in as {answer['name']}, {answer['agency']}, at the latest until {until}.")


@app.command("sign-out")
def sign_out(context: typer.Context, in_json: Json = False) -> None:
    """Sign out, and lock your keys again."""
    answered = True
    try:
        at_desk(context).sign_out()
    except DeskUnreachable:
        answered = False
    finally:
        forget(state_of(context))
    if in_json:
        say.as_json({"signed_out": True, "desk_answered": answered})
    elif answered:
        say.line("Signed out.")
    else:
        say.line(
            "Signed out here: the session is forgotten on this machine. The desk does not answer, so there "
            "your keys stay open until the session's time is over or the desk stops."
        )
    if not answered:
        raise typer.Exit(say.UNREACHABLE)


@app.command()
def who(context: typer.Context, in_json: Json = False) -> None:
    """Say who is signed in here, and at which desk."""
    session = recall(state_of(context))
    if in_json:
        say.as_json({"name": session.name, "agency": session.agency, "desk": session.desk})
    else:
        say.line(f"{session.name}, {session.agency}, at {session.desk}")


tending.add(app)
contradicted.add(app)
custody.add(app)
systems.add(app)
afterwards.add(app)
notifying.add_trial(app)
