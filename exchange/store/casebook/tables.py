"""The casebook's tables, as `migrations/casebook` creates them.

Promises: every list that people look at is one index range, whose cost does not grow with what is closed.
Never: a column for a word, a name or a slip; text columns hold ids, codes, states and times.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from exchange.store.naming import NAMES, Number

WHOLE = -1  # the leg column of what belongs to the whole thread: a primary key knows no NULL
OVER = "over"  # the queue of a leg for which nobody waits any more

metadata = MetaData(naming_convention=NAMES)

# Ids, codes, times and digests are all far shorter; the bound is for whoever reads the schema.
_WORD = String(96)


def _word(name: str, *, key: bool = False, optional: bool = False) -> Column[str]:
    return Column(name, _WORD, primary_key=key, nullable=optional)


def _optional(name: str) -> Column[str]:
    return _word(name, optional=True)


step = Table(
    "step",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),  # order of arrival
    Column("digest", _WORD, nullable=False, unique=True),
    _word("envelope_id"),
    _word("thread"),
    Column("leg", Integer, nullable=False),
    _word("kind"),
    _word("agency"),
    _word("person"),
    Column("seq", Integer, nullable=False),
    _optional("answers"),
    _word("created"),
    _word("received"),
    Column("received_at", Number, nullable=False),
    Column("mine", Boolean, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index(None, "thread", "number"),
    Index(None, "answers"),
)

thread = Table(
    "thread",
    metadata,
    _word("thread", key=True),
    _optional("kind"),
    _optional("agency"),
    _optional("person"),
    _optional("state"),
    Column("open", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("waiting", Integer, nullable=False),
    _optional("waiting_since"),
    Column("forks", Integer, nullable=False),
    Column("folded", Integer, nullable=False),
    _optional("opened"),
    _word("updated"),
    Index(None, "waiting_since"),
)

leg = Table(
    "leg",
    metadata,
    _word("thread", key=True),
    Column("leg", Integer, primary_key=True, autoincrement=False),
    _word("sender_agency"),
    _word("sender_person"),
    _optional("recipient_agency"),
    _optional("recipient_person"),
    _optional("recipient_role"),
    _word("state"),
    Column("open", Boolean, nullable=False),
    _optional("turn"),
    _optional("urgency"),
    _optional("due"),
    _optional("version"),
    _optional("read_back"),
    _optional("hear_back"),
    _word("updated"),
    _word("queue"),  # whose turn it is: sender or recipient; or over
    _word("sort"),  # its place there: 0 (immediate) or 1 and when it is due; over: when that was
    Index("ix_leg_sender", "sender_person", "sender_agency", "queue", "sort", "thread", "leg"),
    Index("ix_leg_recipient", "recipient_person", "recipient_agency", "queue", "sort", "thread", "leg"),
    Index("ix_leg_role", "recipient_role", "recipient_agency", "queue", "sort", "thread", "leg"),
    Index(None, "open", "due"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("envelope_id", _WORD, nullable=False, unique=True),
    _word("state"),  # waiting, posted, refused
    Column("rank", Integer, nullable=False),  # 0 a roster, 1 a step: who I am goes before what I say
    _optional("thread"),
    _optional("step"),
    Column("mailboxes", String, nullable=False),
    Column("blobs", String, nullable=False),
    _word("queued"),
    _optional("posted"),
    _optional("code"),
    Column("size", Integer, nullable=False),
    Column("envelope", LargeBinary, nullable=True),
    Index(None, "state", "rank", "number"),
    Index(None, "thread"),
)

outbox_needs = Table(
    "outbox_needs",
    metadata,
    _word("envelope_id", key=True),
    _word("digest", key=True),
)

expiry = Table(
    "expiry",
    metadata,
    _word("envelope_id", key=True),
    _word("mailbox", key=True),
    _word("at"),
)

kept = Table(
    "kept",
    metadata,
    Column("name", String(200), primary_key=True),
    _word("person"),
    _optional("thread"),
    Column("sealed", LargeBinary, nullable=False),
    _word("kept"),
    Index(None, "person", "name"),
)

held = Table(
    "held",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("digest", _WORD, nullable=False, unique=True),
    Column("envelope", LargeBinary, nullable=False),
    _word("awaits"),
    _optional("agency"),
    _word("code"),
    _word("since"),
    Column("received_at", Number, nullable=False),
    Index(None, "awaits", "agency"),
)

refused = Table(
    "refused",
    metadata,
    _word("digest", key=True),
    Column("envelope", LargeBinary, nullable=False),
    _word("code"),
    _word("at"),
    Index(None, "at"),
)

roster = Table(
    "roster",
    metadata,
    _word("agency", key=True),
    Column("version", Number, primary_key=True, autoincrement=False),
    _word("expires"),
    Column("envelope", LargeBinary, nullable=False),
    _word("received"),
    Column("received_at", Number, nullable=False),
)

roster_sent = Table(
    "roster_sent",
    metadata,
    _word("agency", key=True),
    Column("version", Number, nullable=False),
    _word("envelope_id"),
    _word("key"),
    Index(None, "envelope_id"),
)

log_entry = Table(
    "log_entry",
    metadata,
    Column("index", Number, primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Number, primary_key=True, autoincrement=False),
    _word("root"),
    Column("note", LargeBinary, nullable=False),
    Column("quorum", Boolean, nullable=False),
    _word("at"),
    _optional("cosigned"),
)

contradiction = Table(
    "contradiction",
    metadata,
    _word("digest", key=True),
    _word("code"),
    _optional("agency"),
    Column("shown", LargeBinary, nullable=False),
    Column("known", LargeBinary, nullable=False),
    _word("at"),
)

attachment = Table(
    "attachment",
    metadata,
    _word("digest", key=True),
    Column("size", Number, nullable=False),
    _word("state"),
    _optional("thread"),
    Index(None, "state"),
)

heard = Table(
    "heard",
    metadata,
    _word("hear_back", key=True),
    _word("person"),
    _word("at"),
    Column("agreed", Boolean, nullable=False),
    Column("compared", Boolean, nullable=False),
    Column("pause", Number, nullable=False),
    Column("took", Number, nullable=True),
    Index(None, "at"),
)

divergence = Table(
    "divergence",
    metadata,
    _word("hear_back", key=True),
    _word("kind", key=True),
    Column("times", Integer, nullable=False),
)

reminder = Table(
    "reminder",
    metadata,
    _word("thread", key=True),
    Column("leg", Integer, primary_key=True, autoincrement=False),
    _word("occasion", key=True),
    _word("stage", key=True),
    _word("to", key=True),
    _word("due"),
    _word("at"),
)

alarm = Table(
    "alarm",
    metadata,
    _word("name", key=True),
    _word("subject", key=True),
    _word("raised"),
    _optional("cleared"),
    Index(None, "cleared"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    _word("event"),
    _word("at"),
    _optional("thread"),
    _optional("step"),
    _optional("agency"),
    _optional("person"),
    _optional("code"),
    _word("chain"),
)

cursor = Table(
    "cursor",
    metadata,
    _word("name", key=True),
    Column("position", Number, nullable=False),
)
