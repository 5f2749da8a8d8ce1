"""What opens the keys of the desk, of a person, or offline: another passphrase, credential or token.

Promises: the keys stay the same, so nobody is enrolled anew; the present secret is asked for as its keystore
says that it is locked; a PIN or a passphrase comes from a private file or a hidden prompt.
Never: the old secret stops opening copies that were made before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from keys.cli.options import AsJson, Home, register
from keys.errors import CredentialMissing, PinFileMissing, SecretUnfit
from keys.terminal import ask_passphrase, ask_secret, find_person, load, opener, tell

if TYPE_CHECKING:
    from keys.keystore import HolderSecret

Kind = Literal["passphrase", "credential", "pkcs11"]
SecretFile = Annotated[
    Path | None, typer.Option(help="A private file with the present passphrase, credential or PIN.")
]
NewSecretFile = Annotated[
    Path | None,
    typer.Option(help="The same for the new one. A credential is made there; the desk's has its place."),
]
Module = Annotated[Path | None, typer.Option(help="The token's PKCS#11 library, such as its maker supplies.")]


def secret(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    of: Annotated[str, typer.Option(help="desk, root, next-root, records, or a person: id or exact name.")],
    to: Annotated[Kind, typer.Option(help="What shall open them from now on.")],
    secret_file: SecretFile = None,
    new_secret_file: NewSecretFile = None,
    module: Module = None,
    token: Annotated[str | None, typer.Option(help="The token's label.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what opens keys: passphrase, file credential, or PKCS#11 token. The keys stay the same."""
    from keys.ceremony.secret import OFFLINE, keystore_of
    from keys.ceremony.unlocking import desk_secret

    holder = of if of == "desk" or of in OFFLINE else find_person(load(home), of).id
    present = (
        desk_secret(home)
        if holder == "desk"
        else opener(home, keystore_of(home, holder), secret_file, "Present passphrase")
    )
    if to == "pkcs11":
        if module is None or token is None:
            raise typer.BadParameter("--to pkcs11 needs --module and --token")
        _to_token(home, holder, present, module, token, new_secret_file)
    else:
        _to_secret(home, holder, present, to, new_secret_file)
    tell(as_json, {"of": holder, "opened by": to}, f"Changed: a {_SAID[to]} opens these keys now.")


_SAID = {"passphrase": "passphrase", "credential": "file credential", "pkcs11": "PKCS#11 token"}


def _to_token(  # noqa: PLR0913, PLR0917 - whose keys, from what, to which token, with which PIN
    home: Path, holder: str, present: HolderSecret, module: Path, label: str, pin_file: Path | None
) -> None:
    from keys.ceremony.secret import move_to_token
    from keys.ceremony.unlocking import read_pin

    desk = holder == "desk"
    if desk and pin_file is None:
        raise PinFileMissing
    pin = ask_secret(None, "The token's PIN") if pin_file is None else read_pin(pin_file)
    kept = pin_file.absolute() if desk and pin_file is not None else None
    move_to_token(home, holder, present, module=module, label=label, pin=pin, pin_file=kept)


def _to_secret(home: Path, holder: str, present: HolderSecret, to: Kind, file: Path | None) -> None:
    from keys.ceremony.secret import OFFLINE, change_secret, renew_credential
    from keys.keystore import FileCredential

    if to == "passphrase":
        if holder == "desk":
            raise SecretUnfit
        change_secret(home, holder, present, ask_passphrase(file, "New passphrase", new=True))
    elif holder == "desk":
        renew_credential(home)
    elif holder not in OFFLINE:
        raise SecretUnfit
    elif file is None:
        raise CredentialMissing
    else:
        change_secret(home, holder, present, FileCredential.create(file))


def add(app: typer.Typer) -> None:
    """Add this command to `readback keys`."""
    register(app, secret)
