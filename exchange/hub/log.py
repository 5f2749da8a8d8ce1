"""What the hub writes into its log: one JSON object a line, of these events and no others.

Promises: an event has a catalogued name and carries agency ids, counts, codes and places in our own code.
Never: a path, a query, an address, an id of an envelope, or the text of an exception (it may quote what was
sent).
"""

from __future__ import annotations

import logging
import sys
import traceback
from enum import Enum
from pathlib import Path
from typing import Any

import structlog

_ROOT = Path(__file__).parent.parent.parent


class Said(Enum):
    """Everything that the log can say."""

    STARTED = "hub.started"  # port
    DRAINING = "hub.draining"
    STOPPED = "hub.stopped"
    ENROLLED = "agency.enrolled"  # agency
    CHANGED = "agency.changed"  # agency
    ANCHORED = "agency.anchored"  # agency
    LOG_BEHIND = "log.behind"  # size
    LOG_FORKED = "log.forked"  # size
    SIGNING_FAILED = "signing.failed"  # kind, place
    PROOF_REFUSED = "proof.refused"  # reason
    EXPIRED = "envelopes.expired"  # count
    BLOBS_REMOVED = "blobs.removed"  # count
    FAILED = "request.failed"  # kind, place
    SWEEP_FAILED = "sweep.failed"  # kind, place
    STORE_AWAY = "store.unavailable"


def set_up() -> None:
    """Write to standard error as JSON, and silence whatever the libraries would say of requests."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for name in ("aiohttp", "asyncio", "sqlalchemy", "aiosqlite", "alembic"):
        # A handler that does nothing, or what their children say goes to standard error as a last resort.
        logging.getLogger(name).handlers = [logging.NullHandler()]
        logging.getLogger(name).propagate = False


def say(event: Said, **facts: str | int) -> None:
    """Write one event. `facts` are ids of agencies, counts, codes and places."""
    log: Any = structlog.get_logger()
    log.info(event.value, **facts)


def say_failure(event: Said, error: BaseException) -> None:
    """Write that something unexpected happened: its kind, and where in our code; not its words."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if str(_ROOT) in frame.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside"
    log: Any = structlog.get_logger()
    log.error(event.value, kind=type(error).__name__, place=place)
