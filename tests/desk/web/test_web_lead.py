"""The lead's page: pictures and tables say the same, to the lead alone, and never of one person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from browsing import chromium, reading
from hypothesis import given
from hypothesis import strategies as st
from test_web_loop import share

from exchange.desk.service.figures import week_starts
from exchange.desk.web.chart import LONGEST, TOO_FEW, Chart, Line, number, span, spell
from exchange.desk.web.render import HOME, environment
from exchange.store.casebook import Change, DivergenceRow, HeardRow
from keys.ceremony.people import change_role, create_role, name_lead

if TYPE_CHECKING:
    from doubles import Agency, Town
    from visitor import Visitor

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert(1)</script><b id=evil>"
KINDS = ("negation_changed", "not_covered", "certainty_rose")


def lead_of(town: Town, agency: str, who: str) -> None:
    desk = town[agency]
    name_lead(desk.home, person=desk.person(who).person or "", now=town.clock())


async def put(agency: Agency, people: list[str], weeks: int = 12) -> None:
    """Enough heard, in every week, by these people's ids."""
    starts = week_starts(agency.desk.now())[-weeks:]
    change = Change()
    for week, at in enumerate(starts):
        for count in range(6):
            name = f"h-{week}-{count}"
            agreed = count % 4 > 0 or week % 2 == 0
            took = 1800 * (week + 1) * (count + 1) if agreed else None
            row = HeardRow(
                name, people[count % len(people)], at, agreed, True, 5 if count == 1 else 900, took
            )
            kinds = (DivergenceRow(name, KINDS[count % 3], count),) if count else ()
            change |= Change(heard=(row,), divergences=kinds)
    await agency.desk.casebook.record(change)


async def staffed(town: Town) -> Agency:
    """A school of eight with two teams, whose lead is Helen."""
    school = await town.open(
        "larger-school",
        dict.fromkeys(("Helen Marsh", "Al", "Bo", "Cy", "Di", "Ed", "Fi", "Gus"), "teacher"),
        {"Early help": ("Al", "Bo", "Cy"), f"Duty {EVIL}": ("Di", "Ed", "Fi")},
    )
    lead_of(town, "larger-school", "Helen Marsh")
    await school.desk.own.refresh()
    return school


# --- the picture and the table -------------------------------------------------------------------


def drawn(body: str) -> list[tuple[Any, list[list[str]]]]:
    """Every chart of a page: its picture, and the cells of the table beside it."""
    found = []
    for svg, table in re.findall(r"(<svg.*?</svg>).*?(<table.*?</table>)", body, re.DOTALL):
        rows = ET.fromstring(table).findall("tbody/tr")
        picture = ET.fromstring(svg)
        found.append((picture, [["".join(cell.itertext()) for cell in row] for row in rows]))
    return found


def demand_the_same(picture: Any, cells: list[list[str]]) -> None:
    texts = ["".join(one.itertext()) for one in picture.findall(f"{SVG}text")]
    assert texts == [cell for row in cells for cell in row]
    title, about = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title.text
    assert about.text
    assert picture.get("aria-labelledby").split() == [title.get("id"), about.get("id")]
    assert picture.get("role") == "img"
    assert not [one for one in picture.iter() if one.get("style") or one.tag.endswith("style")]


_cells = st.none() | st.integers(0, 10**7)


@given(
    rows=st.lists(st.tuples(st.text(max_size=20), st.tuples(_cells, _cells)), max_size=8),
    times=st.booleans(),
)
def test_the_picture_has_the_numbers_of_the_table(rows: list[Any], times: bool) -> None:
    sound = [(re.sub(r"[^ -~]", "?", name), values) for name, values in rows]
    lines = tuple(
        Line(name, tuple(spell(one, hidden=True) if times else number(one) for one in values))
        for name, values in sound
    )
    chart = Chart("c", "Title", "About", "Row", ("One", "Two"), lines)
    template = environment().from_string('{% from "chart.html" import chart %}{{ chart(one) }}')
    every = drawn(template.render(one=chart))
    if not rows:
        assert every == []
        return
    ((picture, cells),) = every
    demand_the_same(picture, cells)
    told = [one for _, values in sound for one in values]
    assert [text for row in cells for text in row[1:]] == [
        TOO_FEW if one is None else span(one) if times else str(one) for one in told
    ]
    longest = max((one or 0 for one in told), default=0)
    expected = [round(LONGEST * one / longest, 1) for one in told if one and longest]
    widths = [float(bar.get("width")) for bar in picture.findall(f"{SVG}rect")]
    assert widths == [one for one in expected if one]
    assert float(picture.get("viewBox").split()[3]) >= max(
        float(t.get("y")) for t in picture.findall(f"{SVG}text")
    )


def test_spans_are_written_in_two_units() -> None:
    told = {
        0: "under 1 min",
        59: "under 1 min",
        60: "1 min",
        3599: "59 min",
        3600: "1 h",
        12000: "3 h 20 min",
    }
    told |= {86400: "1 day", 90000: "1 day 1 h", 200000: "2 days 7 h"}
    assert {seconds: span(seconds) for seconds in told} == told


# --- the page ------------------------------------------------------------------------------------


async def test_the_page_shows_what_the_use_case_counts(town: Town) -> None:
    from visitor import opened

    school = await staffed(town)
    ids = [person.id for person in school.desk.own.home.roster.people]
    await put(school, ids[:5])
    async with opened(town, "larger-school") as visitor:
        await visitor.sign_in("Helen Marsh")
        page = await visitor.get(f"{HOME}/lead")
        assert page.status == 200
        every = drawn(page.body)
        assert len(every) >= 4
        for picture, cells in every:
            demand_the_same(picture, cells)
        view = await school.desk.figures(await school.sign_in("Helen Marsh"))
        tables = {picture.find(f"{SVG}title").text: cells for picture, cells in every}
        assert [row[1:] for row in tables["Agreed to at once"]] == [
            [number(week.heard.agreed).text, number(week.heard.instant).text] for week in view.weeks
        ]
        assert view.kinds is not None
        assert sorted(int(row[1]) for row in tables["Differences by kind"]) == sorted(
            one.times for one in view.kinds
        )
        assert "A “not” was lost or added" in page.text
        for name in ("Al", "Bo", "Gus"):
            assert not re.search(rf">{name}\b", page.body)
        assert not [person for person in ids if person in page.body]
        assert "evil" not in {attrs.get("id") for _, attrs in page.page.tags}


async def test_the_lead_alone_sees_it_and_the_way_to_it(town: Town, school: Visitor) -> None:
    lead_of(town, "moorfield-primary", "Helen Marsh")
    for who, found in (("Tom Reed", 404), ("Helen Marsh", 200)):
        await school.sign_in(who)
        page = await school.get(HOME)
        assert (f"{HOME}/lead" in page.page.links) is (found == 200)
        answer = await school.get(f"{HOME}/lead")
        assert answer.status == found
        if found == 404:
            nowhere = await school.get(f"{HOME}/nowhere")
            assert (
                nowhere.text.replace("nowhere", "") == answer.text.replace("lead", "")
                or nowhere.status == 404
            )
    school.cookies.clear()
    assert (await school.get(f"{HOME}/lead")).location.startswith(f"{HOME}/sign-in")


async def test_open_loops_are_counted_and_nothing_of_them_is_named(town: Town, school: Visitor) -> None:
    thread = await share(town)
    lead_of(town, "moorfield-primary", "Tom Reed")
    await school.sign_in("Tom Reed")
    page = await school.get(f"{HOME}/lead")
    ((_, cells), *_) = drawn(page.body)
    assert cells == [["Sent, not accepted yet", "1", "0"]]
    for secret in (thread, "Ellis", "bruise", "Ruth", "Helen"):
        assert secret not in page.body
    town.clock.forward(days=30)
    await school.sign_in("Tom Reed")
    ((_, cells), *_) = drawn((await school.get(f"{HOME}/lead")).body)
    assert cells == [["Sent, not accepted yet", "1", "1"]]


async def test_the_page_is_sound_empty_and_full_narrow_and_in_forced_colours(town: Town) -> None:
    from visitor import opened

    school = await staffed(town)
    async with opened(town, "larger-school") as visitor, chromium() as browser:
        async with reading(browser, visitor.address, "lead-empty", width=320) as helen:
            await helen.sign_in("Helen Marsh")
            await helen.open(f"{HOME}/lead")
            await helen.sound("lead-empty")
        people = school.desk.own.home.roster.people
        await put(school, [person.id for person in people[:5]])
        extra = [person.id for person in people if person.name in {"Helen Marsh", "Al", "Gus"}]
        create_role(school.home, name="Long" * 20, members=extra, now=town.clock())
        role = school.role("Early help").role or ""
        members = [person.id for person in people if person.name in {"Al", "Bo", "Cy", "Di"}]
        change_role(school.home, role=role, members=members, now=town.clock())
        for name, more in (
            ("lead-320", {"width": 320}),
            ("lead-1280", {"width": 1280}),
            ("lead-forced", {"width": 320, "forced_colors": "active"}),
            ("lead-dark", {"width": 1280, "color_scheme": "dark"}),
            ("lead-plain", {"width": 320, "script": False}),
        ):
            async with reading(browser, visitor.address, name, **more) as helen:
                await helen.sign_in("Helen Marsh")
                await helen.open(f"{HOME}/lead")
                await helen.sound(name)
