"""Mail: one notice at a time to the agency's own mail server, in a thread of its own.

Promises: nothing leaves this machine but under TLS, to a server whose certificate is vouched for; however
slow the server is, it is given up after `LONGEST` and its thread comes back.
Never: what the server said is repeated or logged: it may quote an address. A code says what went wrong.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from exchange.errors import NoticeRefused, NoticeUnsent

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.notifying.settings import MailServer

PATIENCE: Final = 10.0  # seconds for each answer of the server
LONGEST: Final = 40.0  # seconds for a whole mail
_FOR_GOOD: Final = 500  # replies from here on are final, by RFC 5321


@dataclass(frozen=True, slots=True)
class MailDoor:
    """A mail server, with what it takes to come in. `name` is what this desk calls itself there."""

    server: MailServer
    password: str | None = field(repr=False)
    context: ssl.SSLContext
    name: str


class Postbox:
    """Sends mails, one after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._lines: list[smtplib.SMTP] = []

    async def send(self, door: MailDoor, to: str, mail: bytes) -> None:
        """Hand a mail over; `NoticeUnsent` if it is not taken, `NoticeRefused` if it never will be."""
        going = self._thread.submit(_send, door, to, mail, self._lines.append)
        outcome = asyncio.wrap_future(going)
        outcome.add_done_callback(_let_go)
        try:
            done, _ = await asyncio.wait({outcome}, timeout=LONGEST)
            if not done:
                raise NoticeUnsent("too_slow")
            outcome.result()
        finally:
            going.cancel()  # if it still waits for the one before it
            self._hang_up()  # if it still goes on

    def close(self) -> None:
        """Break off whatever is going on."""
        self._hang_up()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _hang_up(self) -> None:
        for line in self._lines:
            if line.sock is not None:
                with suppress(OSError):
                    line.sock.shutdown(socket.SHUT_RDWR)  # whoever reads it wakes up
        self._lines.clear()


def _send(door: MailDoor, to: str, mail: bytes, opened: Callable[[smtplib.SMTP], None]) -> None:
    line = _line(door)
    opened(line)
    try:
        line.connect(door.server.host, door.server.port)
        if door.server.security == "starttls":
            line.starttls(context=door.context)
        if door.server.user is not None and door.password is not None:
            line.login(door.server.user, door.password)
        line.sendmail(door.server.sender, [to], mail)
    except Exception as error:  # noqa: BLE001 - whatever a server can provoke, it is told apart by `_told`
        line.close()
        raise _told(error) from None
    with suppress(smtplib.SMTPException, OSError):
        line.quit()  # it has the mail: how it says goodbye changes nothing
    line.close()


def _line(door: MailDoor) -> smtplib.SMTP:
    """Make a line that is not connected yet, so that it can be hung up while it connects."""
    if door.server.security == "tls":
        line: smtplib.SMTP = smtplib.SMTP_SSL(
            timeout=PATIENCE, context=door.context, local_hostname=door.name
        )
    else:
        line = smtplib.SMTP(timeout=PATIENCE, local_hostname=door.name)
    line._host = door.server.host  # type: ignore[attr-defined]  # noqa: SLF001 - whose certificate it is to be; the library notes it only if it connects at once
    return line


def _let_go(outcome: asyncio.Future[None]) -> None:
    """Hear how it ended that was given up, so that nobody wonders."""
    if not outcome.cancelled():
        outcome.exception()


def _told(error: Exception) -> NoticeUnsent:
    """Name what went wrong, without a word of the server's."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        lasting = min(codes, default=0) >= _FOR_GOOD
        return NoticeRefused("recipient") if lasting else NoticeUnsent("recipient_later")
    for kind, code in _CODES:
        if isinstance(error, kind):
            return NoticeUnsent(code)
    return NoticeUnsent("protocol")


_CODES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (smtplib.SMTPAuthenticationError, "login"),
    (smtplib.SMTPNotSupportedError, "unsupported"),
    (smtplib.SMTPSenderRefused, "sender"),
    (smtplib.SMTPException, "protocol"),
    (ssl.SSLCertVerificationError, "certificate"),
    (ssl.SSLError, "tls"),
    (TimeoutError, "too_slow"),
    (OSError, "unreachable"),
)
