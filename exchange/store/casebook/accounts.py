"""Service accounts in the casebook: what other systems may ask of this desk, and until when.

Promises: of a token there is its SHA-256 and nothing else; a name is given once, also after it was revoked,
so that the audit trail says of one account alone what it says.
Never: a token, or a row that is removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, String, Table, bindparam, select, update

from exchange.store.casebook import tables
from exchange.store.casebook.put import put
from exchange.store.casebook.reading import Reads

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from exchange.store.casebook.change import Change

_WORD = String(96)

service_account = Table(
    "service_account",
    tables.metadata,
    Column("name", _WORD, primary_key=True),
    Column("token", _WORD, nullable=False, unique=True),  # its SHA-256
    Column("scopes", _WORD, nullable=False),
    Column("created", _WORD, nullable=False),
    Column("expires", _WORD, nullable=False),
    Column("used", _WORD, nullable=True),
    Column("revoked", _WORD, nullable=True),
)
_OF = select(service_account).where(service_account.c.token == bindparam("of"))
_USED = update(service_account).where(service_account.c.name == bindparam("of")).values(used=bindparam("day"))
_REVOKED = (
    update(service_account)
    .where(service_account.c.name == bindparam("of"), service_account.c.revoked.is_(None))
    .values(revoked=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class ServiceAccountRow:
    """What another system may ask. `token` is the SHA-256 in hexadecimal; `used` the last day, in UTC."""

    name: str
    token: str
    scopes: tuple[str, ...]
    created: str
    expires: str
    used: str | None = None
    revoked: str | None = None


class AccountReads(Reads):
    """Questions about service accounts."""

    async def service_accounts(self) -> tuple[ServiceAccountRow, ...]:
        """List all, also those that are over, by name."""
        rows = await self._rows(select(service_account).order_by(service_account.c.name))
        return tuple(map(_account, rows))

    async def service_account(self, token: str) -> ServiceAccountRow | None:
        """Give the account of a token, by its SHA-256; None if there never was one."""
        return next(map(_account, await self._rows(_OF, of=token)), None)


def write_accounts(connection: Connection, change: Change) -> None:
    """Write what a change says of service accounts. What is revoked stays so."""
    rows = [
        {
            "name": one.name,
            "token": one.token,
            "scopes": " ".join(one.scopes),
            "created": one.created,
            "expires": one.expires,
            "used": one.used,
            "revoked": one.revoked,
        }
        for one in change.accounts
    ]
    put(connection, service_account, rows)
    if change.accounts_used:
        connection.execute(_USED, [{"of": name, "day": day} for name, day in change.accounts_used])
    if change.accounts_revoked:
        connection.execute(_REVOKED, [{"of": name, "at": at} for name, at in change.accounts_revoked])


def _account(row: RowMapping) -> ServiceAccountRow:
    return ServiceAccountRow(**{**row, "scopes": tuple(row["scopes"].split())})
