"""Which agencies are vouched for: from the founders on, by enough sponsors each.

Promises: an agency stands if the policy names it as a founder under exactly its first root, or if enough
agencies that stand sponsored it; so that a circle of agencies that vouch for each other stands on nothing.
Never: it asks who is known or liked; the founders and the number come from the policy that people compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.agency import AgencyKeys


class Founding(Protocol):
    """What a policy says of standing: `founders` as agency id to fingerprint, and how many sponsors."""

    @property
    def founders(self) -> Mapping[str, str]:
        """The root fingerprint of each founder, in digits; spaces do not matter."""
        ...

    @property
    def sponsors(self) -> int:
        """How many standing sponsors make another agency stand; at least 1."""
        ...


def standing(agencies: Mapping[str, AgencyKeys], policy: Founding) -> frozenset[str]:
    """Give the ids of all agencies that stand. Linear in agencies and sponsorships."""
    newly = [
        agency
        for agency, compared in policy.founders.items()
        if agency in agencies and digits(agencies[agency]) == "".join(compared.split())
    ]
    stand = set(newly)
    sponsors: dict[str, int] = {}
    while newly:
        for newcomer in agencies[newly.pop()].sponsored:
            sponsors[newcomer] = sponsors.get(newcomer, 0) + 1
            if sponsors[newcomer] >= policy.sponsors and newcomer in agencies and newcomer not in stand:
                stand.add(newcomer)
                newly.append(newcomer)
    return frozenset(stand)


def digits(keys: AgencyKeys) -> str:
    """Write the fingerprint of an agency's first root, which people compared, without its spaces."""
    return "".join(fingerprint(keys.first_root.to_bytes()).split())
