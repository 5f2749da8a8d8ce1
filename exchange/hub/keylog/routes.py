"""The log's routes: what agencies say in it, and what anybody may read of it.

Never: a proof is asked for where what is brought proves itself (an event by its root's signature, evidence by
the log's own), or where everybody is to see the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from exchange.hub.answers import Whole
from exchange.hub.query import numbers
from exchange.hub.route import Answer, Body, Call, Number, Route, Variable
from exchange.wire import api, keylog, limits
from keys.statement import dump, load
from keys.transparency.tiles import read_tile_path

if TYPE_CHECKING:
    from exchange.hub.service import Hub

_EVENT_BODY = 3 * limits.AGENCY_EVENT  # two fields of base64
_NOTE_BODY = 2 * limits.NOTE  # JSON may escape what is not ASCII
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_A_MOMENT = {"Cache-Control": "no-cache"}


async def take_event(hub: Hub, call: Call) -> web.Response:
    """Take an agency's event or anchor."""
    await hub.keylog.take(load(call.body, keylog.SignedEvent, limit=_EVENT_BODY).signed)
    return web.Response(status=201)


async def directory(hub: Hub, call: Call) -> web.StreamResponse:
    """Give the log's entries from an index on, up to the newest checkpoint."""
    (after,) = numbers(call.request, (AFTER,))
    return Whole(dump(await hub.keylog.page(after)), api.JSON_TYPE)


async def checkpoint(hub: Hub, call: Call) -> web.Response:  # noqa: ARG001 - a route like the others
    """Give the newest checkpoint."""
    note = await hub.keylog.note()
    return web.Response(body=note, content_type=keylog.NOTE_TYPE, charset="utf-8", headers=_FOR_A_MOMENT)


async def tile(hub: Hub, call: Call) -> web.Response:
    """Give a tile of hashes, or a bundle of entries: what once was is for ever."""
    place = read_tile_path(call.request.raw_path.removeprefix(f"{keylog.LOG}/"))  # as sent: one spelling
    found = await hub.keylog.tile(place)
    return web.Response(body=found, content_type=api.BLOB_TYPE, headers=_FOR_EVER)


async def consistency(hub: Hub, call: Call) -> web.StreamResponse:
    """Prove that one log is the beginning of another."""
    start, size = numbers(call.request, _FROM_TO)
    return Whole(dump(await hub.keylog.consistency(start, size)), api.JSON_TYPE)


async def inclusion(hub: Hub, call: Call) -> web.StreamResponse:
    """Prove that an entry stands in the log."""
    index, size = numbers(call.request, _INDEX_SIZE)
    return Whole(dump(await hub.keylog.inclusion(index, size)), api.JSON_TYPE)


async def cosign(hub: Hub, call: Call) -> web.Response:
    """Take a witness's cosignature."""
    note = load(call.body, keylog.NoteDocument, limit=_NOTE_BODY).note
    await hub.keylog.cosign(call.agency, note.encode())
    return web.Response(status=204)


async def confront(hub: Hub, call: Call) -> web.Response:
    """Hear of a checkpoint of this log."""
    note = load(call.body, keylog.NoteDocument, limit=_NOTE_BODY).note
    await hub.keylog.confront(note.encode())
    return web.Response(status=204)


_SIZE = 2**48 - 1
AFTER = Number("after", "index of the first entry wanted", 0, _SIZE, 0)
_FROM_TO = (
    Number("from", "size of the older log", 0, _SIZE, 0),
    Number("to", "size of the newer log", 0, _SIZE, 0),
)
_INDEX_SIZE = (
    Number("index", "index of the entry", 0, _SIZE, 0),
    Number("size", "size of the log", 0, _SIZE, 0),
)
_LEVEL = Variable("level", "the tile's level", r"^(0|[1-9][0-9]?)$")
_PLACE = Variable(
    "place",
    "the tile's index, in groups of three digits, and its width if it is partial: `x001/x234/067.p/8`",
    r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$",
    spans=True,
)
_EVENT = Body(api.JSON_TYPE, _EVENT_BODY, keylog.SignedEvent)
_TAKEN = (Answer(201, "Taken, and durable. So it is when it had been taken before."),)
_PROOF = (Answer(200, "The proof's hashes.", api.JSON_TYPE, keylog.ProofDocument),)

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        keylog.AGENCIES,
        "register",
        "Register an agency that the operator has admitted",
        take_event,
        _TAKEN,
        refusals=(403, 409, 422),
        body=_EVENT,
        proved=False,
    ),
    Route(
        "POST",
        keylog.EVENTS,
        "add_event",
        "Add an agency's event or anchor to the log",
        take_event,
        _TAKEN,
        refusals=(403, 409, 422),
        body=_EVENT,
        proved=False,
    ),
    Route(
        "GET",
        keylog.DIRECTORY,
        "directory",
        "Read the log's entries, with the newest checkpoint and the proof that leads to it",
        directory,
        (Answer(200, "Entries, none beyond the checkpoint.", api.JSON_TYPE, keylog.DirectoryPage),),
        query=(AFTER,),
    ),
    Route(
        "GET",
        keylog.CHECKPOINT,
        "checkpoint",
        "Read the newest checkpoint, with its witnesses' cosignatures",
        checkpoint,
        (Answer(200, "A signed note, as C2SP writes it.", keylog.NOTE_TYPE),),
        proved=False,
    ),
    Route(
        "GET",
        keylog.ENTRIES,
        "entries",
        "Read 256 of the log's entries",
        tile,
        (Answer(200, "Each entry behind its length in two bytes.", api.BLOB_TYPE),),
        refusals=(404,),
        variables=(_PLACE,),
        proved=False,
    ),
    Route(
        "GET",
        keylog.TILE,
        "tile",
        "Read 256 hashes of the log's tree",
        tile,
        (Answer(200, "32 bytes each.", api.BLOB_TYPE),),
        refusals=(404,),
        variables=(_LEVEL, _PLACE),
        proved=False,
    ),
    Route(
        "GET",
        keylog.CONSISTENCY,
        "consistency",
        "Have it proved that one log is the beginning of another",
        consistency,
        _PROOF,
        refusals=(404,),
        query=_FROM_TO,
        proved=False,
    ),
    Route(
        "GET",
        keylog.INCLUSION,
        "inclusion",
        "Have it proved that an entry stands in the log",
        inclusion,
        _PROOF,
        refusals=(404,),
        query=_INDEX_SIZE,
        proved=False,
    ),
    Route(
        "POST",
        keylog.COSIGNATURES,
        "cosign",
        "Cosign one of the newest checkpoints as a witness",
        cosign,
        (Answer(204, "It is shown under that checkpoint from now on."),),
        refusals=(409, 422),
        body=Body(api.JSON_TYPE, _NOTE_BODY, keylog.NoteDocument),
    ),
    Route(
        "POST",
        keylog.EVIDENCE,
        "confront",
        "Show the hub a checkpoint of its own that goes beyond what it has, or contradicts it",
        confront,
        (Answer(204, "Heard. Where it goes beyond what is here, the hub serves nobody until it is mended."),),
        refusals=(422,),
        body=Body(api.JSON_TYPE, _NOTE_BODY, keylog.NoteDocument),
        proved=False,
        repair=True,
    ),
)
