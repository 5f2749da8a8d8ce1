"""The plain words of pages and prints: states, steps, times, and the catalogue's own sentences.

Promises: a code that a person must act on has words here; times are those of London.
Never: what somebody wrote, or a word that the catalogue has.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from exchange.share.catalogue import Catalogue

if TYPE_CHECKING:
    from exchange.desk.service.views import PersonView
    from exchange.share.catalogue import Entry, Section

_LONDON: Final = ZoneInfo("Europe/London")
_TWELVE: Final = 12

STATE: Final = {
    "sent": "Sent, not accepted yet",
    "accepted": "Accepted, not read back yet",
    "read_back": "Read back, waiting for an answer",
    "corrected": "Corrected, to be read back again",
    "closed": "Closed: understood",
    "declined": "Declined: not theirs to have",
    "withdrawn": "Withdrawn",
    "requested": "Asked, not answered yet",
    "answered": "Answered with a share",
    "refused": "Refused",
    "recorded": "Recorded",
}
DID: Final = {
    "share": "Sent the share",
    "request": "Asked for information",
    "decision": "Recorded a decision",
    "accept": "Accepted it",
    "decline": "Declined it",
    "read_back": "Read it back",
    "hear_back": "Answered the read-back",
    "amend": "Sent a new version",
    "withdraw": "Withdrew it",
    "refuse": "Refused",
    "note": "Added a note",
}
KIND: Final = {"share": "Share", "request": "Request", "decision": "Decision"}
URGENCY: Final = {"immediate": "Immediate", "today": "Today", "routine": "Routine"}
SOURCE: Final = {
    "observed": "Seen or heard by the writer",
    "reported": "Told to the writer",
    "record": "From a record",
}
ONWARD: Final = {
    "ask_first": "Ask the sender before you pass it on.",
    "within_agency": "You may pass it on inside your agency.",
    "never": "Never pass it on.",
}
PROTECTED: Final = {
    "source": "Keep secret who said it.",
    "address": "Keep the address secret.",
    "contact": "Keep the contact details secret.",
}
TOLD: Final = {"yes": "Yes, they know", "planned": "Not yet, but it is planned", "no": "No"}
WEIGHT: Final = {"critical": "Critical", "significant": "Significant", "context": "Context"}
DIVERGENCE: Final = {
    "not_covered": "Left out",
    "copied": "Copied, not restated",
    "opinion_as_fact": "Opinion taken as fact",
    "fact_as_opinion": "Fact taken as opinion",
    "negation_changed": "A “not” was lost or added",
    "number_changed": "A number changed",
    "date_changed": "A date changed",
    "name_changed": "A name changed",
    "certainty_rose": "Sounds more certain",
    "certainty_fell": "Sounds less certain",
    "over_weighted": "Given more weight",
    "under_weighted": "Given less weight",
    "other_key_point": "Another key point",
}


def moment(text: str | None) -> str:
    """Write a time as people do: `Sunday 22 November 2026, 5:04pm`."""
    if text is None:
        return "no time set"
    found = datetime.fromisoformat(text).astimezone(_LONDON)
    half = "am" if found.hour < _TWELVE else "pm"
    return f"{found:%A} {found.day} {found:%B %Y}, {found.hour % _TWELVE or _TWELVE}:{found:%M}{half}"


def day(text: str) -> str:
    """Write the date that a person gave as `10 November 2026`, as exactly as they gave it."""
    for given, shown in (
        ("%Y-%m-%dT%H:%M", "{0.day} {0:%B %Y}, {0:%H:%M}"),
        ("%Y-%m-%d", "{0.day} {0:%B %Y}"),
        ("%Y-%m", "{0:%B %Y}"),
    ):
        try:
            return shown.format(datetime.strptime(text, given))  # noqa: DTZ007 - the writer named no zone
        except ValueError:
            continue
    return text


def person(who: PersonView) -> str:
    """Name a person with their post, as their agency's roster does."""
    if not who.name:
        return "Somebody whom their agency no longer lists"
    return f"{who.name}, {who.post}" if who.post else who.name


def sentence(section: Section, code: str) -> str:
    """Give the catalogue's plain words for a code; the code itself where it has none."""
    found = entry(section, code)
    return found.text if found is not None else code


def label(section: Section, code: str) -> str:
    """Give the catalogue's short name for a code; the code itself where it has none."""
    found = entry(section, code)
    return found.label if found is not None else code


def entry(section: Section, code: str) -> Entry | None:
    """Find an entry of the catalogue, whatever the day: what was sent is read as it was meant."""
    return next((one for one in Catalogue.load().sections[section] if one.code == code), None)


def key_groups(key: str) -> str:
    """Write a key's id in groups of four, so that two people can compare it aloud."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
