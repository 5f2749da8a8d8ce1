"""What a desk writes into its log: one JSON object a line, with these fields and no others.

Promises: a line carries an event's name, ids of agencies and threads, codes, counts and places in our own
code; a field that is not listed here is left out, so that a careless line cannot tell anything.
Never: a person's id, a name, a word, a path, a query, or the text of an exception (it may quote what was
sent).
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

FIELDS: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "address",
        "agency",
        "alarm",
        "code",
        "count",
        "incident",
        "index",
        "kind",
        "leg",
        "loop",
        "place",
        "stage",
        "subject",
        "thread",
    }
)
LONGEST: Final = 120  # characters of one value: ids and codes are far shorter


def only_listed(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Leave out what is not listed, and anything too long to be an id or a code."""
    return {
        name: value
        for name, value in line.items()
        if name in FIELDS and (not isinstance(value, str) or len(value) <= LONGEST)
    }


def set_up() -> None:
    """Write to standard error as JSON, and silence whatever the libraries would say of requests."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_listed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for name in ("aiohttp", "asyncio", "sqlalchemy", "aiosqlite", "alembic"):
        # A handler that does nothing, or what their children say goes to standard error as a last resort.
        logging.getLogger(name).handlers = [logging.NullHandler()]
        logging.getLogger(name).propagate = False
