"""The administrators: who they are, who becomes one, who is one no more; and what they did.

Promises: two hold every change of who they are, once two can act; two can always act after it.
Never: somebody takes themselves out.
"""

from __future__ import annotations

from typing import Annotated

import typer

from keys.cli.holding import By, ByFile, Rehearse, digits, hands, tell_held
from keys.cli.options import AsJson, Home, register
from keys.terminal import find_person, load, now, tell


def administrators(  # noqa: PLR0913, PLR0917 - typer's arguments
    home: Home,
    name: Annotated[
        list[str] | None, typer.Option(help="Who becomes one: id or exact name; once for each.")
    ] = None,
    relieve: Annotated[
        list[str] | None, typer.Option(help="Who is one no more: id or exact name; once for each.")
    ] = None,
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Show who administers, or change it (--name, --relieve). Two people hold it, once there are two."""
    from keys.ceremony.hands import able
    from keys.ceremony.holding import hold
    from keys.ceremony.leaving import change_administrators

    loaded, moment = load(home), now()
    if not name and not relieve:
        people = {person.id: person.name for person in loaded.roster.people}
        can = able(loaded.roster)
        tell(
            as_json,
            {"administrators": list(loaded.roster.administrators), "able": sorted(can)},
            f"{loaded.agency}: {len(can)} can act.",
            *(
                f"  {who}  {people[who]}{'' if who in can else ' (cannot act now)'}"
                for who in loaded.roster.administrators
            ),
        )
        return
    named = [find_person(loaded, who).id for who in name or ()]
    relieved = [find_person(loaded, who).id for who in relieve or ()]
    holding = hands(loaded, "administrators", by, by_passphrase_file)
    with hold(home, "administrators", holding, now=moment, rehearse=rehearse) as held:
        change_administrators(held.path, named=named, relieved=relieved, now=moment)
    listed = held.after.roster.administrators
    tell_held(as_json, held, {"administrators": list(listed)}, f"There are {len(listed)} administrators.")


def ceremonies(home: Home, as_json: AsJson = False) -> None:
    """List the ceremonies held here, from their signed transcripts. They are checked first."""
    from keys.ceremony.home import ROSTER
    from keys.ceremony.kept import read_reasons

    loaded = load(home)
    secret = loaded.keyring.secret(ROSTER)
    people = {person.id: person.name for person in loaded.roster.people}
    lines, listed = [], []
    for transcript, _ in loaded.ceremonies:
        number = transcript.number
        reasons = None
        if transcript.reasons is not None:
            reasons = read_reasons(home, secret, number, transcript.reasons)
        listed.append({**transcript.model_dump(mode="json"), "reasons": reasons})
        nobody = "the desk itself" if transcript.by_the_desk else "nobody yet"
        by = ", ".join(people.get(who, who) for who in transcript.by) or nobody
        rehearsal = " (rehearsal)" if transcript.rehearsal else ""
        lines.append(f"{number:5}  {transcript.at}  {transcript.ceremony}{rehearsal}, by {by}")
        lines.extend(f"       {line}" for line in digits(transcript))
        if reasons:
            lines.append(f"       reasons: {reasons}")
    tell(as_json, {"agency": loaded.agency, "ceremonies": listed}, f"{loaded.agency}:", *lines)


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, administrators, ceremonies)
