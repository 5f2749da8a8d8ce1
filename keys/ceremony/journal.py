"""A ceremony is whole or did not happen: it is held on a copy of the home, and then put in place at once.

Promises: until the journal is written, nothing in the home has changed; from then on everything will be,
also when the power fails in between: whoever opens the home next finishes it. Cut short before, what was left
lying is cleared away.
Never: a casebook or an attachment is copied; a workshop stands elsewhere than in the home, under its owner's
eyes alone.

::

    HOME/.ceremony.<id>/     the copy, while a ceremony is held; files that stay are links to the home's own
    HOME/.ceremony.json      the journal: which of its files take a place in the home, and which go
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from keys.errors import FileExposed
from keys.files import make_private_folder, place_of, read_private, remove, write_private
from keys.record import Frozen, Id, new_id
from keys.statement import dump, load

if TYPE_CHECKING:
    from collections.abc import Iterator

JOURNAL: Final = ".ceremony.json"
WORKSHOP: Final = ".ceremony."
ADDED: Final = "ceremonies"  # of transcripts a workshop holds only the one that it adds
KEPT: Final = (
    "agency.json",
    "desk.keystore",
    "desk.credential",
    "desk.credential.next",
    "roster.sealed",
    "pins.json",
    "policy.json",
    "tokens.json",
    "custody",
    "events",
    "offline",
    "people",
    "roles",
)
_LIMIT: Final = 16 * 1024 * 1024


def _is_inside(text: str) -> str:
    path = PurePosixPath(text)
    if str(path) != text or path.is_absolute() or ".." in path.parts or path.parts[0] not in {*KEPT, ADDED}:
        raise ValueError("not in a home")
    return text


_Place = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_is_inside)]
_Places = Annotated[tuple[_Place, ...], Field(max_length=100_000)]


class _Journal(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    workshop: Id
    changed: _Places
    removed: _Places


def open_workshop(home: Path) -> Path:
    """Copy what ceremonies work on; `FileExposed` for a link or anything else odd."""
    workshop = home / f"{WORKSHOP}{new_id()}"
    make_private_folder(workshop)
    for folder in _folders(home):
        make_private_folder(workshop / folder)
    for place in _files(home):
        try:
            os.link(home / place, workshop / place, follow_symlinks=False)
        except OSError:  # on another disk
            write_private(workshop / place, read_private(home / place, limit=_LIMIT))
    return workshop


def commit(home: Path, workshop: Path) -> None:
    """Put what a workshop holds in the home's place; whoever calls holds the home's lock."""
    before, after = set(_files(home)), set(_files(workshop))
    added = [f"{ADDED}/{path.name}" for path in (workshop / ADDED).glob("[!.]*")]
    changed = sorted(place for place in after if place not in before or _differ(home, workshop, place))
    journal = _Journal(
        workshop=workshop.name.removeprefix(WORKSHOP),
        changed=(*changed, *sorted(added)),
        removed=tuple(sorted(before - after)),
    )
    write_private(home / JOURNAL, dump(journal), new=True)
    settle(home)


def unsettled(home: Path) -> bool:
    """Whether a ceremony was cut short while it was put in place."""
    return (home / JOURNAL).exists()


def settle(home: Path) -> None:
    """Finish what a journal says, and clear away what is left; whoever calls holds the home's lock."""
    if unsettled(home):
        journal = load(read_private(home / JOURNAL, limit=_LIMIT), _Journal, limit=_LIMIT)
        workshop = home / f"{WORKSHOP}{journal.workshop}"
        for place in journal.changed:
            make_private_folder((home / place).parent)
            write_private(home / place, read_private(workshop / place, limit=_LIMIT))
        for place in journal.removed:
            remove(home / place)
        remove(home / JOURNAL)
    for left in home.glob(f"{WORKSHOP}*"):
        shutil.rmtree(left, ignore_errors=True)


def _differ(home: Path, workshop: Path, place: str) -> bool:
    ours, theirs = home / place, workshop / place
    if ours.samefile(theirs):
        return False
    return read_private(ours, limit=_LIMIT) != read_private(theirs, limit=_LIMIT)


def _files(home: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(home):
        top = Path(folder) == home
        folders[:] = [name for name in folders if (name in KEPT if top else not name.startswith("."))]
        for name in folders:
            if (Path(folder) / name).is_symlink():
                raise FileExposed(place_of(Path(folder) / name))
        for name in names:
            if (name in KEPT) if top else not name.startswith("."):
                yield (Path(folder) / name).relative_to(home).as_posix()


def _folders(home: Path) -> Iterator[str]:
    for folder, folders, _ in os.walk(home):
        if Path(folder) == home:
            folders[:] = [name for name in folders if name in KEPT]
        else:
            yield Path(folder).relative_to(home).as_posix()
