"""Being told by mail: where, of what, and not at which hours.

Promises: what stands in the form is what counts now; what is wrong is said beside its field, and what was
typed stays.
Never: somebody else's address is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from exchange.desk.notifying.quiet import Quiet
from exchange.desk.notifying.wishes import Wishes
from exchange.desk.web.forms import Form, Wrong
from exchange.desk.web.render import HOME
from exchange.errors import NoticeAddressRefused, NoticesNotSetUp, QuietHoursRefused

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.service.notifying import NoticesView
    from exchange.desk.web.visit import Visit

_YES_NO: Final = ("yes", "no")
_ADDRESS: Final = "Type a mail address, such as name@agency.example"
_HOURS: Final = "Type a time with four digits, such as 19:00"
_WHICH: Final = "Choose yes or no"


async def notifications(visit: Visit) -> web.StreamResponse:
    """Show where one is told, and change it."""
    view = await visit.desk.notices(visit.session)
    if visit.posted:
        wishes = _read(visit.form)
        if wishes is not None and await _kept(visit, wishes):
            return visit.go(f"{HOME}/notifications?done=saved")
    else:
        visit.form = Form(_filled(view))
    done = visit.request.query.get("done") == "saved" and not visit.form.wrong
    return visit.page("notifications.html", view=view, done=done)


async def _kept(visit: Visit, wishes: Wishes) -> bool:
    try:
        await visit.desk.wish(visit.session, wishes)
    except (NoticeAddressRefused, NoticesNotSetUp) as problem:
        visit.form.refuse(problem, {"mail": "mail"})
    except QuietHoursRefused as problem:
        visit.form.refuse(problem, {"quiet": "ends"})
    return not visit.form.wrong


def _read(form: Form) -> Wishes | None:
    """Make the wishes out of the form; None, with what is wrong noted, if they are not whole."""
    chosen = {name: form.choose(name, _YES_NO, _WHICH) == "yes" for name in ("new", "reminders", "alarms")}
    quiet = _quiet(form)
    try:
        wishes = Wishes(mail=form["mail"].strip() or None, quiet=quiet, **chosen)
    except ValidationError:
        form.wrong.append(Wrong("mail", _ADDRESS))
        return None
    return None if form.wrong else wishes


def _quiet(form: Form) -> Quiet | None:
    if form.choose("quiet", _YES_NO, _WHICH) != "yes":
        return None
    days_off = form.choose("days_off", _YES_NO, _WHICH) == "yes"
    for name in ("begins", "ends"):
        try:
            Quiet.model_validate({name: form[name].strip()})
        except ValidationError:
            form.wrong.append(Wrong(name, _HOURS))
    if form.error("begins") or form.error("ends"):
        return None
    return Quiet(begins=form["begins"].strip(), ends=form["ends"].strip(), days_off=days_off)


def _filled(view: NoticesView) -> dict[str, str]:
    wishes = view.wishes
    quiet = wishes.quiet or Quiet()
    return {
        "mail": wishes.mail or "",
        "new": _word(wishes.new),
        "reminders": _word(wishes.reminders),
        "alarms": _word(wishes.alarms),
        "quiet": _word(wishes.quiet is not None),
        "begins": quiet.begins,
        "ends": quiet.ends,
        "days_off": _word(quiet.days_off),
    }


def _word(said: bool) -> str:
    return "yes" if said else "no"
