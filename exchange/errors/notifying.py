"""Notices: where they may go, and when one was not taken.

Promises and never: as `exchange.errors`. No refusal repeats a mail address, or what a mail server said.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class NoticeAddressRefused(ExchangeProblem, LocalProblem):
    """Notices cannot go to that mail address."""

    code = "notice_address_refused"
    hint = "Type it as name@agency.example. Your administrator may allow only your agency's own addresses."


class QuietHoursRefused(ExchangeProblem, LocalProblem):
    """Quiet hours begin and end at two different times of day."""

    code = "quiet_hours_refused"
    hint = "Type both with four digits, such as 19:00 and 07:00; or say that there are none."


class NoticesNotSetUp(ExchangeProblem, LocalProblem):
    """This desk was not told how to send that."""

    code = "notices_not_set_up"
    hint = "An administrator writes it into HOME/notices.toml."


class NoticeUnsent(ExchangeProblem, RemoteProblem):
    """The notice was not taken."""

    code = "notice_unsent"
    hint = "The word in brackets says why: docs/how-to/administrator.md explains each."
    lasting = False  # whether trying again is no use


class NoticeRefused(NoticeUnsent):
    """The notice was refused for good."""

    code = "notice_refused"
    hint = "Check the address: whoever answers there says that nobody is behind it."
    lasting = True
