"""One's own account: where one is signed in, ending that elsewhere, and another passphrase.

Promises: a person sees and changes what is their own; what was done is said on the page that comes after it.
Never: a passphrase is shown or put back into a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.web.forms import Wrong
from exchange.desk.web.render import HOME
from exchange.desk.web.signing_in import LONGEST
from exchange.desk.web.visit import Page
from exchange.desk.whence import source_of
from exchange.errors import ProofWrong, SignInUnknown, TooManyAttempts
from keys.errors import HomeBusy, PassphraseTooShort, SecretUnfit

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.visit import Visit

ACCOUNT: Final = f"{HOME}/account"
OTHERS: Final = "others"
_DONE: Final = {
    "ended": "You are signed out there.",
    "others": "You are signed out everywhere else.",
    "passphrase": "Your passphrase is changed. You are signed out everywhere else.",
}


async def account(visit: Visit) -> web.StreamResponse:
    """Show where one is signed in; end one of them, or all others."""
    form = visit.form
    if visit.posted and form["end"] == OTHERS:
        visit.desk.end_other_sign_ins(visit.session)
        return visit.go(f"{ACCOUNT}?done=others")
    if visit.posted:
        try:
            visit.desk.end_sign_in(visit.session, form["end"])
            return visit.go(f"{ACCOUNT}?done=ended")
        except SignInUnknown as problem:
            form.wrong.append(Wrong("", f"{problem.message} {problem.hint}"))
    done = _DONE.get(visit.request.query.get("done", ""), "")
    return visit.page("account.html", sign_ins=visit.desk.sign_ins(visit.session), done=done, others=OTHERS)


async def passphrase(visit: Visit) -> web.StreamResponse:
    """Ask for the present passphrase and twice for another."""
    form = visit.form
    if visit.posted:
        present = form.secret("passphrase", "Type your present passphrase")
        new = form.secret("new_passphrase", "Type a new passphrase")
        if new and form["repeated"] != new:
            form.wrong.append(Wrong("repeated", "Type the new passphrase again, the same way"))
        if not form.wrong and await _changed(visit, present, new):
            return visit.go(f"{ACCOUNT}?done=passphrase")
    return visit.page("passphrase.html", about=ACCOUNT)


async def _changed(visit: Visit, present: str, new: str) -> bool:
    source = source_of(visit.request, visit.desk.config.proxied)
    try:
        await visit.desk.change_passphrase(visit.seat, present[:LONGEST], new[:LONGEST], source=source)
    except (ProofWrong, TooManyAttempts) as problem:
        visit.form.wrong.append(Wrong("passphrase", f"{problem.message} {problem.hint}"))
    except PassphraseTooShort as problem:
        visit.form.wrong.append(Wrong("new_passphrase", f"{problem.message} {problem.hint}"))
    except (HomeBusy, SecretUnfit) as problem:
        visit.form.wrong.append(Wrong("", f"{problem.message} {problem.hint}"))
    return not visit.form.wrong


PAGES: Final[tuple[Page, ...]] = (
    Page("/account", "account", account, forms=True),
    Page("/account/passphrase", "passphrase", passphrase, forms=True),
)
