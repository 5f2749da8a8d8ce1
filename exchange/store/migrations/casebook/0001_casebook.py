"""The casebook's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from exchange.store.naming import Number

revision = "casebook_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything, the audit trail so that it can only grow."""
    _threads()
    _legs()
    _outbox()
    _mail()
    _trust()
    _trail()
    _only_grows("audit")


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(96), nullable=False)


def _optional(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(96), nullable=True)


def _only_grows(table: str) -> None:
    """Let the database itself refuse to change or remove a row."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"create function {table}_only_grows() returns trigger language plpgsql as "
            f"$$ begin raise exception '{table} only grows'; end $$"
        )
        op.execute(
            f"create trigger {table}_only_grows before update or delete or truncate on {table} "
            f"for each statement execute function {table}_only_grows()"
        )
        return
    for change in ("update", "delete"):
        op.execute(
            f"create trigger {table}_no_{change} before {change} on {table} "
            f"begin select raise(abort, '{table} only grows'); end"
        )


def _threads() -> None:
    op.create_table(
        "step",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        _word("digest"),
        _word("envelope_id"),
        _word("thread"),
        sa.Column("leg", sa.Integer, nullable=False),
        _word("kind"),
        _word("agency"),
        _word("person"),
        sa.Column("seq", sa.Integer, nullable=False),
        _optional("answers"),
        _word("created"),
        _word("received"),
        sa.Column("received_at", Number, nullable=False),
        sa.Column("mine", sa.Boolean, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_step"),
        sa.UniqueConstraint("digest", name="uq_step_digest"),
    )
    op.create_index("ix_step_answers", "step", ["answers"])
    op.create_index("ix_step_thread_number", "step", ["thread", "number"])
    op.create_table(
        "thread",
        _word("thread"),
        _optional("kind"),
        _optional("agency"),
        _optional("person"),
        _optional("state"),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        _optional("waiting_since"),
        sa.Column("forks", sa.Integer, nullable=False),
        sa.Column("folded", sa.Integer, nullable=False),
        _optional("opened"),
        _word("updated"),
        sa.PrimaryKeyConstraint("thread", name="pk_thread"),
    )
    op.create_index("ix_thread_waiting_since", "thread", ["waiting_since"])


def _legs() -> None:
    op.create_table(
        "leg",
        _word("thread"),
        sa.Column("leg", sa.Integer, autoincrement=False, nullable=False),
        _word("sender_agency"),
        _word("sender_person"),
        _optional("recipient_agency"),
        _optional("recipient_person"),
        _optional("recipient_role"),
        _word("state"),
        sa.Column("open", sa.Boolean, nullable=False),
        _optional("turn"),
        _optional("urgency"),
        _optional("due"),
        _optional("version"),
        _optional("read_back"),
        _optional("hear_back"),
        _word("updated"),
        _word("queue"),
        _word("sort"),
        sa.PrimaryKeyConstraint("thread", "leg", name="pk_leg"),
    )
    op.create_index("ix_leg_open_due", "leg", ["open", "due"])
    for name, hand, agency in (
        ("sender", "sender_person", "sender_agency"),
        ("recipient", "recipient_person", "recipient_agency"),
        ("role", "recipient_role", "recipient_agency"),
    ):
        op.create_index(f"ix_leg_{name}", "leg", [hand, agency, "queue", "sort", "thread", "leg"])
    op.create_table(
        "reminder",
        _word("thread"),
        sa.Column("leg", sa.Integer, autoincrement=False, nullable=False),
        _word("occasion"),
        _word("stage"),
        _word("to"),
        _word("due"),
        _word("at"),
        sa.PrimaryKeyConstraint("thread", "leg", "occasion", "stage", "to", name="pk_reminder"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        _word("envelope_id"),
        _word("state"),
        sa.Column("rank", sa.Integer, nullable=False),
        _optional("thread"),
        _optional("step"),
        sa.Column("mailboxes", sa.String, nullable=False),
        sa.Column("blobs", sa.String, nullable=False),
        _word("queued"),
        _optional("posted"),
        _optional("code"),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("envelope_id", name="uq_outbox_envelope_id"),
    )
    op.create_index("ix_outbox_state_rank_number", "outbox", ["state", "rank", "number"])
    op.create_index("ix_outbox_thread", "outbox", ["thread"])
    op.create_table(
        "outbox_needs",
        _word("envelope_id"),
        _word("digest"),
        sa.PrimaryKeyConstraint("envelope_id", "digest", name="pk_outbox_needs"),
    )
    op.create_table(
        "expiry",
        _word("envelope_id"),
        _word("mailbox"),
        _word("at"),
        sa.PrimaryKeyConstraint("envelope_id", "mailbox", name="pk_expiry"),
    )


def _mail() -> None:
    op.create_table(
        "attachment",
        _word("digest"),
        sa.Column("size", Number, nullable=False),
        _word("state"),
        _optional("thread"),
        sa.PrimaryKeyConstraint("digest", name="pk_attachment"),
    )
    op.create_index("ix_attachment_state", "attachment", ["state"])
    op.create_table(
        "held",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        _word("digest"),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        _word("awaits"),
        _optional("agency"),
        _word("code"),
        _word("since"),
        sa.Column("received_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_held"),
        sa.UniqueConstraint("digest", name="uq_held_digest"),
    )
    op.create_index("ix_held_awaits_agency", "held", ["awaits", "agency"])
    op.create_table(
        "refused",
        _word("digest"),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        _word("code"),
        _word("at"),
        sa.PrimaryKeyConstraint("digest", name="pk_refused"),
    )
    op.create_index("ix_refused_at", "refused", ["at"])


def _trust() -> None:
    op.create_table(
        "log_entry",
        sa.Column("index", Number, autoincrement=False, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_log_entry"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", Number, autoincrement=False, nullable=False),
        _word("root"),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("quorum", sa.Boolean, nullable=False),
        _word("at"),
        _optional("cosigned"),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )
    op.create_table(
        "contradiction",
        _word("digest"),
        _word("code"),
        _optional("agency"),
        sa.Column("shown", sa.LargeBinary, nullable=False),
        sa.Column("known", sa.LargeBinary, nullable=False),
        _word("at"),
        sa.PrimaryKeyConstraint("digest", name="pk_contradiction"),
    )
    op.create_table(
        "roster",
        _word("agency"),
        sa.Column("version", Number, autoincrement=False, nullable=False),
        _word("expires"),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        _word("received"),
        sa.Column("received_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("agency", "version", name="pk_roster"),
    )
    op.create_table(
        "roster_sent",
        _word("agency"),
        sa.Column("version", Number, nullable=False),
        _word("envelope_id"),
        _word("key"),
        sa.PrimaryKeyConstraint("agency", name="pk_roster_sent"),
    )
    op.create_index("ix_roster_sent_envelope_id", "roster_sent", ["envelope_id"])


def _trail() -> None:
    op.create_table(
        "alarm",
        _word("name"),
        _word("subject"),
        _word("raised"),
        _optional("cleared"),
        sa.PrimaryKeyConstraint("name", "subject", name="pk_alarm"),
    )
    op.create_index("ix_alarm_cleared", "alarm", ["cleared"])
    op.create_table(
        "audit",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        _word("event"),
        _word("at"),
        _optional("thread"),
        _optional("step"),
        _optional("agency"),
        _optional("person"),
        _optional("code"),
        _word("chain"),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
