"""Quiet hours, settings, and what anybody may wish: bounds, and the hours that clocks play with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exchange.desk.notifying.quiet import Quiet, quiet_until
from exchange.desk.notifying.settings import FILE, NONE, is_address_allowed, read_secrets, read_settings, tls
from exchange.desk.notifying.wishes import Wishes, kept, wishes_of
from exchange.errors import SettingsRefused
from exchange.share.catalogue import Catalogue
from exchange.store.casebook import Casebook

if TYPE_CHECKING:
    from pathlib import Path

HOLIDAYS = Catalogue.load().holidays
USUAL = Quiet()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-11-23T10:00", None),  # a Monday morning
        ("2026-11-23T19:00", "2026-11-24T07:00"),
        ("2026-11-24T06:59", "2026-11-24T07:00"),
        ("2026-11-24T07:00", None),
        ("2026-11-27T20:00", "2026-11-30T07:00"),  # Friday evening
        ("2026-11-28T12:00", "2026-11-30T07:00"),
        ("2026-12-24T21:00", "2026-12-29T07:00"),  # Christmas, a weekend, and Boxing Day's Monday
        ("2026-07-06T18:30", "2026-07-07T06:00"),  # summer: half past seven by the wall
        ("2026-07-06T06:30", None),
    ],
)
def test_nights_weekends_and_bank_holidays_are_quiet(moment: str, ends: str | None) -> None:
    assert quiet_until(USUAL, at(moment), HOLIDAYS) == (None if ends is None else at(ends))


def test_without_days_off_a_saturday_is_as_any_day() -> None:
    quiet = Quiet(days_off=False)
    assert quiet_until(quiet, at("2026-11-28T12:00"), HOLIDAYS) is None
    assert quiet_until(quiet, at("2026-11-28T22:00"), HOLIDAYS) == at("2026-11-29T07:00")


def test_by_day_it_can_be_quiet_too() -> None:
    quiet = Quiet(begins="09:00", ends="17:30", days_off=False)
    assert quiet_until(quiet, at("2026-11-23T12:00"), HOLIDAYS) == at("2026-11-23T17:30")
    assert quiet_until(quiet, at("2026-11-23T18:00"), HOLIDAYS) is None


def test_who_wants_none_has_none() -> None:
    assert quiet_until(None, at("2026-12-25T03:00"), HOLIDAYS) is None


hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(hours, hours, st.booleans(), st.integers(0, 700 * 24 * 60))
def test_quiet_ends_later_than_it_holds_and_is_over_then(
    begins: str, ends: str, days_off: bool, minutes: int
) -> None:
    quiet, now = (
        Quiet(begins=begins, ends=ends, days_off=days_off),
        at("2026-01-01T00:00") + timedelta(minutes=minutes),
    )
    end = quiet_until(quiet, now, HOLIDAYS)
    if begins == ends or end is None:
        return
    assert now < end < now + timedelta(days=15)
    assert quiet_until(quiet, end, HOLIDAYS) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b",
        "a b@c.example",
        "a@c.example\nBcc: x@y.example",
        "a@-c.example",
        "ä@c.example",
        "a@c..example",
    ],
)
def test_no_address_can_carry_anything_else(address: str) -> None:
    with pytest.raises(ValidationError):
        Wishes(mail=address)


async def test_wishes_open_for_this_person_at_this_desk_alone(tmp_path: Path) -> None:
    book = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    secret, wishes = bytes(32), Wishes(mail="ann@northshire.example", alarms=False)
    change = kept(secret, "ann", wishes, at("2026-11-23T10:00"))
    longer = kept(secret, "ann", Wishes(mail=f"{'a' * 60}@northshire.example"), at("2026-11-23T10:00"))
    assert len(change.kept[0].sealed) == len(longer.kept[0].sealed)
    await book.record(change)
    assert await wishes_of(book, secret, "ann") == wishes
    assert await wishes_of(book, bytes(31) + b"x", "ann") == Wishes()
    assert await wishes_of(book, secret, "ben") == Wishes()
    await book.close()


def written(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text)
    return folder


MAIL = '[mail]\nhost = "mail.example.org"\nsender = "readback@example.org"\n'
HOOK = '[[webhooks]]\nname = "rota"\nurl = "{}"\nsecret_files = ["s"]\nevents = ["new"]\n'
DESK = 'desk = "https://desk.example.org"\n'


def test_no_file_is_no_notices(tmp_path: Path) -> None:
    assert read_settings(tmp_path) is NONE
    assert (NONE.mail, NONE.webhooks) == (None, ())


def test_settings_are_read_with_their_defaults(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, DESK + MAIL + HOOK.format("https://rota.example.org/x")))
    assert found.mail is not None
    assert (found.mail.port, found.mail.security) == (587, "starttls")
    assert found.first_page == "https://desk.example.org/desk"
    assert [hook.lane for hook in found.webhooks] == ["webhook:rota"]
    assert found.mail.takes("anybody@anywhere.example")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (MAIL, "desk"),
        ("x = [", "not TOML"),
        (DESK + "[mial]\n", "mial"),
        ('desk = "http://desk.example.org"\n', "desk"),
        (DESK + MAIL + 'security = "none"\n', "mail.security"),
        (DESK + MAIL + 'user = "me"\n', "mail.password_file"),
        (DESK + MAIL + "port = 0\n", "mail.port"),
        (DESK + '[roles]\n"Duty" = "duty@example.org"\n', "mail"),
        (DESK + HOOK.format("http://rota.example.org/x"), "webhooks.0.url"),
        (DESK + HOOK.format("https://me:secret@rota.example.org/x"), "webhooks.0.url"),
        (DESK + HOOK.format("https://169.254.169.254/latest"), "webhooks.0.url"),
        (DESK + HOOK.format("https://[::ffff:169.254.169.254]/latest"), "webhooks.0.url"),
        (DESK + HOOK.format("https://rota.example.org/x#y"), "webhooks.0.url"),
        (DESK + HOOK.format("https://rota.example.org:99999/x"), "webhooks.0.url"),
        (DESK + HOOK.format("ftp://rota.example.org/x"), "webhooks.0.url"),
        (DESK + HOOK.format("https://a.example/x") * 2, "webhooks"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        read_settings(written(tmp_path, text))
    assert refused.value.where == f"{FILE}: {where}"


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_QUJD", "QUJD" * 8, "whsec_***", "whsec_" + "QUJD" * 40]
)
def test_a_secret_is_of_the_right_kind(tmp_path: Path, secret: str) -> None:
    (hook,) = read_settings(written(tmp_path, DESK + HOOK.format("https://rota.example.org/x"))).webhooks
    with pytest.raises(SettingsRefused):
        read_secrets(tmp_path, hook)
    (tmp_path / "s").write_text(secret)
    (tmp_path / "s").chmod(0o600)
    with pytest.raises(SettingsRefused):
        read_secrets(tmp_path, hook)
    (tmp_path / "s").write_text("whsec_" + "QUJD" * 8)
    assert read_secrets(tmp_path, hook) == (b"ABC" * 8,)
    (tmp_path / "s").chmod(0o640)
    with pytest.raises(SettingsRefused):
        read_secrets(tmp_path, hook)


def test_authorities_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "none.pem"):
        with pytest.raises(SettingsRefused):
            tls(tmp_path, name)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("10.0.0.5", True), ("rota.example", True), ("127.0.0.1", True), ("fd00::5", True), ("224.0.0.1", False),
     ("fe80::1", False), ("0.0.0.0", False), ("::", False), ("255.255.255.255", False), ("169.254.1.1", False),
     ("64:ff9b::a9fe:a9fe", False), ("2002:a9fe:a9fe::", False), ("fd00:ec2::254", False), ("64:ff9b::a00:5", True)],
)  # fmt: skip
def test_private_addresses_are_called_and_those_of_routers_are_not(host: str, allowed: bool) -> None:
    assert is_address_allowed(host) is allowed
