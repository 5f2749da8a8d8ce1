"""An agency with administrators who hold ceremonies, at the lowest cost of a passphrase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from keys.ceremony.agency import found
from keys.ceremony.hands import unlock_hand
from keys.ceremony.holding import hold
from keys.ceremony.home import AgencyHome, load_home
from keys.ceremony.people import create_role, enrol_person
from keys.keystore import Cost, Passphrase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from keys.ceremony.hands import Hand
    from keys.ceremony.holding import Held
    from keys.ceremony.kinds import Ceremony

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
ROOT = Passphrase("correct horse battery")
OWN = Passphrase("pale river seven lamps")
NEW = Passphrase("green door under snow")


@dataclass
class Council:
    """An agency of Ann and Ben, who administer, and of Cara and Dan, who do not."""

    path: Path
    ids: dict[str, str]

    def home(self) -> AgencyHome:
        return load_home(self.path, NOW)

    def hands(self, *names: str) -> list[Hand]:
        home = self.home()
        return [unlock_hand(home, self.ids[name], OWN) for name in names]

    def hold(self, ceremony: Ceremony, *names: str, **more: Any) -> AbstractContextManager[Held]:
        return hold(self.path, ceremony, self.hands(*names), now=NOW, **more)


def council(path: Path, administrators: Iterable[str] = ("Ann", "Ben")) -> Council:
    found(path, agency="northshire", name="Northshire", passphrase=ROOT, now=NOW, cost=CHEAP)
    ids = {
        name: enrol_person(
            path,
            name=name,
            post="worker",
            passphrase=OWN,
            now=NOW,
            cost=CHEAP,
            administrator=name in administrators,
        ).id
        for name in ("Ann", "Ben", "Cara", "Dan")
    }
    create_role(path, name="Duty", members=[ids["Cara"], ids["Dan"]], now=NOW)
    return Council(path, ids)
