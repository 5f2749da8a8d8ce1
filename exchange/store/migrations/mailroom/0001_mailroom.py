"""The mailroom's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from exchange.store.naming import Number

revision = "mailroom_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything, with the counters at nought."""
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("last", Number, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.bulk_insert(
        counter, [{"name": name, "last": 0} for name in ("cursor", "settled", "forgotten", "logged")]
    )
    op.bulk_insert(counter, [{"name": "signed", "last": -1}])
    op.create_table(
        "admitted",
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_admitted"),
    )
    _create_log()
    op.create_table(
        "envelope",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("posted", Number, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("number", name="pk_envelope"),
        sa.UniqueConstraint("id", name="uq_envelope_id"),
    )
    op.create_table(
        "delivery",
        sa.Column("cursor", Number, autoincrement=False, nullable=False),
        sa.Column("mailbox", sa.String(40), nullable=False),
        sa.Column("envelope", Number),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("notice", sa.LargeBinary),
        sa.PrimaryKeyConstraint("cursor", name="pk_delivery"),
    )
    op.create_index("ix_delivery_mailbox_cursor", "delivery", ["mailbox", "cursor"])
    if (
        op.get_bind().dialect.name == "postgresql"
    ):  # ciphertext does not compress: keep it out of the row, as it is
        op.execute("alter table envelope alter column body set storage external")


def _create_log() -> None:
    op.create_table(
        "log_entry",
        sa.Column("index", Number, autoincrement=False, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_log_entry"),
    )
    op.create_table(
        "log_node",
        sa.Column("place", Number, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_log_node"),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", Number, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("at", Number, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoint"),
    )
    op.create_table(
        "log_cosignature",
        sa.Column("size", Number, autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("at", Number, nullable=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("size", "agency", name="pk_log_cosignature"),
    )
    op.create_table(
        "log_trouble",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("size", Number, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_log_trouble"),
    )
