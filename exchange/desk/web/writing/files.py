"""Files: chosen one at a time, sealed while they arrive, each with why it is needed and who gets it.

Promises: a file never lies here in the clear; its name and its type are the browser's word and are taken
for no more: the name loses its path, and a type that is none becomes plain bytes. A file that arrived is
kept when something else on the page is wrong.
Never: a file is opened, shown, or held whole in memory.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from exchange.desk.web.forms import Wrong
from exchange.desk.web.writing.frame import LONG, Entries, Entry
from exchange.desk.web.writing.recipients import chosen, name_of
from exchange.desk.web.writing.weighing import gets, read_audience, several
from exchange.share.draft import DraftAttachment
from exchange.share.rules.words import is_file_name
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from exchange.desk.web.uploads import Upload
    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.draft import ShareDraft

_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}")
_OCTETS: Final = "application/octet-stream"
_HELD: Final = ("handle", "file_name", "media_type")


async def receive(writing: Writing, upload: Upload | None) -> None:
    """Seal the file that comes with a form, if any, and note its handle as if it had been typed."""
    form = writing.form
    if upload is None or not upload.name:
        return
    first = await anext(upload.blocks, b"")
    if not first:
        form.wrong.append(Wrong("file", "This file is empty. Choose another"))
        return

    async def blocks() -> AsyncIterator[bytes]:
        yield first
        async for block in upload.blocks:
            yield block

    held = await writing.visit.desk.attach(writing.visit.session, blocks())
    values = {
        "handle": held.handle,
        "file_name": file_name(upload.name),
        "media_type": upload.media_type if _TYPE.fullmatch(upload.media_type) else _OCTETS,
    }
    form.values = {**form.values, **values}


def file_name(given: str) -> str:
    """Make a name of what a browser calls a file: no path, nothing that a system would stumble over."""
    name = re.split(r"[/\\]", given)[-1]
    name = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069:*?\"<>|]", "_", name)
    name = name.strip(" .")[-limits.NAME :].strip(" .")
    return name if name and is_file_name(name) and re.search(r"[^\W_]", name) else "file"


def _show(writing: Writing, number: int) -> Values:
    files = writing.draft.attachments
    if not 0 < number <= len(files):
        return {}
    one = files[number - 1]
    held = {"handle": one.handle, "file_name": one.name, "media_type": one.media_type}
    people = range(len(writing.draft.recipients))
    audience = (
        {f"file-{at}": "yes" if gets(one, at) else "" for at in people} if several(writing.draft) else {}
    )
    return {"why_needed": one.why_needed, **held, **audience}


def _take(writing: Writing, number: int) -> Changes | None:
    form, draft = writing.form, writing.draft
    why = form.ask("why_needed", "Say why they need this file")
    if not form["handle"]:
        form.wrong.append(Wrong("file", "Choose a file"))
    audience: tuple[int, ...] | None = ()
    if several(draft):
        audience = read_audience(writing, "file")
        if audience is None:
            form.wrong.append(Wrong("file-0", "Choose who gets it"))
    if number > limits.ATTACHMENTS:
        form.wrong.append(Wrong("file", f"A share has at most {limits.ATTACHMENTS} files"))
    if form.wrong:
        return None
    said: dict[str, Any] = {name: form[name] for name in ("handle", "media_type")}
    said |= {"name": form["file_name"], "why_needed": why, "only_for": audience}
    try:
        one = DraftAttachment.model_validate(said)
    except ValidationError:
        form.wrong.append(Wrong("why_needed", LONG))
        return None
    files = list(draft.attachments)
    files[number - 1 : number] = [one]
    return {"attachments": tuple(files)}


def _places(_: ShareDraft, number: int) -> Mapping[str, str]:
    fields = {"name": "file", "handle": "file", "media_type": "file", "why_needed": "why_needed"}
    return {f"attachments[{number - 1}].{name}": field for name, field in fields.items()}


def _remove(draft: ShareDraft, number: int) -> Changes:
    return {"attachments": tuple(one for at, one in enumerate(draft.attachments, 1) if at != number)}


def _more(writing: Writing, _: int) -> Mapping[str, Any]:
    people = [name_of(one) for one in chosen(writing)] if several(writing.draft) else []
    return {"people": people, "held": _HELD}


def _in_words(writing: Writing, one: DraftAttachment) -> str:
    people = [name_of(other) for at, other in enumerate(chosen(writing)) if at in one.only_for]
    whom = f"\nOnly for: {'; '.join(people)}" if people else ""
    return f"{one.name}\nNeeded because: {one.why_needed}{whom}"


FILES = Entries(
    name="files",
    title="Do you attach any files?",
    short="Files",
    template="writing/file.html",
    show=_show,
    take=_take,
    places=_places,
    told=lambda writing: [_in_words(writing, one) for one in writing.draft.attachments] or ["None"],
    more=_more,
    one="file",
    hint="Attach a file only if they need all of it. Often one line that you write as a fact is better.",
    entries=lambda writing: [
        Entry(at, one.name, one.why_needed) for at, one in enumerate(writing.draft.attachments, 1)
    ],
    remove=_remove,
)
