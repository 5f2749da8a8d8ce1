"""How notices leave this desk: what an administrator wrote into `HOME/notices.toml`.

Promises: an unknown or misspelt setting is refused by name, rather than ignored; mail leaves this machine
only under TLS, webhooks only over https; secrets come from files that only their owner can read.
Never: it holds a secret, or a person's address: people say for themselves where they are told.

An example, every part optional but `desk`::

    desk = "https://desk.northshire.example"     # what people open in a browser; stands in every notice

    [mail]
    host = "mail.northshire.example"
    port = 587
    security = "starttls"                        # or "tls"; "none" only to this machine itself
    sender = "readback@northshire.example"
    user = "readback"                            # left out where the server asks for none
    password_file = "mail.password"
    domains = ["northshire.example"]             # people may be told at these only; left out: anywhere

    [roles]                                      # told there, in place of each member
    "Duty social worker" = "duty@northshire.example"

    [[webhooks]]
    name = "rota"
    url = "https://rota.northshire.example/readback"
    secret_files = ["rota.secret"]               # two while a secret is being changed: signed with both
    events = ["new", "reminder"]                 # and "alarm"

Files are looked for in HOME. `authorities_file`, beside `host` or `url`, names the certificates of whoever
vouches for that server, where the machine does not know them.
"""

from __future__ import annotations

import ipaddress
import ssl
import tomllib
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationError, model_validator

from exchange.desk.notifying.wishes import DOMAIN, MailAddress
from exchange.errors import SettingsRefused
from keys.errors import FileExposed, KeystoreMissing
from keys.files import read_private
from keys.record import Frozen

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.desk.notifying.matters import Kind

FILE = "notices.toml"
_SECRET = "whsec_"  # noqa: S105 - how a secret begins, by Standard Webhooks
_LARGEST = 64 * 1024
_SHORTEST_SECRET, _LONGEST_SECRET = 24, 64  # bytes, by Standard Webhooks
_Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
_FileName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,500}$")]
_RoleName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Domain = Annotated[str, StringConstraints(max_length=253, pattern=rf"^{DOMAIN}$")]
_Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,2000}$")]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Where a cloud answers, beside the link-local addresses.
_METADATA = frozenset({ipaddress.IPv6Address("fd00:ec2::254")})


class MailServer(Frozen):
    """Who takes this desk's mail."""

    host: _Host
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: MailAddress
    user: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,254}$")] | None = None
    password_file: _FileName | None = None
    authorities_file: _FileName | None = None
    domains: Annotated[tuple[_Domain, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _secure(self) -> Self:
        if self.security == "none" and not is_this_machine(self.host):
            raise ValueError("security")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("password_file")
        return self

    def takes(self, address: str) -> bool:
        """Whether people may be told at `address`."""
        domain = address.rpartition("@")[2].lower()
        return not self.domains or domain in {one.lower() for one in self.domains}


class Webhook(Frozen):
    """A program that is told, under a secret that it shares with this desk."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    url: _Url
    secret_files: Annotated[tuple[_FileName, ...], Field(strict=False, min_length=1, max_length=4)]
    events: Annotated[tuple[Literal["new", "reminder", "alarm"], ...], Field(strict=False, min_length=1)]
    authorities_file: _FileName | None = None

    @model_validator(mode="after")
    def _secure(self) -> Self:
        try:
            parts = urlsplit(self.url)
            port, host = parts.port, parts.hostname or ""
        except ValueError:
            raise ValueError("url") from None
        plain = parts.scheme == "http" and not is_this_machine(host)
        if plain or not host or port == 0 or parts.username is not None or parts.fragment:
            raise ValueError("url")
        if not is_address_allowed(host):
            raise ValueError("url")
        return self

    @property
    def lane(self) -> str:
        """What the casebook calls the way to it."""
        return f"webhook:{self.name}"


class Settings(Frozen):
    """All of `notices.toml`."""

    desk: Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,253}$")]
    mail: MailServer | None = None
    roles: dict[_RoleName, MailAddress] = Field(default_factory=dict)
    webhooks: Annotated[tuple[Webhook, ...], Field(strict=False, max_length=20)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.desk.startswith("http:") and not is_this_machine(urlsplit(self.desk).hostname or ""):
            raise ValueError("desk")
        if len({hook.name for hook in self.webhooks}) != len(self.webhooks):
            raise ValueError("webhooks")
        if self.roles and self.mail is None:
            raise ValueError("mail")
        return self

    @property
    def first_page(self) -> str:
        """The address that stands in every notice."""
        return f"{self.desk}/desk"

    def webhook(self, lane: str) -> Webhook | None:
        """Give the webhook to which this lane leads."""
        return next((hook for hook in self.webhooks if hook.lane == lane), None)

    def events(self, hook: Webhook) -> tuple[Kind, ...]:
        """Of what a webhook is told."""
        return tuple(dict.fromkeys(hook.events))


NONE = Settings.model_construct(desk="")


def read_settings(home: Path) -> Settings:
    """Read `HOME/notices.toml`; `NONE` where there is no such file. `SettingsRefused` names what is wrong."""
    try:
        with (home / FILE).open("rb") as file:
            return Settings.model_validate(tomllib.loads(file.read(_LARGEST).decode("utf-8")))
    except FileNotFoundError:
        return NONE
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        raise SettingsRefused(f"{FILE}: not TOML") from None
    except ValidationError as error:
        first = error.errors()[0]
        named = first["ctx"]["error"].args if first["type"] == "value_error" else ()
        place = ".".join(str(part) for part in (*first["loc"], *named))
        raise SettingsRefused(f"{FILE}: {place[:60]}") from None


def read_password(home: Path, server: MailServer) -> str | None:
    """Give the password for the mail server; `SettingsRefused` if its file is not there, or not private."""
    if server.password_file is None:
        return None
    return _private(home, server.password_file, "mail.password_file")


def read_secrets(home: Path, hook: Webhook) -> tuple[bytes, ...]:
    """Give a webhook's secrets, as its receiver has them: `whsec_` and base64; `SettingsRefused`."""
    return tuple(_secret(_private(home, name, "webhooks.secret_files")) for name in hook.secret_files)


def tls(home: Path, authorities: str | None) -> ssl.SSLContext:
    """How the other side of a connection proves who it is; `SettingsRefused` for no such certificates."""
    context = ssl.create_default_context()
    if authorities is not None:
        try:
            context.load_verify_locations(home / authorities)
        except (OSError, ssl.SSLError):
            raise SettingsRefused(f"{FILE}: authorities_file") from None
    return context


def is_this_machine(host: str) -> bool:
    """Whether a host's name is one that never leaves this machine."""
    return host in {"localhost", "127.0.0.1", "::1"}


def is_address_allowed(host: str) -> bool:
    """Whether a notice may go to `host`: not to an address that only routers and clouds answer at."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True  # a name: what it stands for is judged when it is looked up
    inner = _inner(address)
    if inner in _METADATA:
        return False
    return not (inner.is_link_local or inner.is_multicast or inner.is_unspecified or _is_broadcast(inner))


def _inner(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Give the older address that a newer one stands for: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_broadcast(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address == ipaddress.IPv4Address("255.255.255.255")


def _private(home: Path, name: str, setting: str) -> str:
    try:
        return read_private(home / name, limit=4096).decode("ascii").strip()
    except (KeystoreMissing, FileExposed, UnicodeDecodeError):
        raise SettingsRefused(f"{FILE}: {setting}") from None


def _secret(text: str) -> bytes:
    try:
        secret = b64decode(text.removeprefix(_SECRET), validate=True)
    except (Base64Error, ValueError):
        secret = b""
    if not text.startswith(_SECRET) or not _SHORTEST_SECRET <= len(secret) <= _LONGEST_SECRET:
        raise SettingsRefused(f"{FILE}: webhooks.secret_files")
    return secret
