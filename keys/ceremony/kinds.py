"""Which ceremonies there are, who must hold each, and what one may tell of.

Promises: each list here is a rule that `hands` asks before a ceremony, and `transcript` whenever one is read.
Never: a ceremony of which nobody can say whose hand it takes. See `docs/spec/transcript.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

HANDS: Final = 7  # more than two may sign
FEWEST: Final = 2  # who hold what cannot be undone

Ceremony = Literal[
    "found",
    "sponsor",
    "enrol",
    "renew",
    "suspend",
    "restore",
    "remove",
    "role",
    "lead",
    "administrators",
    "custodians",
    "rotate",
    "rotate-epoch",
    "erase-keys",
    "succeed-root",
    "revoke",
    "recover",
    "pin",
    "pin-policy",
    "secret",
    "own-secret",
    "renew-roster",
    "backup",
    "drill",
    "restore-home",
    "resume",
    "catch-up",
]
IRREVERSIBLE: Final[frozenset[Ceremony]] = frozenset(
    {
        "remove",
        "administrators",
        "custodians",
        "erase-keys",
        "succeed-root",
        "revoke",
        "recover",
        "resume",
        "catch-up",
    }
)
BEGINNINGS: Final[frozenset[Ceremony]] = frozenset(
    {"enrol", "administrators"}
)  # also by nobody, until one can
UNTIL_TWO: Final[frozenset[Ceremony]] = BEGINNINGS | {"resume", "catch-up"}  # by one alone, until two can act
OWN: Final[frozenset[Ceremony]] = frozenset({"own-secret"})  # by the person whom alone it is about
UNATTENDED: Final[frozenset[Ceremony]] = frozenset({"renew-roster", "backup", "drill", "restore-home"})
Deed = Literal[
    "agency_founded",
    "agency_sponsored",
    "agency_key_replaced",
    "agency_key_revoked",
    "root_succeeded",
    "person_enrolled",
    "person_suspended",
    "person_restored",
    "person_removed",
    "keys_renewed",
    "keys_revoked",
    "keys_dropped",
    "keys_erased",
    "role_created",
    "role_changed",
    "member_joined",
    "member_left",
    "lead_named",
    "administrator_named",
    "administrator_relieved",
    "custodian_named",
    "custodian_relieved",
    "custodians_needed",
    "parts_given",
    "records_key_replaced",
    "records_file_destroyed",
    "root_pinned",
    "policy_pinned",
    "opened_by_passphrase",
    "opened_by_credential",
    "opened_by_token",
    "home_backed_up",
    "home_restored",
    "backup_tried",
    "backup_at_fault",
    "desk_resumed",
    "event_signed",
    "event_taken_over",
    "roster_signed",
]
DESK_MAY: Final[frozenset[Deed]] = frozenset(
    {"roster_signed", "home_backed_up", "home_restored", "backup_tried", "backup_at_fault"}
)
ONLY_IN: Final[Mapping[Deed, frozenset[Ceremony]]] = {  # so that one person does it under no other name
    "person_removed": frozenset({"remove"}),
    "administrator_named": frozenset({"enrol", "administrators"}),
    "administrator_relieved": frozenset({"administrators", "remove"}),
    "custodian_named": frozenset({"custodians"}),
    "custodian_relieved": frozenset({"custodians"}),
    "custodians_needed": frozenset({"custodians"}),
    "root_succeeded": frozenset({"succeed-root", "catch-up"}),
    "agency_key_revoked": frozenset({"revoke", "recover", "catch-up"}),
    "desk_resumed": frozenset({"resume"}),
    "event_taken_over": frozenset({"catch-up"}),
}
OF_ONES_OWN: Final[frozenset[Deed]] = frozenset({"opened_by_passphrase", "opened_by_token"})
GONE: Final[frozenset[Deed]] = frozenset({"person_removed", "keys_dropped"})
