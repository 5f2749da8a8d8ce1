"""How constraints and indexes are called in both stores, so that a later migration can find them by name."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer

NAMES = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}

# SQLite keeps a table in the order of its `INTEGER` key and of no other type's.
Number = BigInteger().with_variant(Integer, "sqlite")
