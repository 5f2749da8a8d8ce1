"""After a theft the desk lists what the key touched; after their time old keys are erased, and all still reads."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import PASSPHRASE, START, furnish
from notary import Notary
from typer.testing import CliRunner

from exchange.cli import app
from exchange.desk.casefile import CaseFiles
from exchange.desk.cli import afterwards
from exchange.desk.config import DeskConfig
from exchange.desk.service.desk import Desk
from exchange.store.casebook import Casebook
from exchange.wire.slip import Party
from keys import terminal
from keys.ceremony.epochs import RETENTION, rotate_epoch
from keys.ceremony.home import load_home
from keys.ceremony.policy import write_policy
from keys.errors import KeyUnknown
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = ("Ann One", "Ben Two")
LATER = START + RETENTION + timedelta(days=30)


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A desk at which Ann shared with the duty team, and whose epoch then changed."""
    found = tmp_path / "moorfield-primary"
    furnish(found, dict.fromkeys(PEOPLE, "Teacher"), {"Duty": PEOPLE[1:]}, START)
    (found / "desk.toml").write_text('hub = "http://127.0.0.1:1"\n')
    loaded, notary = load_home(found, START), Notary()
    write_policy(found, notary.policy(loaded))
    desk = await Desk.open(found, DeskConfig.read(found), now=lambda: START)
    notary.add(loaded.events)
    await notary.tell_and_keep(desk.trust, desk.casebook, START)
    session = await desk.session((await desk.sign_in(PEOPLE[0], PASSPHRASE)).token)
    await desk.share(session, spoken.share(Party(agency=loaded.agency, role=loaded.roster.roles[0].id)))
    await desk.close()
    rotate_epoch(found, passphrase=Passphrase(PASSPHRASE), now=START + timedelta(days=1))
    return found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "now", lambda: LATER)
    monkeypatch.setattr(afterwards, "now", lambda: LATER)


def ran(home: Path, command: str, *more: object, status: int = 0) -> Any:
    result = CliRunner().invoke(app, ["desk", command, str(home), *map(str, more)])
    assert result.exit_code == status, (result.output, result.exception)
    return result


def two(home: Path) -> list[object]:
    file = home.with_name("secret")
    file.write_text(PASSPHRASE)
    file.chmod(0o600)
    return [word for name in PEOPLE for word in ("--by", name, "--by-passphrase-file", file)]


def test_what_a_key_signed_and_opens_is_listed(home: Path) -> None:
    loaded = load_home(home, START)
    ann = loaded.roster.find(PEOPLE[0])[0].keys[0]
    role = loaded.roster.roles[0].keys
    for key, how in (
        (ann.verifying_key.key_id, "signed"),
        (ann.sealing_key.key_id, "opens"),
        (role[-1].sealing_key.key_id, "opens"),
        (loaded.roster.records_key.key_id, "opens"),
    ):
        found = json.loads(ran(home, "suspects", "--key", key, "--json").stdout)
        assert {one["how"] for one in found} == {how}
        assert "share" in {one["kind"] for one in found}
    assert "signed it" in ran(home, "suspects", "--key", ann.verifying_key.key_id).stdout
    assert ran(home, "suspects", "--key", role[0].sealing_key.key_id).stdout.startswith("Nothing here")


def test_of_a_key_that_vouches_for_this_agency_everybody_has_to_hear(home: Path) -> None:
    keys = load_home(home, START).keys
    for key in (keys.signing.key_id, keys.root.key_id):
        told = ran(home, "suspects", "--key", key)
        assert "Ring all agencies" in " ".join(told.stdout.split())
        assert "Nothing here" not in told.stdout
        in_json = ran(home, "suspects", "--key", key, "--json")
        assert json.loads(in_json.stdout) == []
        assert "Ring all agencies" in in_json.stderr


@pytest.mark.usefixtures("later")
def test_old_keys_are_erased_and_the_casebook_still_reads(home: Path) -> None:
    before = load_home(home, LATER)
    mailbox = next(iter(before.keys.mailbox_keys))
    steps = ran(home, "suspects", "--key", before.roster.records_key.key_id).stdout
    refused = ran(home, "erase-keys", *two(home), status=2)
    assert "still_unread" in refused.stderr
    ran(home, "erase-keys", *two(home), "--even-unread", "--rehearse")
    assert load_home(home, LATER).keyring.opening(mailbox)
    record = ran(home, "erase-keys", *two(home), "--even-unread").stdout
    assert "keys erased" in record
    assert mailbox in record
    after = load_home(home, LATER)
    with pytest.raises(KeyUnknown):
        after.keyring.opening(mailbox)
    assert after.keyring.opening(after.keys.mailbox.key_id)
    assert ran(home, "suspects", "--key", before.roster.records_key.key_id).stdout == steps
    keyring = after.unlock_person(after.roster.find(PEOPLE[1])[0].id, Passphrase(PASSPHRASE))
    with pytest.raises(KeyUnknown):
        keyring.opening(before.roster.roles[0].keys[-1].sealing_key.key_id)


@pytest.mark.usefixtures("later")
async def test_a_desk_opens_what_was_sealed_anew(home: Path) -> None:
    await asyncio.to_thread(ran, home, "erase-keys", *two(home), "--even-unread")
    loaded = load_home(home, LATER)
    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    for _, row in await casebook.steps_after(0):
        file = await CaseFiles(loaded.agency, casebook, loaded.keyring.opening).load(row.thread)
        assert row.digest in file.opened
    rosters = await CaseFiles(loaded.agency, casebook, loaded.keyring.opening).rosters(loaded.agency)
    assert len(rosters) >= 1
    await casebook.close()


def test_before_their_time_nothing_is_erased(home: Path) -> None:
    refused = ran(home, "erase-keys", *two(home), status=2)
    assert "nothing_changed" in refused.stderr


def test_one_person_does_not_erase(home: Path) -> None:
    assert "two_people_needed" in ran(home, "erase-keys", *two(home)[:4], status=2).stderr
