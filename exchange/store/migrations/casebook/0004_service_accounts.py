"""The casebook's service accounts: what other systems may ask of this desk, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "casebook_0004"
down_revision = "casebook_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "service_account",
        *(sa.Column(name, sa.String(96), nullable=False) for name in ("name", "token", "scopes")),
        *(sa.Column(name, sa.String(96), nullable=False) for name in ("created", "expires")),
        *(sa.Column(name, sa.String(96), nullable=True) for name in ("used", "revoked")),
        sa.PrimaryKeyConstraint("name", name="pk_service_account"),
        sa.UniqueConstraint("token", name="uq_service_account_token"),
    )
