"""How a desk is set up: one frozen value, read once from `HOME/desk.toml`.

Promises: everything that an operator may choose is here, with its default and its bounds; an unknown or
misspelt setting is refused rather than ignored.
Never: it holds a secret. The keystore's credential is a file of its own, and a PostgreSQL password belongs
in the operator's passfile, not in the address.

An example of `desk.toml`, every line optional but `hub`::

    hub = "https://hub.example.org"     # where the mail goes
    host = "127.0.0.1"                  # where this desk listens
    port = 8441
    database = "postgresql+asyncpg://readback@db/northshire"    # default: SQLite in HOME/casebook.db
    idle_minutes = 15                   # a session ends when nobody uses it
    session_hours = 8                   # and at the latest after this
    proof_minutes = 5                   # so long after a proof, nothing is signed before another
    address = "https://desk.northshire.example"    # where browsers reach it; without it, no passkeys
    proxied = true                      # a proxy with TLS stands before it; default: nobody does
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, ValidationError

from exchange.errors import DeskMissing, SettingsRefused
from keys.record import Frozen

if TYPE_CHECKING:
    from pathlib import Path

FILE = "desk.toml"
BLOBS = "blobs"
Address = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,253}/?$")]
_NAME = r"([a-z0-9-]{1,63}\.){0,8}[a-z][a-z0-9-]{0,62}"  # a passkey is bound to a name, never to a number
OwnAddress = Annotated[
    str, StringConstraints(pattern=rf"^(https://{_NAME}|http://localhost)(:[0-9]{{1,5}})?$")
]
Database = Annotated[str, StringConstraints(pattern=r"^(sqlite\+aiosqlite|postgresql\+asyncpg)://\S{1,500}$")]


class _File(Frozen):
    hub: Address
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8441
    database: Database | None = None
    idle_minutes: Annotated[int, Field(ge=1, le=12 * 60)] = 15
    session_hours: Annotated[int, Field(ge=1, le=24)] = 8
    address: OwnAddress | None = None
    proof_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 5
    proxied: bool = False


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk's settings. `port` 0 lets the system choose one.

    `proof` is how old a person's last proof of who they are may be where something is signed in their name.
    `address` is the desk's own as browsers see it, without a path: passkeys are bound to its name.
    `proxied` says that every connection comes from a proxy of the agency's own, which adds the caller's
    address to `X-Forwarded-For`; without it that header is anybody's word, and not looked at.
    """

    home: Path
    hub: str
    host: str = "127.0.0.1"
    port: int = 8441
    database: str | None = None
    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=8)
    proof: timedelta = timedelta(minutes=5)
    proxied: bool = False
    address: str | None = None

    @property
    def database_url(self) -> str:
        """Where the casebook is: the address given, or SQLite in the home folder."""
        return self.database or f"sqlite+aiosqlite:///{self.home / 'casebook.db'}"

    @property
    def blobs(self) -> Path:
        """The folder of sealed attachments, each named by the SHA-256 of its bytes."""
        return self.home / BLOBS

    @classmethod
    def read(cls, home: Path) -> DeskConfig:
        """Read `HOME/desk.toml`; `DeskMissing` where there is none.

        `SettingsRefused`, naming the setting, if it is not as described above.
        """
        try:
            found = _File.model_validate(tomllib.loads((home / FILE).read_text("utf-8")))
        except FileNotFoundError:
            raise DeskMissing(FILE) from None
        except tomllib.TOMLDecodeError:
            raise SettingsRefused("not TOML") from None
        except ValidationError as error:
            raise SettingsRefused(".".join(str(part) for part in error.errors()[0]["loc"])[:60]) from None
        return cls(
            home=home,
            hub=found.hub.rstrip("/"),
            host=found.host,
            port=found.port,
            database=found.database,
            idle=timedelta(minutes=found.idle_minutes),
            longest=timedelta(hours=found.session_hours),
            proof=timedelta(minutes=found.proof_minutes),
            proxied=found.proxied,
            address=found.address,
        )
