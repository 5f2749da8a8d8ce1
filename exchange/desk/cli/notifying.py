"""Commands about being told: one's own wishes, and an administrator's trial of the settings.

Promises: a trial goes exactly the way that notices go, says nothing but that it is one, and names what went
wrong by the code that the how-to explains.
Never: a password or a webhook's secret among the arguments, or on the screen.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, at_desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.desk.notifying.audience import Recipient

Home = Annotated[Path, typer.Argument(help="The agency's folder.")]
_PATH = "/api/v1/notifications"
_SECRET_BYTES = 32
_KINDS = ("new", "reminders", "alarms")


def notifications(  # noqa: PLR0913, PLR0917 - one option for each wish
    context: typer.Context,
    mail: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Tell me at this mail address.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Tell me nothing by mail.")] = False,
    of: Annotated[
        str | None, typer.Option(metavar="KINDS", help="Of what: new,reminders,alarms, or some of them.")
    ] = None,
    quiet: Annotated[
        str | None, typer.Option(metavar="HOURS", help="Quiet hours, such as 19:00-07:00; or: none.")
    ] = None,
    days_off: Annotated[
        bool | None,
        typer.Option("--days-off/--no-days-off", help="Whether weekends and bank holidays are quiet."),
    ] = None,
    in_json: Json = False,
) -> None:
    """Show where you are told that something waits, or change it."""
    client = at_desk(context).client
    view: dict[str, Any] = client.get(_PATH)
    before = view["wishes"]
    wishes = before | _of(of) | {"quiet": _quiet(before["quiet"], quiet, days_off)}
    if mail is not None or off:
        wishes["mail"] = None if off else mail
    if wishes != before:
        view = client.post(_PATH, wishes)
    if in_json:
        say.as_json(view)
    else:
        _tell(view)


def _of(kinds: str | None) -> dict[str, bool]:
    if kinds is None:
        return {}
    named = {kind.strip() for kind in kinds.split(",")}
    if not named <= set(_KINDS):
        raise typer.BadParameter("new, reminders, alarms, with commas between them", param_hint="--of")
    return {kind: kind in named for kind in _KINDS}


def _quiet(before: dict[str, Any] | None, hours: str | None, days_off: bool | None) -> dict[str, Any] | None:
    if hours == "none":
        return None
    after = before
    if hours is not None:
        begins, _, ends = hours.partition("-")
        after = {"days_off": True, **(before or {}), "begins": begins.strip(), "ends": ends.strip()}
    if days_off is not None and after is not None:
        after = {**after, "days_off": days_off}
    return after


def _tell(view: dict[str, Any]) -> None:
    wishes, quiet = view["wishes"], view["wishes"]["quiet"]
    kinds = [word for word in _KINDS if wishes[word]]
    if not view["possible"]:
        say.line("This desk was not told how to send mail. Ask your administrator.")
    say.line(f"You are told at {wishes['mail']}." if wishes["mail"] else "You are told nothing by mail.")
    say.line(f"Of: {', '.join(kinds) or 'nothing'}.")
    if quiet is None:
        say.line("No quiet hours.")
    else:
        days = ", and all day at weekends and on bank holidays" if quiet["days_off"] else ""
        say.line(f"Quiet from {quiet['begins']} to {quiet['ends']}{days}; never of an immediate risk.")
    if view["last"] == "failed":
        say.line("!! The last mail did not reach you. Check the address.")


def notify_test(
    home: Home,
    mail: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Send a trial there.")] = None,
    webhook: Annotated[str | None, typer.Option(metavar="NAME", help="Call that webhook.")] = None,
    in_json: Json = False,
) -> None:
    """Try the settings in HOME/notices.toml: read them, and send what you ask for."""
    from exchange.desk.notifying.audience import Recipient

    tried = []
    if mail is not None:
        tried.append(Recipient("", "mail", mail))
    if webhook is not None:
        tried.append(Recipient("", f"webhook:{webhook}"))
    view = asyncio.run(_tried(home, tried))
    if in_json:
        say.as_json(view)
        return
    say.line(f"Mail: {view['mail'] or 'none'}. Roles with an address: {view['roles']}.")
    say.line(f"Webhooks: {', '.join(view['webhooks']) or 'none'}.")
    for way in view["taken"]:
        say.line(f"Taken: {way}.")


async def _tried(home: Path, recipients: Sequence[Recipient]) -> dict[str, Any]:
    from datetime import UTC, datetime

    from exchange.desk.notifying.message import Notice
    from exchange.desk.notifying.settings import read_password, read_secrets, read_settings, tls
    from exchange.desk.notifying.settings_file import SettingsFile
    from exchange.desk.notifying.ways import Ways
    from keys.record import new_id

    settings = read_settings(home)
    doors = [hook.authorities_file for hook in settings.webhooks]
    if settings.mail is not None:
        read_password(home, settings.mail)
        doors.append(settings.mail.authorities_file)
    for hook in settings.webhooks:
        read_secrets(home, hook)
    for authorities in doors:
        tls(home, authorities)
    ways = Ways(SettingsFile(home), agency=lambda: "your agency", now=lambda: datetime.now(UTC))
    try:
        for one in recipients:
            notice = Notice(new_id(), datetime.now(UTC).replace(microsecond=0), 0, urgent=False, kind="test")
            await ways.send(one, notice)
    finally:
        await ways.close()
    return {
        "mail": None if settings.mail is None else f"{settings.mail.host}:{settings.mail.port}",
        "roles": len(settings.roles),
        "webhooks": [hook.name for hook in settings.webhooks],
        "taken": [one.lane for one in recipients],
    }


def webhook_secret(
    file: Annotated[Path, typer.Argument(help="The file to write; there must be none yet.")],
    in_json: Json = False,
) -> None:
    """Draw a new secret for a webhook, into a file that only its owner can read."""
    import secrets
    from base64 import b64encode

    from exchange.desk.cli.saving import new_file

    with new_file(file) as out:
        out.write(f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}\n".encode())
    if in_json:
        say.as_json({"file": str(file)})
    else:
        say.line(f"Written to {file}. Give its receiver the same words, by a way that you trust.")


def add(app: typer.Typer) -> None:
    """Add a practitioner's command."""
    app.command()(notifications)


def add_trial(app: typer.Typer) -> None:
    """Add an administrator's commands."""
    app.command("notify-test")(notify_test)
    app.command("webhook-secret")(webhook_secret)
