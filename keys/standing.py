"""Which agencies are vouched for: from the founders on, by enough sponsors each.

Promises: an agency stands if the policy names it as a founder under exactly its first root, or if enough
agencies that stand sponsored it; so that a circle of agencies that vouch for each other stands on nothing.
Never: it asks who is known or liked; the founders and the number come from the policy that people compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    return frozenset(_grounds(agencies, policy))


def leaning(
    agencies: Mapping[str, AgencyKeys], wanted: Iterable[str], policy: Founding, size: int | None = None
) -> frozenset[str]:
    """Give `wanted` and the agencies on whose word they stand, and those on whose word these do, and so on.

    Of an agency with more sponsors than it needs, the first ones count; who does not stand leans on nobody.
    With `size`, only what was said while the log was no longer than that.
    """
    grounds = _grounds(agencies, policy, size)
    waiting = list(wanted)
    found = set(waiting)
    while waiting:
        new = set(grounds.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return frozenset(found)


def _grounds(
    agencies: Mapping[str, AgencyKeys], policy: Founding, size: int | None = None
) -> dict[str, list[str]]:
    """Say for each agency that stands by whose word: nobody's for a founder."""
    newly = [
        agency
        for agency, compared in policy.founders.items()
        if agency in agencies and digits(agencies[agency]) == "".join(compared.split())
    ]
    stand: dict[str, list[str]] = {agency: [] for agency in newly}
    sponsors: dict[str, list[str]] = {}
    while newly:
        sponsor = newly.pop()
        for newcomer in agencies[sponsor].sponsored:
            said = agencies[sponsor].sponsorships[newcomer].at
            if size is not None and (said is None or said >= size):
                continue
            by = sponsors.setdefault(newcomer, [])
            by.append(sponsor)
            if len(by) >= policy.sponsors and newcomer in agencies and newcomer not in stand:
                stand[newcomer] = by.copy()
                newly.append(newcomer)
    return stand


def digits(keys: AgencyKeys) -> str:
    """Write the fingerprint of an agency's first root, which people compared, without its spaces."""
    return "".join(fingerprint(keys.first_root.to_bytes()).split())
