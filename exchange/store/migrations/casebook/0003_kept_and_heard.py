"""What is kept sealed for people, how far the readers have come, and the counts of what was heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from exchange.store.naming import Number

revision = "casebook_0003"
down_revision = "casebook_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    _kept()
    _heard()


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(96), nullable=False)


def _optional(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(96), nullable=True)


def _kept() -> None:
    op.create_table(
        "kept",
        sa.Column("name", sa.String(200), nullable=False),
        _word("person"),
        _optional("thread"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _word("kept"),
        sa.PrimaryKeyConstraint("name", name="pk_kept"),
    )
    op.create_index("ix_kept_person_name", "kept", ["person", "name"])
    op.create_table(
        "cursor",
        _word("name"),
        sa.Column("position", Number, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursor"),
    )


def _heard() -> None:
    op.create_table(
        "heard",
        _word("hear_back"),
        _word("person"),
        _word("at"),
        sa.Column("agreed", sa.Boolean, nullable=False),
        sa.Column("compared", sa.Boolean, nullable=False),
        sa.Column("pause", Number, nullable=False),
        sa.Column("took", Number, nullable=True),
        sa.PrimaryKeyConstraint("hear_back", name="pk_heard"),
    )
    op.create_index("ix_heard_at", "heard", ["at"])
    op.create_table(
        "divergence",
        _word("hear_back"),
        _word("kind"),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("hear_back", "kind", name="pk_divergence"),
    )
