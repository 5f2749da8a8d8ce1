"""Being told: where a person wants to hear that something waits, of what, and when not.

Promises: everybody says it for themselves and sees only their own; an address that this desk could not write
to is refused before it is kept.
Never: somebody else's address is shown, or a wish changes what stands on the first page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from exchange.desk.notifying.wishes import Wishes, kept, wishes_of
from exchange.errors import NoticeAddressRefused, NoticesNotSetUp, QuietHoursRefused
from exchange.store.casebook import AuditEntry, Change
from keys.record import Frozen, Time, format_time

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises


class NoticesView(Frozen):
    """What a person wishes, and what this desk can do about it.

    `possible` is false while nobody told this desk how to send mail; `domains` are the only ones that an
    address may be of (none: any). `last` is what became of the newest notice to them, at `last_at`.
    """

    wishes: Wishes
    possible: bool
    domains: tuple[str, ...]
    last: Literal["waiting", "sent", "dropped", "failed"] | None
    last_at: Time | None


async def notices(desk: Premises, session: Session) -> NoticesView:
    """Say what this person wishes."""
    settings = await desk.notice_settings.refresh()
    wishes = await wishes_of(desk.casebook, desk.own.home.storage_secret, session.person)
    last = await desk.casebook.last_notice(session.person)
    return NoticesView(
        wishes=wishes,
        possible=settings.mail is not None,
        domains=() if settings.mail is None else settings.mail.domains,
        last=None if last is None else last.state,
        last_at=None if last is None else (last.next if last.state == "sent" else last.made),
    )


async def wish(desk: Premises, session: Session, wishes: Wishes) -> NoticesView:
    """Keep what this person wishes from now on.

    `NoticesNotSetUp` or `NoticeAddressRefused` for an address that this desk cannot write to;
    `QuietHoursRefused` for hours that end when they begin.
    """
    settings = await desk.notice_settings.refresh()
    if wishes.mail is not None and settings.mail is None:
        raise NoticesNotSetUp("mail")
    if wishes.mail is not None and settings.mail is not None and not settings.mail.takes(wishes.mail):
        raise NoticeAddressRefused("mail")
    if wishes.quiet is not None and wishes.quiet.begins == wishes.quiet.ends:
        raise QuietHoursRefused("quiet")
    now = desk.now()
    audit = AuditEntry("notices_wished", format_time(now), person=session.person)
    change = kept(desk.own.home.storage_secret, session.person, wishes, now)
    await desk.casebook.record(change | Change(audit=(audit,)))
    return await notices(desk, session)
