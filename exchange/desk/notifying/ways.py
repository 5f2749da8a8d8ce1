"""The ways out: a recipient and a notice, to mail or to a webhook.

Promises: passwords and secrets are read from their files when they are used, in a thread, so that a new one
counts at once; what is wrong with the settings is one more reason why a notice was not taken.
Never: a secret is kept, or an address logged.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from exchange.desk.notifying.audience import MAIL
from exchange.desk.notifying.mail import MailDoor, Postbox
from exchange.desk.notifying.message import as_event, as_mail
from exchange.desk.notifying.settings import read_password, read_secrets, tls
from exchange.desk.notifying.webhook import Caller, HookDoor
from exchange.errors import NoticesNotSetUp, NoticeUnsent, SettingsRefused

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.notifying.audience import Recipient
    from exchange.desk.notifying.message import Notice
    from exchange.desk.notifying.settings import MailServer, Settings, Webhook
    from exchange.desk.notifying.settings_file import SettingsFile

_Door = TypeVar("_Door")


class Ways:
    """Both ways out of one desk; `close` them. `agency` gives the agency's own name, for people."""

    def __init__(self, file: SettingsFile, *, agency: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._file = file
        self._agency = agency
        self._now = now
        self._postbox = Postbox()
        self._caller = Caller()
        self._contexts: dict[str | None, ssl.SSLContext] = {}
        self._of: Settings | None = None

    async def send(self, recipient: Recipient, notice: Notice) -> None:
        """Hand a notice over; `NoticeUnsent`, `NoticesNotSetUp`."""
        settings = await self._file.refresh()
        if settings is not self._of:
            self._of, self._contexts = settings, {}
        if recipient.lane == MAIL and settings.mail is not None:
            await self._mail(settings, settings.mail, recipient.address, notice)
            return
        hook = settings.webhook(recipient.lane)
        if hook is None:
            raise NoticesNotSetUp(recipient.lane)
        await self._call(hook, notice)

    async def close(self) -> None:
        """Break off what is going on."""
        self._postbox.close()
        await self._caller.close()

    async def _mail(self, settings: Settings, server: MailServer, to: str, notice: Notice) -> None:
        name = urlsplit(settings.desk).hostname or "localhost"

        def door() -> MailDoor:
            password = read_password(self._file.home, server)
            return MailDoor(server, password, self._context(server.authorities_file), name)

        mail = as_mail(
            notice, agency=self._agency(), address=settings.first_page, sender=server.sender, to=to
        )
        await self._postbox.send(await _opened(door), to, mail)

    async def _call(self, hook: Webhook, notice: Notice) -> None:
        def door() -> HookDoor:
            secrets = read_secrets(self._file.home, hook)
            return HookDoor(hook, secrets, self._context(hook.authorities_file))

        await self._caller.send(await _opened(door), notice.id, self._now(), as_event(notice))

    def _context(self, authorities: str | None) -> ssl.SSLContext:
        if authorities not in self._contexts:
            self._contexts[authorities] = tls(self._file.home, authorities)
        return self._contexts[authorities]


async def _opened(door: Callable[[], _Door]) -> _Door:
    try:
        return await asyncio.to_thread(door)
    except SettingsRefused:
        raise NoticeUnsent("settings") from None
