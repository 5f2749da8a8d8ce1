"""The addresses of writing: a draft, its questions, its check, and what comes after sending.

Promises: an address names a draft by an id that is drawn at random, and a question; nothing that anybody
said.
Never: a page here is anybody's but the draft's writer's.
"""

from __future__ import annotations

from typing import Final

from exchange.desk.web.visit import Page
from exchange.desk.web.writing import asking, checking

_DRAFT: Final = "/drafts/{draft:[a-z2-7]{26}}"
_QUESTION: Final = _DRAFT + "/{question:[a-z-]{1,20}}"
_ITEM: Final = "/{item:new|[1-9][0-9]{0,2}}"

WRITING: Final[tuple[Page, ...]] = (
    Page("/share", "beginShare", asking.begin, forms=True),
    Page("/threads/{thread:[a-z2-7]{26}}/share", "beginAnswer", asking.begin, forms=True),
    Page("/threads/{thread:[a-z2-7]{26}}/sent", "sent", checking.sent),
    Page(_DRAFT, "draft", asking.resume),
    Page(_DRAFT + "/throw-away", "throwAway", asking.throw_away, forms=True),
    Page(_DRAFT + "/check", "check", checking.check),
    Page(_DRAFT + "/send", "send", checking.send, forms=True),
    Page(_DRAFT + "/{question:files}" + _ITEM, "file", asking.ask, forms=True, uploads=True),
    Page(_QUESTION, "question", asking.ask, forms=True),
    Page(_QUESTION + _ITEM, "entry", asking.ask, forms=True),
)
