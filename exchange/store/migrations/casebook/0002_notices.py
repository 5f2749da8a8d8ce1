"""The casebook's notices: which went out, and about what each of them was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "casebook_0002"
down_revision = "casebook_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "notice",
        *map(_word, ("id", "to", "lane")),
        sa.Column("urgent", sa.Boolean, nullable=False),
        *map(_word, ("state", "made", "next")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("code", sa.String(96), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_state_next", "notice", ["state", "next"])
    op.create_index("ix_notice_to_made", "notice", ["to", "made"])
    op.create_table(
        "told",
        *map(_word, ("matter", "to", "notice", "thread", "at")),
        sa.PrimaryKeyConstraint("matter", "to", name="pk_told"),
    )
    op.create_index("ix_told_notice", "told", ["notice"])
    op.create_index("ix_told_at", "told", ["at"])


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(96), nullable=False)
