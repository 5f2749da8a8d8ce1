"""Every command that a page shows is one that `readback` has, with options that it has."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest
from doubles import PASSPHRASE, START, furnish
from typer.main import get_command

from exchange.cli import app
from exchange.desk.service import commands
from keys.ceremony.home import load_home
from keys.ceremony.people import suspend

if TYPE_CHECKING:
    from exchange.desk.service.commands import CommandView

LOOKS = (
    commands.REHEARSE_RECORDS,
    commands.CEREMONIES,
    commands.POLICY,
    commands.TRAIL,
    commands.FORKS,
    commands.over("log_forked"),
)


def demand_parses(line: str) -> None:
    """The words name a command, and give it nothing that it does not take, and all that it must have."""
    program, *words = shlex.split(line.replace(" NUMBER", " 7"))
    assert program == "readback"
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        name = words.pop(0)
        _, command, _ = command.resolve_command(
            command.make_context("readback", [name, "--", *words]), [name]
        )
        assert command is not None, line
    context = command.make_context(line, words, resilient_parsing=False)
    assert context.args == []


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> list[CommandView]:
    home = tmp_path_factory.mktemp("agency") / "moorfield-primary"
    furnish(home, dict.fromkeys(("Ann One", "Ben Two"), "Teacher"), {"Duty": ("Ann One", "Ben Two")}, START)
    roster = load_home(home, START).roster
    suspended = suspend(home, person=roster.people[1].id, now=START)
    return [
        *commands.for_agency(),
        *commands.for_person(roster.people[0], lead=False),
        *commands.for_person(suspended, lead=True),
        *commands.for_role(roster.roles[0]),
        commands.for_key("a" * 32),
        commands.for_custodians(),
        commands.for_list(),
    ]


def test_every_ceremony_shown_is_a_command_with_its_rehearsal(every: list[CommandView]) -> None:
    for one in every:
        demand_parses(one.command)
        demand_parses(one.rehearsal)
        assert one.rehearsal == f"{one.command} --rehearse"
        assert one.command.count("--by NAME") == (2 if one.two else 1)


def test_what_cannot_be_undone_says_that_it_takes_two(every: list[CommandView]) -> None:
    two = {one.command.split()[2] for one in every if one.two}
    one_alone = {one.command.split()[2] for one in every if not one.two}
    assert two >= {
        "remove",
        "recover",
        "revoke",
        "succeed-root",
        "custodians",
        "administrators",
        "erase-keys",
    }
    assert not two & one_alone


def test_no_command_shown_has_a_name_or_a_secret(every: list[CommandView]) -> None:
    for one in every:
        assert "Ann" not in one.command
        assert PASSPHRASE not in one.command
        assert "/" not in one.command


@pytest.mark.parametrize("line", LOOKS)
def test_every_command_that_looks_is_one(line: str) -> None:
    demand_parses(line)


@pytest.mark.parametrize(
    "line", ["readback keys suspend HOME ID --now", "readback keys suspend", "readback keys x"]
)
def test_the_check_itself_can_fail(line: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        demand_parses(line)
    assert type(caught.value).__name__ in {"NoSuchOption", "MissingParameter", "UsageError"}
