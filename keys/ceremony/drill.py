"""A rehearsal of the worst day: would this backup bring everything back, and what would be missing.

Promises: it is restored into a folder of its own that is gone afterwards, in memory where the system has such
a place; everything is checked as if it were relied on: events against the root, the roster against the
agency's key, each keystore against the roster, and each whose secret is at hand is opened.
Never: the home in use is looked at or touched; a private key or a name is told.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from keys.ceremony.backup import read_file, unfold
from keys.ceremony.custody import recovered
from keys.ceremony.home import load_home, offline_keystore, person_keystore
from keys.ceremony.parts import in_custody
from keys.ceremony.unlocking import fitting
from keys.errors import KeysProblem, KeystoreDamaged, KeystoreMissing, PartsDoNotFit
from keys.keystore import Keystore
from keys.keystore.backup import read_backup
from keys.record import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from keys.ceremony.home import AgencyHome
    from keys.entry import Person, Role
    from keys.keystore import Passphrase

State = Literal["good", "sealed", "missing", "fault"]
_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory; only a folder of mode 0700 is made there


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: `good`, `sealed` (its secret was not at hand), `missing` or `fault`."""

    state: State
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a drill found. `age` is the backup's, `version` and `expires` are its roster's."""

    agency: str
    created: str
    age: timedelta
    version: int
    expires: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was at fault."""
        return all(finding.state != "fault" for finding in self.findings)


def drill(
    file: Path,
    *,
    passphrase: Passphrase,
    now: datetime,
    secrets: Mapping[str, Passphrase],
    places: Mapping[str, Path | None],
) -> Report:
    """Restore a backup aside and try everything in it; `secrets` by person's id or offline key's name.

    What `read_backup` and `Backup.open` raise for a backup that does not open at all, and `load_home` for one
    that is no whole home; everything else is a finding.
    """
    backup = read_backup(read_file(file))
    files = backup.open(passphrase)
    with _aside() as home:
        unfold(files, home, places)
        loaded = load_home(home, now)
        findings = (
            Finding("good", f"events signed by the root: {len(loaded.events)}"),
            Finding("good", "the desk's keys open"),
            *_roster(loaded, now),
            *(_person(loaded, person, secrets) for person in loaded.roster.people),
            *_strangers(loaded),
            *(finding for role in loaded.roster.roles for finding in _role(loaded, role)),
            *(_offline(loaded, name, secrets) for name in ("root", "next-root")),
            *_records(loaded, secrets),
            Finding("missing", "the casebook and the attachments", "they are backed up by themselves"),
        )
        version, expires = loaded.roster.version, loaded.roster.expires
    age = max(now - parse_time(backup.header.created), now - now)
    return Report(loaded.agency, backup.header.created, age, version, expires, findings)


@contextmanager
def _aside() -> Iterator[Path]:
    """Make a private folder, in memory if the system has such a place, and remove it whatever happens."""
    where = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK | os.X_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="readback-drill-", dir=where))
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _roster(home: AgencyHome, now: datetime) -> Iterator[Finding]:
    version = f"roster, version {home.roster.version}, signed by the agency's key"
    if now < parse_time(home.roster.expires):
        yield Finding("good", version)
    else:
        yield Finding("missing", version, "its time has passed: renew it once restored")


def _person(home: AgencyHome, person: Person, secrets: Mapping[str, Passphrase]) -> Finding:
    keys = [name for key in person.keys for name in (key.verifying_key.key_id, key.sealing_key.key_id)]
    present = set(keys[:2]) if person.suspended is None else set()
    return _keystore(
        home, person_keystore(home.path, person.id), f"person {person.id}", person.id, present, secrets
    )


def _offline(home: AgencyHome, name: str, secrets: Mapping[str, Passphrase]) -> Finding:
    path = offline_keystore(home.path, name)
    if not path.exists():
        return Finding("missing", f"offline key {name}", "kept elsewhere: see that it can be fetched")
    wanted = {home.keys.root.key_id} if name == "root" else set()
    return _keystore(home, path, f"offline key {name}", name, wanted, secrets)


def _records(home: AgencyHome, secrets: Mapping[str, Passphrase]) -> Iterator[Finding]:
    """Try the records key: in its keystore until custodians have it, and then among them."""
    try:
        held = in_custody(home.path)
    except KeysProblem as problem:
        yield Finding("fault", "custody", problem.code)
        return
    if home.roster.custodians is None or offline_keystore(home.path, "records").exists():
        yield _offline(home, "records", secrets)
    for one in held:
        what = f"records key {one.key}: {len(one.people)} custodians, any {one.need} of them"
        try:
            present = {who: home.unlock_person(who, secrets[who]) for who in one.people if who in secrets}
            if len(present) < one.need:
                yield Finding("sealed", what, "too few of their secrets were at hand")
            else:
                given_back = one.key in recovered(home, present)
                state: State = "good" if given_back else "fault"
                yield Finding(state, f"{what}, give it back", "" if given_back else PartsDoNotFit.code)
        except KeysProblem as problem:
            yield Finding("fault", what, problem.code)
    if home.roster.custodians is not None and not held:
        yield Finding("fault", "custody", PartsDoNotFit.code)


def _keystore(  # noqa: PLR0913, PLR0917 - which, whose, what must be in it, and what may open it
    home: AgencyHome,
    path: Path,
    what: str,
    holder: str,
    wanted: set[str],
    secrets: Mapping[str, Passphrase],
) -> Finding:
    try:
        keystore = Keystore.open(path)
        if keystore.holder != holder or not wanted <= {name for _, name in keystore.names}:
            raise KeystoreDamaged
        if holder not in secrets:
            return Finding("sealed", what, f"opens by {_OPENED_BY[keystore.kind]}, which was not at hand")
        with keystore.unlock(fitting(home.path, keystore, secrets[holder])) as keyring:
            found = set(keyring.ids())
            if path.parent.name == "people":
                found = set(home.with_roles(holder, keyring).ids())
    except KeysProblem as problem:
        return Finding("fault", what, problem.code)
    return Finding("good", f"{what}: opens, keys in it: {len(found)}")


_OPENED_BY = {"argon2id": "a passphrase", "credential": "a file credential", "pkcs11": "a token"}


def _strangers(home: AgencyHome) -> Iterator[Finding]:
    known = {person.id for person in home.roster.people}
    for path in sorted((home.path / "people").glob("*.keystore")):
        if path.stem not in known:
            yield Finding("missing", f"person {path.stem}", "has a keystore, and stands in no roster")


def _role(home: AgencyHome, role: Role) -> Iterator[Finding]:
    folder = home.path / "roles" / role.id
    without = [member for member in role.members if not (folder / f"{member}.wrapped").is_file()]
    if role.members and len(without) == len(role.members):
        yield Finding("fault", f"role {role.id}", KeystoreMissing.code)
        return
    yield Finding("good", f"role {role.id}: members with its key: {len(role.members) - len(without)}")
    for member in without:
        yield Finding("missing", f"role {role.id}, member {member}", "has not got its key")
