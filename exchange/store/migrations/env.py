"""What alembic runs for each migration: the connection is given, never opened here."""

from __future__ import annotations

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
