"""What the mailroom keeps: ciphertext, whose it is, and where it waits; and the key log.

Promises: no column holds a name, a word or a key that opens anything. An envelope's row outlives its bytes,
so that a post repeated after months is still known to be a repetition.
Never: two deliveries share a cursor, in any mailbox, or a cursor is issued below one already visible; two
checkpoints have one size.

An envelope's `number` is the cursor of its first delivery; its deliveries are the `slots` cursors from there.
The log's nodes are its complete subtrees, `keys.transparency.merkle` says which: they never change, so that a
root or a proof reads O(log n) rows and an entry adds two on average.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table

from exchange.store.naming import NAMES, Number

METADATA = MetaData(naming_convention=NAMES)

AGENCY_SIZE = 40
ID_SIZE = 26
CURSOR = "cursor"  # the counter of deliveries: the last cursor issued
SETTLED = "settled"  # every envelope up to this number has been acknowledged or has expired
FORGOTTEN = "forgotten"  # every envelope up to this number has been removed altogether
LOGGED = "logged"  # how many entries the log has
LEVEL_BITS = 48  # an index has at most so many; a level's nodes lie together, and one key finds them all
SIGNED = "signed"  # the size of its newest checkpoint; below nought where there is none

COUNTER = Table(
    "counter",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("last", Number, nullable=False),
)

ADMITTED = Table(
    "admitted",
    METADATA,
    Column("agency", String(AGENCY_SIZE), primary_key=True),
    Column("fingerprint", String(80), nullable=False),
)

LOG_ENTRY = Table(
    "log_entry",
    METADATA,
    Column("index", Number, primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

LOG_NODE = Table(
    "log_node",
    METADATA,
    Column("place", Number, primary_key=True, autoincrement=False),  # level << LEVEL_BITS | index
    Column("hash", LargeBinary(32), nullable=False),
)

LOG_CHECKPOINT = Table(
    "log_checkpoint",
    METADATA,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # as the log key signed it, without cosignatures
    Column("at", Number, nullable=False),  # seconds since 1970
)

LOG_COSIGNATURE = Table(
    "log_cosignature",
    METADATA,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("agency", String(AGENCY_SIZE), primary_key=True),
    Column("at", Number, nullable=False),  # the witness's own time, seconds since 1970
    Column("line", LargeBinary, nullable=False),
)

LOG_TROUBLE = Table(
    "log_trouble",
    METADATA,
    Column("name", String(16), primary_key=True),  # behind, forked
    Column("size", Number, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # the checkpoint that shows it, signed by this log's own key
)

ENVELOPE = Table(
    "envelope",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("id", String(ID_SIZE), nullable=False, unique=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("agency", String(AGENCY_SIZE), nullable=False),  # who posted it
    Column("posted", Number, nullable=False),  # seconds since 1970
    Column("slots", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),  # deliveries neither acknowledged nor expired
    Column("body", LargeBinary),  # null when none is waiting
)

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("cursor", Number, primary_key=True, autoincrement=False),
    Column("mailbox", String(AGENCY_SIZE), nullable=False),
    Column("envelope", Number),  # its number, or null for a notice
    Column("size", Integer, nullable=False),
    Column("notice", LargeBinary),
)
Index(None, DELIVERY.c.mailbox, DELIVERY.c.cursor)
