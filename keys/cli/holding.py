"""What every ceremony asks and tells: who holds it, whether it is a rehearsal, why; and the record of it.

Promises: an administrator's passphrase is asked for only after it is clear that they may hold the ceremony;
the record has one form, says what was done and what to do next, and is made of the signed transcript.
Never: a ceremony command acts otherwise than by `hold`.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer._click.globals import get_current_context

from keys.terminal import ask_passphrase, find_person, of_person, spaced, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keys.ceremony.hands import Hand
    from keys.ceremony.holding import Held
    from keys.ceremony.home import AgencyHome
    from keys.ceremony.kinds import Ceremony
    from keys.ceremony.transcript import Act, Transcript

By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="NAME",
        help="An administrator who holds this ceremony: id or exact name; twice where two are needed.",
    ),
]
ByFile = Annotated[
    list[Path] | None,
    typer.Option(
        "--by-passphrase-file",
        metavar="FILE",
        help="A private file with their passphrase, in the order of --by; asked for if not given.",
    ),
]
Rehearse = Annotated[
    bool,
    typer.Option("--rehearse", help="Only rehearse, on a copy; only a transcript is kept, marked so."),
]
Reasons = Annotated[
    str | None, typer.Option("--reasons", help="Why; kept sealed, beside the ceremony's transcript.")
]
COMPARED = "keys.ceremony.compared"  # what compares a home with what else is known of it, and may refuse
_WIDTH = 80


def hands(
    home: AgencyHome, ceremony: Ceremony, by: Sequence[str] | None, files: Sequence[Path] | None
) -> list[Hand]:
    """Let those who hold a ceremony show who they are; errors as `demand_enough` and `unlock_hand`.

    Whoever knows more of the home than itself is asked first, under `COMPARED` in the command's context.
    """
    from keys.ceremony.hands import demand_enough, unlock_hand

    context = get_current_context(silent=True)
    compare = None if context is None else context.meta.get(COMPARED)
    if compare is not None:
        compare(home, ceremony)
    people = [find_person(home, who) for who in by or ()]
    demand_enough(home.roster, ceremony, [person.id for person in people])
    waiting, found = list(files or ()), []
    for number, person in enumerate(people, 1):
        file = waiting.pop(0) if waiting else None
        with of_person(number):
            passphrase = ask_passphrase(file, f"Passphrase of {person.name}, administrator")
            found.append(unlock_hand(home, person.id, passphrase))
    return found


def tell_held(as_json: bool, held: Held, data: dict[str, object], said: str, *following: str) -> None:
    """Print what was done, and its record; `following` says what to do next."""
    names = {person.id: person.name for person in (*held.before.roster.people, *held.after.roster.people)}
    names |= {role.id: role.name for role in (*held.before.roster.roles, *held.after.roster.roles)}
    tell_record(as_json, held.record, names, data, said, *following)


def tell_record(
    as_json: bool,
    transcript: Transcript,
    names: dict[str, str],
    data: dict[str, object],
    said: str,
    *following: str,
) -> None:
    """Print the record of a ceremony."""
    if as_json:
        tell(True, {**data, "record": transcript.model_dump(mode="json")})
        return
    if transcript.rehearsal:
        kept = "" if transcript.ceremony == "found" else " but that its transcript is kept"
        tell(False, {}, f"REHEARSAL. Nothing was changed{kept}. This would have been done:")
    tell(False, {}, said, *_record(transcript, names))
    if following:
        rehearsed = "After the ceremony itself, not now, you would do this:"
        heading = rehearsed if transcript.rehearsal else "What to do next:"
        tell(False, {}, heading, *(line for text in following for line in _wrapped(text)))


def digits(transcript: Transcript) -> tuple[str, str]:
    """Print a transcript's fingerprint, by which a signed paper is held against it, on two lines."""
    from keys.statement import dump
    from keys.suite import fingerprint

    groups = fingerprint(dump(transcript)).split()
    return " ".join(groups[:6]), " ".join(groups[6:])


def _record(transcript: Transcript, names: dict[str, str]) -> Iterator[str]:
    heading = "Rehearsal of the ceremony" if transcript.rehearsal else "Record of the ceremony"
    yield f"--- {heading} {transcript.ceremony}, number {transcript.number} ---"
    yield f"  agency  {transcript.agency}"
    yield f"  at      {transcript.at}"
    for who in transcript.by:
        yield f"  by      {who}  {names.get(who, '')}".rstrip()
    if transcript.by_the_desk:
        yield f"  by      the desk itself, with its key {transcript.keys[0]}"
    for act in transcript.acts:
        yield from _act(act, names)
    first, second = digits(transcript)
    yield f"  digits  {first}"
    yield f"          {second}"
    yield "---"


def _act(act: Act, names: dict[str, str]) -> Iterator[str]:
    place = "" if act.index is None else f", from log index {act.index}"
    number = "" if act.number is None else f" {act.number}"
    yield f"  done    {act.act.replace('_', ' ')}{number}{place}"
    for one in (act.person, act.role, act.agency):
        if one is not None:
            yield f"            {one}  {names.get(one, '')}".rstrip()
    for key in act.keys:
        yield f"            key {key}"
    if act.fingerprint is not None:
        groups = spaced(act.fingerprint).split()
        yield f"            {' '.join(groups[:6])}"
        yield f"            {' '.join(groups[6:])}"


def _wrapped(text: str) -> Sequence[str]:
    if text.startswith("readback "):
        return (f"    {text}",)
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
