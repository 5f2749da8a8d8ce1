"""Every route of the API, each a call of the one use case that it names.

Promises: a handler hands over what was asked and hands back what was answered.
Never: a handler decides, or does two things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web

from exchange.desk.api.answers import Alarms, Deliveries, LineNow, Parties, Reminders
from exchange.desk.api.routes import DESCRIPTION, LINE
from exchange.desk.whence import source_of
from exchange.errors import ContentsMalformed
from exchange.wire import limits
from exchange.wire.api import Welcome
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from exchange.desk.api.routes import Call
    from exchange.desk.service.views import (
        AttachedView,
        CatalogueView,
        Posted,
        SignedIn,
        ThreadView,
        UnderstandingView,
        WordsView,
    )

OCTETS: Final = "application/octet-stream"
PDF: Final = "application/pdf"


async def welcome(_: Call) -> Welcome:
    """Say what answers here, and where its routes are described."""
    return Welcome(
        service="Readback: one agency's desk. Practitioners open this address in a browser, or use the "
        "command line `readback`; programs use the routes described.",
        description=DESCRIPTION,
    )


async def sign_in(call: Call) -> SignedIn:
    """Sign in with one's own passphrase."""
    source = source_of(call.request, call.desk.config.proxied)
    return await call.desk.sign_in(call.body.person, call.body.passphrase, source=source)


async def sign_out(call: Call) -> None:
    """Sign out, and lock one's keys again."""
    call.desk.sign_out(call.token)


async def whom(call: Call) -> Parties:
    """Look up who can be written to."""
    return Parties(parties=call.desk.whom(call.body.q, call.body.agency))


async def catalogue(call: Call) -> CatalogueView:
    """List what can be chosen today."""
    return call.desk.choices()


async def alarms(call: Call) -> Alarms:
    """List the alarms that stand, with the reasons for which a thread was opened, for the agency's lead."""
    return Alarms(rows=await call.desk.alarms(call.session))


async def reminders(call: Call) -> Reminders:
    """List what is overdue."""
    return Reminders(rows=await call.desk.reminders(call.session))


async def deliveries(call: Call) -> Deliveries:
    """Say what became of what was sent."""
    return Deliveries(rows=await call.desk.deliveries(call.session))


async def line(call: Call) -> LineNow:
    """Say whether the hub answers, since when, and how much waits for it."""
    now = call.request.app[LINE]()
    outbox = await call.desk.casebook.outbox_state()
    since = None if now.since is None else format_time(now.since)
    return LineNow(up=now.up, since=since, waiting=outbox.waiting, oldest=outbox.oldest)


async def show(call: Call) -> ThreadView:
    """Show a whole thread."""
    return await call.desk.show(call.session, call.thread)


async def share(call: Call) -> Posted:
    """Seal and post a share."""
    return await call.desk.share(call.session, call.body, call.once)


async def request(call: Call) -> Posted:
    """Ask another agency."""
    return await call.desk.request(call.session, call.body, call.once)


async def decide(call: Call) -> Posted:
    """Record a decision at this desk."""
    return await call.desk.decide(call.session, call.body, call.once)


async def refuse(call: Call) -> Posted:
    """Refuse a request, and say why."""
    return await call.desk.refuse(call.session, call.thread, call.body, call.once)


async def withdraw_all(call: Call) -> Posted:
    """Take a request back, or every open leg of a share."""
    return await call.desk.withdraw(call.session, call.thread, None, call.body, call.once)


async def note_on_request(call: Call) -> Posted:
    """Say something about a request."""
    return await call.desk.note(call.session, call.thread, None, call.body, call.once)


async def accept(call: Call) -> Posted:
    """Say: I am the right person, and this is my part in it."""
    return await call.desk.accept(call.session, call.thread, call.leg, call.body, call.once)


async def decline(call: Call) -> Posted:
    """Say: not mine to have."""
    return await call.desk.decline(call.session, call.thread, call.leg, call.body, call.once)


async def read_back(call: Call) -> Posted:
    """Say in own words what it means."""
    return await call.desk.read_back(call.session, call.thread, call.leg, call.body, call.once)


async def hear_back(call: Call) -> Posted:
    """Say whether that is what was meant."""
    return await call.desk.hear_back(call.session, call.thread, call.leg, call.body, call.once)


async def amend(call: Call) -> Posted:
    """Send a new version."""
    if call.leg not in call.body.legs:
        raise ContentsMalformed("legs")
    return await call.desk.amend(call.session, call.thread, call.body, call.once)


async def withdraw(call: Call) -> Posted:
    """Take it back from one recipient."""
    return await call.desk.withdraw(call.session, call.thread, call.leg, call.body, call.once)


async def note(call: Call) -> Posted:
    """Ask or answer something."""
    return await call.desk.note(call.session, call.thread, call.leg, call.body, call.once)


async def words(call: Call) -> WordsView:
    """Read the newest version."""
    return await call.desk.read(call.session, call.thread, call.leg)


async def understanding(call: Call) -> UnderstandingView:
    """Lay a waiting read-back beside what was sent."""
    return await call.desk.compare(call.session, call.thread, call.leg)


async def pdf(call: Call) -> web.Response:
    """Print a whole thread as a PDF."""
    made = await call.desk.printed(call.session, call.thread)
    return web.Response(body=made, content_type=PDF)


async def certificate(call: Call) -> web.Response:
    """Give the certificate of closure."""
    with_words = call.query.words == "yes"
    made = await call.desk.certificate(call.session, call.thread, call.leg, words=with_words)
    return web.Response(body=made, content_type="application/json")


async def attach(call: Call) -> AttachedView:
    """Seal a file while it arrives."""
    return await call.desk.attach(call.session, _blocks(call.request))


async def _blocks(request: web.Request) -> AsyncIterator[bytes]:
    async for block in request.content.iter_chunked(limits.MIB):
        yield block


async def attachment(call: Call) -> web.StreamResponse:
    """Give out an attached file."""
    number = int(call.path.number)
    found = await call.desk.download(call.session, call.thread, call.leg, number)
    # Always offered as bytes to save, whatever the sender called it: nothing of it runs or renders here.
    response = web.StreamResponse()
    response.content_type = OCTETS
    response.content_length = found.size
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(call.request)
    async for block in found.blocks:
        await response.write(block)
    await response.write_eof()
    return response
