"""Passkeys: listed, added and removed by their own person. Using one needs JavaScript, and the page says so.

Promises: a passkey is added with its person's passphrase and removed with a proof; the one that is added is
the one that this browser made, named in its own form; the page says honestly what each of them can do.
Never: what an authenticator gives for the keys is put back into a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.passkeys import decode_url
from exchange.desk.web.forms import PRF, Wrong
from exchange.desk.web.render import HOME
from exchange.desk.web.signing_in import LONGEST
from exchange.desk.web.visit import Page
from exchange.desk.whence import source_of
from exchange.errors import PasskeyRefused, PasskeyUnknown, ProofWrong, TooManyAttempts
from keys.errors import HomeBusy, KeysProblem, PasskeysTooMany

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.passkeys import Purpose
    from exchange.desk.web.visit import Visit
    from keys.errors import Problem

PASSKEYS: Final = f"{HOME}/account/passkeys"
FINISH: Final = f"{HOME}/account/passkey"
_DONE: Final = {
    "added": "Your passkey is added.",
    "removed": "That passkey is removed. You are signed out everywhere else.",
}


def output_of(visit: Visit) -> bytes | None:
    """Give what the authenticator gave for the keys; None where it gives nothing. `PasskeyRefused`."""
    given = visit.form[PRF]
    try:
        found = decode_url(given) if given else None
    except ValueError:
        raise PasskeyRefused from None
    if found is not None and len(found) != 32:  # noqa: PLR2004 - what the PRF extension gives
        raise PasskeyRefused
    return found


def asked(visit: Visit, purpose: Purpose) -> dict[str, str]:
    """Say what a page's script needs to ask for a passkey; nothing where this desk takes none."""
    keeper = visit.desk.doorkeeper
    if not keeper.on:
        return {}
    return {"challenge": visit.desk.passkey_challenge(purpose, visit.bound_to), "host": keeper.host}


async def passkeys(visit: Visit) -> web.StreamResponse:
    """List one's passkeys; take a new one, or remove one."""
    form = visit.form
    if visit.posted and form["remove"]:
        try:
            await visit.desk.remove_passkey(visit.session, form["remove"])
            return visit.go(f"{PASSKEYS}?done=removed")
        except (PasskeyUnknown, HomeBusy) as problem:
            _say(visit, "", problem)
    elif visit.posted:
        try:
            made = await visit.desk.offer_passkey(visit.seat, form["passkey"], output_of(visit))
            return visit.go(f"{FINISH}?made={made}")
        except PasskeyRefused as problem:
            _say(visit, "", problem)
    return visit.page(
        "passkeys.html",
        passkeys=await visit.desk.passkeys(visit.session),
        asked=asked(visit, "add"),
        person=visit.session.person,
        done=_DONE.get(visit.request.query.get("done", ""), ""),
        about=f"{HOME}/account",
    )


async def finish(visit: Visit) -> web.StreamResponse:
    """Ask for the passphrase, and add the passkey that was just made in this very browser."""
    form = visit.form
    made = form["made"] if visit.posted else visit.request.query.get("made", "")
    opens = visit.desk.passkey_offered(visit.session, made)
    if opens is None:
        return visit.go(PASSKEYS)
    if visit.posted:
        passphrase = form.secret("passphrase", "Type your passphrase")
        if not form.wrong:
            source = source_of(visit.request, visit.desk.config.proxied)
            try:
                await visit.desk.add_passkey(visit.seat, made, passphrase[:LONGEST], source=source)
                return visit.go(f"{PASSKEYS}?done=added")
            except (ProofWrong, TooManyAttempts) as problem:
                _say(visit, "passphrase", problem)
            except (PasskeysTooMany, HomeBusy, KeysProblem, PasskeyRefused) as problem:
                _say(visit, "", problem)
    return visit.page("passkey.html", opens=opens, made=made, about=PASSKEYS)


def _say(visit: Visit, name: str, problem: Problem) -> None:
    visit.form.wrong.append(Wrong(name, f"{problem.message} {problem.hint}"))


PAGES: Final[tuple[Page, ...]] = (
    Page("/account/passkeys", "passkeys", passkeys, forms=True),
    Page("/account/passkey", "passkey", finish, forms=True),
)
