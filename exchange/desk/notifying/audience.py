"""Audience: who is told of a matter, and where, as people and administrators want it just now.

Promises: a role's matter goes to the role's own address if it has one, else to each member of the newest
roster; whoever is suspended, or has left the role, is told nothing. Every webhook that wants such things is
told too, once for each kind of thing.
Never: it is remembered longer than one look: who left a minute ago is told nothing now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from exchange.desk.notifying.wishes import PREFIX, name_of, wishes_of
from exchange.store.casebook import Change
from keys.errors import KeyUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from exchange.desk.notifying.matters import Kind, Matter
    from exchange.desk.notifying.quiet import Quiet
    from exchange.desk.notifying.settings import Settings
    from exchange.desk.notifying.settings_file import SettingsFile
    from exchange.desk.notifying.wishes import Wishes
    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook, Recorded
    from keys.entry import Role
    from keys.roster import Roster

MAIL: Final = "mail"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where notices go: `to` is a person or role by id, or `name.kind` of a webhook; `kind` a webhook's."""

    to: str
    lane: str
    address: str = field(default="", repr=False)
    quiet: Quiet | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who may be told, as of now."""

    roster: Roster | None
    settings: Settings
    wishes: Mapping[str, Wishes] = field(repr=False)

    @property
    def nobody(self) -> bool:
        """Whether nobody can be told of anything, so that nothing need be looked for."""
        by_mail = any(wishes.mail is not None for wishes in self.wishes.values()) or bool(self.settings.roles)
        return not self.settings.webhooks and not (self.settings.mail is not None and by_mail)

    def of(self, matter: Matter) -> Iterator[Recipient]:
        """Say whom this matter is told to."""
        mail = self.settings.mail
        if mail is not None and self.roster is not None:
            yield from self._by_mail(matter, self.roster)
        for hook in self.settings.webhooks:
            if matter.kind in hook.events:
                yield Recipient(f"{hook.name}.{matter.kind}", hook.lane, kind=matter.kind)

    def _by_mail(self, matter: Matter, roster: Roster) -> Iterator[Recipient]:
        people: tuple[str, ...] = (matter.to,)
        role = next((one for one in roster.roles if one.id == matter.to), None)
        if role is not None:
            address = self._role_address(role)
            if address is not None:
                yield Recipient(role.id, MAIL, address)
                return
            people = role.members
        for person in people:
            found = self._person(person, matter.kind, roster)
            if found is not None:
                yield found

    def _person(self, person: str, kind: Kind, roster: Roster) -> Recipient | None:
        wishes = self.wishes.get(person)
        if wishes is None or wishes.mail is None or not wishes.wants(kind):
            return None
        mail = self.settings.mail
        if mail is None or not mail.takes(wishes.mail):
            return None  # an administrator has drawn the bounds closer since
        try:
            entry = roster.person(person)
        except KeyUnknown:
            return None
        return None if entry.suspended is not None else Recipient(person, MAIL, wishes.mail, wishes.quiet)

    def _role_address(self, role: Role) -> str | None:
        named = {_folded(name): address for name, address in self.settings.roles.items()}
        return named.get(role.id) or named.get(_folded(role.name))


class Everybody:
    """Keeps the audience in step with the roster, with what people wish, and with the settings."""

    def __init__(
        self, casebook: Casebook, trust: Trust, settings: SettingsFile, secret: Callable[[], bytes]
    ) -> None:
        """`secret` gives the desk's storage secret, which opens what people said."""
        self._casebook = casebook
        self._trust = trust
        self._settings = settings
        self._secret = secret
        self._known: Audience | None = None

    def committed(self, change: Change, _: Recorded) -> None:
        """Ask again what people wish, after one of them said something else."""
        if any(row.name.startswith(PREFIX) for row in change.kept):
            self._known = None

    async def now(self) -> Audience:
        """Give the audience of this moment: the same value as before while nothing has changed."""
        settings = await self._settings.refresh()
        roster = self._trust.roster(self._trust.agency)
        known = self._known
        if known is not None and known.roster is roster and known.settings is settings:
            return known
        people = () if roster is None or settings.mail is None else roster.people
        secret = self._secret()
        wishes = {one.id: await wishes_of(self._casebook, secret, one.id) for one in people}
        known = self._known = Audience(roster, settings, wishes)
        await self._forget_leavers(roster)
        return known

    async def _forget_leavers(self, roster: Roster | None) -> None:
        """Forget where to write to whoever is in the roster no more."""
        here = set() if roster is None else {one.id for one in roster.people}
        gone = await self._casebook.wished(PREFIX) - here if roster is not None else frozenset()
        if gone:
            await self._casebook.record(Change(forgotten=tuple(map(name_of, sorted(gone)))))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
