"""Everything that the hub does, one function a route, and the registry of them all.

Never: a route answers "accepted" before the store has committed.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from aiohttp import web

from exchange.errors import BlobOutOfOrder, BlobUnknown, EnvelopeDiffers, EnvelopeRefused, MailboxUnknown
from exchange.hub import openapi, problems
from exchange.hub.answers import Whole
from exchange.hub.keylog.routes import ROUTES as LOG_ROUTES
from exchange.hub.query import numbers
from exchange.hub.route import Answer, Body, Call, Header, Number, Route, Variable
from exchange.store.mailroom import Post, Posting
from exchange.wire import api, limits
from exchange.wire.envelope import address_of
from keys.errors import Malformed
from keys.statement import dump, load

if TYPE_CHECKING:
    from exchange.delivery import Verdict
    from exchange.hub.service import Hub

_Result = tuple[str | None, str, str | None]  # of one envelope: its id, status and code
_SMALL = 256  # bytes of an acknowledgement


async def post(hub: Hub, call: Call) -> web.StreamResponse:
    """Put one or more envelopes into the mailboxes that their headers name."""
    judged = [_posting(hub, data) for data in api.read_batch(call.body)]
    postings = tuple([posting for posting in judged if isinstance(posting, Posting)])
    verdicts: tuple[Verdict, ...] = ()
    if postings:
        verdicts = await hub.room.post(Post(call.agency, int(time.time()), postings))
    verdict = iter(verdicts)
    results = [
        _result(posting.id, next(verdict)) if isinstance(posting, Posting) else posting for posting in judged
    ]
    return Whole(api.write_results(results), api.JSON_TYPE)


async def read_mailbox(hub: Hub, call: Call) -> web.StreamResponse:
    """Give what waits in the agency's own mailbox beyond a cursor, waiting for it if asked to."""
    after, wait, count = numbers(call.request, _WATCH)
    mail = await hub.mailboxes.read(call.agency, after, wait=wait, count=count)
    return Whole(api.write_mail(mail), api.MAIL_TYPE)


async def acknowledge(hub: Hub, call: Call) -> web.Response:
    """Let go of everything up to a cursor in the agency's own mailbox."""
    through = load(call.body, api.Acknowledgement, limit=_SMALL).through
    await hub.mailboxes.acknowledge(call.agency, through)
    return web.Response(status=204)


async def put_blob(hub: Hub, call: Call) -> web.Response:
    """Take the next range of a sealed attachment."""
    digest = call.request.match_info["digest"]
    part = api.read_content_range(_header(call.request, "Content-Range"))
    try:
        complete = await hub.blobs.put(call.agency, digest, part, call.body)
    except BlobOutOfOrder as problem:
        held = await hub.blobs.held(call.agency, digest)
        return problems.answer(problem, {api.HELD_HEADER: str(held)})
    held = await hub.blobs.held(call.agency, digest)
    return web.Response(status=201 if complete else 202, headers={api.HELD_HEADER: str(held)})


async def head_blob(hub: Hub, call: Call) -> web.Response:
    """Say how large an attachment is, or how much of it is here."""
    digest = call.request.match_info["digest"]
    held = {api.HELD_HEADER: str(await hub.blobs.held(call.agency, digest))}
    try:
        size = await hub.blobs.size(digest)
    except BlobUnknown as problem:
        return problems.answer(problem, held)
    length = {"Content-Length": str(size), "Accept-Ranges": "bytes"}
    return web.Response(headers=held | length, content_type=api.BLOB_TYPE)


async def get_blob(hub: Hub, call: Call) -> web.Response:
    """Give one range of a sealed attachment; without one, its beginning."""
    digest = call.request.match_info["digest"]
    size = await hub.blobs.size(digest)
    try:
        part = api.read_range(call.request.headers.get("Range", "bytes=0-"), size)
    except Malformed:
        return problems.answer(problems.RangeRefused(), {"Content-Range": f"bytes */{size}"})
    data = await hub.blobs.read(digest, part)
    headers = {"Content-Range": api.write_content_range(part), "Accept-Ranges": "bytes"}
    return web.Response(status=206, body=data, headers=headers, content_type=api.BLOB_TYPE)


async def welcome(hub: Hub, call: Call) -> web.Response:  # noqa: ARG001 - a route like the others
    """Say what answers here, and where its routes are described."""
    said = api.Welcome(
        service="Readback: a hub. It carries sealed envelopes between agencies' desks and can open none.",
        description=api.OPENAPI,
    )
    return web.Response(body=dump(said), content_type=api.JSON_TYPE)


async def describe(hub: Hub, call: Call) -> web.Response:  # noqa: ARG001 - a route like the others
    """Give this description."""
    return web.Response(body=openapi.document(ROUTES), content_type=api.JSON_TYPE)


def _posting(hub: Hub, data: bytes) -> Posting | _Result:
    try:
        name, mailboxes = address_of(data)
    except EnvelopeRefused as problem:
        return None, "refused", problem.code
    for mailbox in mailboxes:
        if not hub.keylog.agencies.knows(mailbox):
            return name, "refused", MailboxUnknown.code
    return Posting(name, mailboxes, data, hashlib.sha256(data).digest())


def _result(name: str, verdict: Verdict) -> _Result:
    return (name, "refused", EnvelopeDiffers.code) if verdict == "differs" else (name, verdict, None)


def _header(request: web.Request, name: str) -> str:
    given = request.headers.getall(name, ())
    if len(given) != 1:
        raise Malformed(name.lower())
    return given[0]


AFTER_CURSOR = Number("after", "the last cursor that is safe at the desk", 0, api.CURSOR_MAX, 0)
WAIT = Number("wait", "seconds to wait for mail", 0, api.WAIT_MAX, 0)
LIMIT = Number("limit", "mails at most", 1, api.MAIL_COUNT, api.MAIL_COUNT)
_WATCH = (AFTER_CURSOR, WAIT, LIMIT)
CONTENT_RANGE = Header("Content-Range", "`bytes first-last/total`", r"^bytes \d+-\d+/\d+$", required=True)
_DIGEST = Variable("digest", "SHA-256 of the ciphertext", "^[0-9a-f]{64}$")
RANGE = Header("Range", "`bytes=first-` or `bytes=first-last`", r"^bytes=\d+-\d*$")

ROUTES: tuple[Route, ...] = (
    *LOG_ROUTES,
    Route(
        "POST",
        api.ENVELOPES,
        "post",
        "Post one or more envelopes",
        post,
        (Answer(200, "What became of each; accepted is durable.", api.JSON_TYPE, api.PostResults),),
        body=Body(api.ENVELOPES_TYPE, limits.BATCH),
    ),
    Route(
        "GET",
        api.MAILBOX,
        "read_mailbox",
        "Read on in the agency's mailbox, acknowledging what came before",
        read_mailbox,
        (Answer(200, "What waits; empty when nothing came in time.", api.MAIL_TYPE),),
        refusals=(409,),
        query=_WATCH,
    ),
    Route(
        "POST",
        api.ACKNOWLEDGE,
        "acknowledge",
        "Acknowledge everything up to a cursor",
        acknowledge,
        (Answer(204, "Acknowledged, and durable."),),
        refusals=(409,),
        body=Body(api.JSON_TYPE, _SMALL, api.Acknowledgement),
    ),
    Route(
        "PUT",
        api.BLOB,
        "put_blob",
        "Upload the next range of a sealed attachment",
        put_blob,
        (Answer(201, "Complete, checked and durable."), Answer(202, "Taken; more is to come.")),
        refusals=(404, 409),
        body=Body(api.BLOB_TYPE, limits.BLOB_RANGE),
        headers=(CONTENT_RANGE,),
        variables=(_DIGEST,),
    ),
    Route(
        "HEAD",
        api.BLOB,
        "head_blob",
        "Ask for an attachment's size, or how much of it is here",
        head_blob,
        (Answer(200, "It is here."),),
        refusals=(404,),
        variables=(_DIGEST,),
    ),
    Route(
        "GET",
        api.BLOB,
        "get_blob",
        "Download a range of a sealed attachment",
        get_blob,
        (Answer(206, "The range, or as much of it as one answer carries.", api.BLOB_TYPE),),
        refusals=(404, 416),
        headers=(RANGE,),
        variables=(_DIGEST,),
    ),
    Route(
        "GET",
        api.HOME,
        "welcome",
        "Say what answers here",
        welcome,
        (Answer(200, "What it is, and where its routes are described.", api.JSON_TYPE, api.Welcome),),
        proved=False,
    ),
    Route(
        "GET",
        api.OPENAPI,
        "describe",
        "Read this description",
        describe,
        (Answer(200, "OpenAPI 3.1.", api.JSON_TYPE),),
        proved=False,
    ),
)
