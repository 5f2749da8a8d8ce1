"""The catalogue is complete, dated, sourced, and honest about what was not seen."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest

from exchange.errors import BasisUnknown, PurposeUnknown, ReasonUnknown
from exchange.share.catalogue import Catalogue, Section
from exchange.share.catalogue.page import PATH, page
from exchange.wire.contents import Confidence, Weight

CATALOGUE = Catalogue.load()
TODAY = date(2026, 11, 22)
SECTIONS = get_args(Section)
ENTRIES = [(section, entry) for section in SECTIONS for entry in CATALOGUE.sections[section]]


def easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    x = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * x) // 433
    month = (h + x - 7 * m + 90) // 25
    return date(year, month, (h + x - 7 * m + 33 * month + 19) % 32)


def by_rule(year: int) -> set[date]:
    """The bank holidays of England and Wales as the rules give them, without special proclamations."""

    def monday(first: date) -> date:
        return first + timedelta(days=-first.weekday() % 7)

    sunday = easter(year)
    days = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    days |= {monday(date(year, 5, 1)), monday(date(year, 5, 25)), monday(date(year, 8, 25))}
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        days.add(
            next(
                day for n in range(5) if (day := fixed + timedelta(days=n)).weekday() < 5 and day not in days
            )
        )
    return days


def test_the_bank_holidays_are_those_of_the_rules() -> None:
    assert CATALOGUE.holidays == set().union(*(by_rule(year) for year in range(2025, 2029)))
    assert CATALOGUE.holidays_until == date(2028, 12, 31)


def test_every_section_has_entries_in_force_today() -> None:
    assert set(CATALOGUE.sections) == set(SECTIONS)
    for section in SECTIONS:
        assert CATALOGUE.entries(section, TODAY)


@pytest.mark.parametrize(("section", "entry"), ENTRIES, ids=[f"{s}-{e.code}" for s, e in ENTRIES])
def test_each_entry_is_plain_sourced_and_the_only_one_of_its_code_in_force(
    section: Section, entry: object
) -> None:
    same = [e for e in CATALOGUE.sections[section] if e.code == entry.code]  # type: ignore[attr-defined]
    for one in same:
        assert one.text[0].isalpha()
        assert len(one.text.split()) <= 50
        assert one.source.strip()
        assert sum(other.in_force(one.valid_from) for other in same) == 1


def test_a_law_is_not_known_before_it_is_in_force() -> None:
    assert CATALOGUE.gateway("ca2004-s16la", date(2026, 9, 30)).unverified
    with pytest.raises(BasisUnknown):
        CATALOGUE.gateway("ca2004-s16la", date(2026, 9, 29))
    with pytest.raises(ReasonUnknown):
        CATALOGUE.entry("refuse", "detriment-to-child", date(2026, 9, 29))
    with pytest.raises(BasisUnknown):
        CATALOGUE.basis("recognised-interest", date(2026, 2, 4))
    assert CATALOGUE.basis("recognised-interest", date(2026, 2, 5)).needs == ("no_consent",)


def test_each_kind_of_code_that_nobody_knows_has_its_own_error() -> None:
    with pytest.raises(PurposeUnknown):
        CATALOGUE.purpose("because", TODAY)
    with pytest.raises(BasisUnknown):
        CATALOGUE.basis("because", TODAY)
    with pytest.raises(ReasonUnknown):
        CATALOGUE.entry("decline", "because", TODAY)


def test_what_was_not_seen_in_a_source_says_so() -> None:
    unverified = {(section, entry.code) for section, entry in ENTRIES if entry.unverified}
    assert {("no_consent", entry.code) for entry in CATALOGUE.sections["no_consent"]} <= unverified
    assert ("gateways", "ca2004-s16la") in unverified
    assert ("bases", "recognised-interest") in unverified
    assert ("golden_rules", "2024-7") in unverified
    assert ("gateways", "ca1989-s47") not in unverified


def test_there_are_three_reasons_for_not_relying_on_consent() -> None:
    assert len(CATALOGUE.sections["no_consent"]) == 3


def test_the_scales_are_those_of_the_contents_and_the_bands_cover_everything() -> None:
    bands = CATALOGUE.sections["confidence"]
    assert [entry.code for entry in bands] == list(get_args(Confidence))
    assert [entry.code for entry in CATALOGUE.sections["weights"]] == list(get_args(Weight))
    bounds = [entry.range for entry in bands if entry.range is not None]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == 100
    assert [low for low, _ in bounds[1:]] == [high for _, high in bounds[:-1]]
    for entry, (low, high) in zip(bands, bounds, strict=True):
        assert f"{low}–{high}" in entry.text


def test_only_a_request_may_be_without_a_basis() -> None:
    assert CATALOGUE.basis("none-claimed", TODAY).steps == ("request",)
    others = [entry for entry in CATALOGUE.sections["bases"] if entry.code != "none-claimed"]
    assert all({"share", "amend", "request"} == set(entry.steps) for entry in others)


def test_every_basis_but_consent_and_a_bare_duty_says_why_consent_is_not_relied_on() -> None:
    without = {e.code for e in CATALOGUE.sections["bases"] if "no_consent" not in e.needs}
    assert without == {"consent", "consent.sensitive", "legal-obligation", "none-claimed"}


def test_the_printed_page_is_the_one_that_the_data_prints() -> None:
    committed = Path(__file__).resolve().parents[2] / PATH
    assert committed.read_text(encoding="utf-8") == page(CATALOGUE)
