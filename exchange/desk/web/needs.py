"""What needs you: the first page. One list, most urgent first; then what waits for others; then what is over.

Promises: what waits for the person asking, or for a role of theirs, stands before everything else, danger
first, then what is late, then what is due soonest; each row says in words what is to be done. A page of it
costs the same with ten thousand threads as with ten.
Never: a word of a share, or somebody else's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from pydantic import ValidationError

from exchange.desk.service.asked import Asked
from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.visit import Visit

ROWS: Final = 25  # of one page
ANSWERS: Final = 5  # to one's own requests, on the first page
_CHOICES: Final = ("list", "kind", "urgency", "side", "hands")
_MARKS: Final = ("after", "before")


async def needs(visit: Visit) -> web.StreamResponse:
    """List what needs the person asking, what waits for others, or what is over."""
    desk, session = visit.desk, visit.session
    asked = _asked(visit)
    state = desk.watch.state(session.person)  # before the list is read: what comes between is told twice
    view = await desk.inbox(session, asked)
    first = asked.list == "needs"
    plain = first and not asked.filtered
    return visit.page(
        "needs.html",
        live=f"{HOME}/live?{urlencode({'since': state})}",
        top=_address(asked),
        chosen=asked.list,
        asked=asked,
        view=view,
        before=_address(asked, before=view.before) if view.before else "",
        after=_address(asked, after=view.after) if view.after else "",
        answers=await desk.answers(session, limit=ANSWERS) if plain else (),
        unfinished=await desk.unfinished(session) if plain else (),
        thrown_away=visit.request.query.get("done") == "thrown-away",
        alarms=await desk.alarms(session) if first else (),
    )


def _asked(visit: Visit) -> Asked:
    """Read what was chosen; whatever is none of the choices is as if it had not been given."""
    query = visit.request.query
    given: dict[str, object] = {"list": "needs", "rows": ROWS}
    given |= {name: query[name] for name in (*_CHOICES, *_MARKS) if query.get(name)}
    given |= {"overdue": query.get("overdue") == "yes"}
    try:
        return Asked.model_validate(given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        return Asked.model_validate({name: value for name, value in given.items() if name not in wrong})


def _address(asked: Asked, **mark: str) -> str:
    """Name the page at a mark of the same list, or its beginning."""
    chosen = {name: getattr(asked, name) for name in _CHOICES}
    kept = {name: value for name, value in chosen.items() if value != "all"}
    if asked.overdue:
        kept["overdue"] = "yes"
    return f"{HOME}?{urlencode({**kept, **mark})}"
