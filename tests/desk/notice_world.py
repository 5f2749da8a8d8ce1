"""A town that is told: notices of one desk, stepped by hand, to a mail server and a receiver that are real."""

from __future__ import annotations

import asyncio
import json
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from authority import Authority
from ports import free_port

from exchange.desk.notifying.notices import Notices
from exchange.desk.notifying.settings import FILE
from exchange.desk.notifying.wishes import Wishes, kept

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from doubles import Agency

USER, PASSWORD = "readback", "a-password-of-the-mail-server"
SECRET = b64encode(bytes(range(32))).decode()
DESK = "https://desk.northshire.example"


class Mailbox:
    """What a mail server took, and how it is to answer. `refuses` is a reply to RCPT."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.to: list[str] = []
        self.logins: list[bool] = []
        self.tls: list[bool] = []
        self.refuses = ""
        self.slow = 0.0

    async def handle_RCPT(  # noqa: N802 - as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - so
        del server
        await asyncio.sleep(self.slow)
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        self.to += envelope.rcpt_tos
        self.tls.append(session.ssl is not None)
        return "250 OK"

    def login(self, *given: Any) -> AuthResult:
        """Judge a login."""
        data = given[4]
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(good)
        return AuthResult(success=good, handled=False)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=policy.default) for one in self.taken]

    @property
    def texts(self) -> list[str]:
        return [one.get_content() for one in self.mails]


@dataclass
class MailServer:
    """A real mail server in a thread of its own, with STARTTLS and a login."""

    folder: Path
    box: Mailbox = field(default_factory=Mailbox)
    name: str = "localhost"
    bare: bool = False  # it offers no TLS
    implicit: bool = False  # it speaks TLS from the first byte

    def __post_init__(self) -> None:
        authority = Authority(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.certificate(self.name))
        self.authorities = authority.file
        login: dict[str, Any] = {"ssl_context": context} if self.implicit else {}
        if not self.implicit and not self.bare:
            login = {"tls_context": context, "require_starttls": True}
            login |= {"authenticator": self.box.login, "auth_required": True}
        self._controller = Controller(self.box, hostname="127.0.0.1", port=free_port(), **login)

    def start(self) -> int:
        self._controller.start()
        return int(self._controller.port)

    def stop(self) -> None:
        self._controller.stop()


@dataclass
class Receiver:
    """A program that is told; `status` is what it answers."""

    events: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0

    async def start(self) -> str:
        app = web.Application()
        app.router.add_post("/told", self._told)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/told"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _told(self, request: web.Request) -> web.Response:
        self.events.append((await request.read(), dict(request.headers)))
        await asyncio.sleep(self.slow)
        return web.Response(status=self.status, headers=self.headers)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.events]


def private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def set_up(
    home: Path, *, mail: MailServer | None = None, port: int = 0, hook: str = "", more: str = ""
) -> None:
    """Write an agency's `notices.toml`, and the secrets that it names."""
    text = f'desk = "{DESK}"\n'
    if mail is not None:
        private(home / "mail.password", PASSWORD + "\n")
        text += (
            f'[mail]\nhost = "localhost"\nport = {port}\nsender = "readback@northshire.example"\n'
            f'user = "{USER}"\npassword_file = "mail.password"\nauthorities_file = "{mail.authorities}"\n'
        )
    text += more
    if hook:
        private(home / "rota.secret", f"whsec_{SECRET}\n")
        text += (
            f'[[webhooks]]\nname = "rota"\nurl = "{hook}"\nsecret_files = ["rota.secret"]\n'
            'events = ["new", "reminder", "alarm"]\n'
        )
    (home / FILE).write_text(text)


@dataclass
class Told:
    """The notices of one agency's desk, stepped by hand."""

    agency: Agency

    def __post_init__(self) -> None:
        self.notices = Notices(self.agency.desk)

    async def wishes(self, name: str, wishes: Wishes | None = None) -> str:
        """Have somebody wish to be told, at any hour unless they say otherwise; at which address."""
        who = self.agency.person(name).person
        assert who is not None
        address = f"{name.split(maxsplit=1)[0].lower()}@northshire.example"
        found = wishes or Wishes(mail=address, quiet=None)
        desk = self.agency.desk
        await desk.casebook.record(kept(desk.own.home.storage_secret, who, found, desk.now()))
        return address

    async def step(self, **later: float) -> None:
        """Look, let some time pass (a minute and a bit), look again, and send what is due."""
        desk = self.agency.desk
        await self.notices.noticing.look(desk.now())
        desk.now.forward(**(later or {"seconds": 65}))  # type: ignore[attr-defined]  # the town's clock
        await self.notices.noticing.look(desk.now())
        await self.notices.delivering.deliver()

    def by_the_clock_on_the_wall(self) -> None:
        """Have webhooks say the hour that the published library will compare with its own."""
        self.notices._ways._now = lambda: datetime.now(UTC)
