"""Searching: a form whose words never stand in an address, and what it finds.

Promises: the page says what is searched and what is not.
Never: what somebody searched for is kept, or put into an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.service.searching import FOUND, LENGTH, Search
from exchange.desk.web.forms import Wrong

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.visit import Visit


async def search(visit: Visit) -> web.StreamResponse:
    """Ask what to look for, and show what was found."""
    form, found = visit.form, None
    if visit.posted:
        words = form.ask("words", "Type what to look for")
        if len(words) > LENGTH:
            form.wrong.append(Wrong("words", f"Use {LENGTH} characters or fewer"))
        if not form.wrong:
            found = await visit.desk.search(visit.session, Search(q=words))
    return visit.page("search.html", found=found, most=FOUND, read=len(visit.session.read))
