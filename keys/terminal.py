"""What the command line for keys asks and tells.

Promises: a passphrase is read from a private file or at a hidden prompt; a refusal is a sentence, what to do
and its code on standard error, with status 2, in the form that the other commands use; what is told is lines
for people or one JSON object.
Never: a traceback, a private key, or a passphrase is printed.
"""

from __future__ import annotations

import json
import sys
import textwrap
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from keys.errors import (
    CredentialMissing,
    KeystoreLocked,
    KeystoreMissing,
    PassphraseFileEmpty,
    PassphraseFileMissing,
    PassphraseMissing,
    PersonUnclear,
    Problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from keys.agency import ListedKey
    from keys.ceremony.home import AgencyHome
    from keys.keystore import HolderSecret, Passphrase
    from keys.roster import Person, Role

_PASSPHRASE_LIMIT = 4096
_WIDTH = 80  # columns


class Telling(TyperGroup):
    """Tells a refusal as a person would want to hear it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            typer.echo(_refusal(problem), err=True)
            raise typer.Exit(2) from None


def _refusal(problem: Problem) -> str:
    return "\n".join(
        (
            *textwrap.wrap(f"Refused: {problem.message}", _WIDTH, subsequent_indent="  "),
            *textwrap.wrap(
                f"What to do: {problem.hint}", _WIDTH, initial_indent="  ", subsequent_indent="    "
            ),
            f"  Code: {problem.code}",
        )
    )


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def load(home: Path) -> AgencyHome:
    """Load a home; errors as `load_home`."""
    from keys.ceremony.home import load_home

    return load_home(home)


def find_person(home: AgencyHome, text: str, *, suspended: bool = False) -> Person:
    """Find a person by id or exact name; `PersonUnclear` otherwise.

    Of several of one name it is the one who is not suspended: somebody enrolled anew has an old entry too.
    With `suspended` it is the other way round.
    """
    found = [person for person in home.roster.people if text in {person.id, person.name}]
    if len(found) > 1:
        found = [person for person in found if (person.suspended is not None) is suspended]
    if len(found) != 1:
        raise PersonUnclear
    return found[0]


def ask_passphrase(file: Path | None, prompt: str, *, new: bool = False) -> Passphrase:
    """Ask for the passphrase of a keystore; errors as `ask_secret`.

    The file may hold a credential, whose 32 bytes may begin with the end of a line.
    """
    from keys.keystore import CREDENTIAL_SIZE, Passphrase

    try:
        return Passphrase(ask_secret(file, prompt, new=new), file)
    except PassphraseFileEmpty:
        if new or file is None or file.stat().st_size != CREDENTIAL_SIZE:
            raise
        return Passphrase("", file)


@contextmanager
def of_person(number: int) -> Iterator[None]:
    """Say of a passphrase that opens nothing whose it was: the person's place in the order named, from 1."""
    try:
        yield
    except KeystoreLocked:
        raise KeystoreLocked(f"person {number} of those named, in their order") from None


def opener(home: Path, keystore: Path, file: Path | None, prompt: str) -> HolderSecret:
    """Ask for what opens a keystore, as it says itself that it is locked: passphrase, credential, or PIN.

    `CredentialMissing`, `TokenUnknown`, or as `ask_secret`.
    """
    from keys.ceremony.unlocking import fitting
    from keys.keystore import Keystore

    opened = Keystore.open(keystore)
    if opened.kind == "credential" and file is None:
        raise CredentialMissing
    asked = "The token's PIN" if opened.kind == "pkcs11" else prompt
    return fitting(home, opened, ask_passphrase(file, asked))


def ask_secret(file: Path | None, prompt: str, *, new: bool = False) -> str:
    """Read a passphrase from a private file, or ask.

    `PassphraseMissing`, `PassphraseFileMissing`, `PassphraseFileEmpty`, `FileExposed`.
    """
    from keys.files import read_private

    if file is not None:
        try:
            lines = read_private(file, limit=_PASSPHRASE_LIMIT).decode("utf-8", "replace").splitlines()
        except KeystoreMissing:
            raise PassphraseFileMissing from None
        if not lines or not lines[0]:
            raise PassphraseFileEmpty
        return lines[0]
    if not _at_a_terminal():
        raise PassphraseMissing
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True))


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def spaced(digits: str) -> str:
    """Write a fingerprint in groups of five."""
    return " ".join(digits[at : at + 5] for at in range(0, len(digits), 5))


def identity(home: AgencyHome) -> dict[str, object]:
    """Say which agency that is."""
    return {"agency": home.agency, "name": home.name, "fingerprint": spaced(home.card.root)}


def about_person(person: Person) -> dict[str, object]:
    """Say what the roster says of a person."""
    return {
        "id": person.id,
        "name": person.name,
        "post": person.post,
        "suspended": person.suspended,
        "keys": [
            {
                "signing": key.verifying_key.key_id,
                "sealing": key.sealing_key.key_id,
                "not_after": key.not_after,
                "revoked": key.revoked,
                "revoked_from": key.revoked_from,
            }
            for key in person.keys
        ],
    }


def about_role(role: Role) -> dict[str, object]:
    """Say what the roster says of a role."""
    return {
        "id": role.id,
        "name": role.name,
        "members": list(role.members),
        "keys": [{"sealing": key.sealing_key.key_id, "revoked": key.revoked} for key in role.keys],
    }


def lines_of(keys: Iterable[ListedKey]) -> Iterator[str]:
    """One line for each of an agency's keys."""
    for key in keys:
        state = "in use" if key.present else "replaced, still counts for what it signed and sealed"
        yield f"  {key.kind:9}  {key.key_id}  {_revoked(key.revoked) or state}"


def lines_of_person(person: Person) -> Iterator[str]:
    """Two lines for each pair of a person's keys, newest first."""
    for key in person.keys:
        state = _revoked(key.revoked) or f"until {key.not_after}"
        yield f"  signing  {key.verifying_key.key_id}  {state}"
        yield f"  sealing  {key.sealing_key.key_id}  {state}"


def _revoked(when: str | None) -> str:
    return "" if when is None else f"revoked {when}"


def tell(as_json: bool, data: dict[str, object], *lines: str) -> None:
    """Print one JSON object, or lines."""
    typer.echo(json.dumps(data, ensure_ascii=False) if as_json else "\n".join(lines))
