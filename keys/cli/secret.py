"""What opens the keys of the desk, of a person, or offline: another passphrase, credential or token.

Promises: the keys stay the same, so nobody is enrolled anew; the present secret is asked for as its keystore
says that it is locked; a PIN or a passphrase comes from a private file or a hidden prompt; the transcript of
a person's own change is signed by that person, of any other by an administrator.
Never: the old secret stops opening copies that were made before.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.cli.options import AsJson, Home, PassphraseFile, register
from keys.errors import CredentialMissing, KeystoreExists, PinFileMissing, SecretUnfit
from keys.terminal import ask_passphrase, ask_secret, find_person, load, now, opener

if TYPE_CHECKING:
    from keys.ceremony.holding import Held
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
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Change what opens keys: passphrase, file credential, or PKCS#11 token. The keys stay the same.

    A person's own are changed by that person alone, without --by. For the others an administrator holds it.
    """
    from keys.ceremony.hands import own_hand
    from keys.ceremony.holding import hold
    from keys.ceremony.secret import OFFLINE, keystore_of, opened_now
    from keys.ceremony.unlocking import desk_secret

    loaded, moment = load(home), now()
    own = of != "desk" and of not in OFFLINE
    holder = find_person(loaded, of).id if own else of
    if own and by:
        raise typer.BadParameter("a person's own secret is theirs alone to change: leave --by away")
    if to == "pkcs11" and (module is None or token is None):
        raise typer.BadParameter("--to pkcs11 needs --module and --token")
    if (to == "passphrase" and holder == "desk") or (to == "credential" and own):
        raise SecretUnfit
    holding = [] if own else hands(loaded, "secret", by, by_passphrase_file)
    if holder == "desk":
        present = desk_secret(home)
    else:
        present = opener(home, keystore_of(home, holder), secret_file, "Present passphrase")
    if own:
        holding = [own_hand(loaded, holder, present)]
    ceremony: Literal["own-secret", "secret"] = "own-secret" if own else "secret"
    with hold(home, ceremony, holding, now=moment, rehearse=rehearse) as held:
        if module is not None and token is not None:
            _to_token(held, holder, present, module, token, new_secret_file)
        else:
            _to_secret(held, holder, present, to, new_secret_file, rehearse=rehearse)
        held.told.append(opened_now(held.path, holder))
    tell_held(as_json, held, {"of": holder, "opened by": to}, f"Changed: a {_SAID[to]} opens these keys now.")


def passphrase(  # noqa: PLR0913, PLR0917 - each is an option of the command
    home: Home,
    person: Annotated[str, typer.Argument(help="Id or exact name.")],
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: PassphraseFile = None,
    rehearse: Rehearse = False,
    as_json: AsJson = False,
) -> None:
    """Change a person's passphrase. Only who knows the old one can."""
    who = find_person(load(home), person).id
    secret(home, who, "passphrase", passphrase_file, new_passphrase_file, rehearse=rehearse, as_json=as_json)


_SAID = {"passphrase": "passphrase", "credential": "file credential", "pkcs11": "PKCS#11 token"}


def _to_token(  # noqa: PLR0913, PLR0917 - whose keys, from what, to which token, with which PIN
    held: Held, holder: str, present: HolderSecret, module: Path, label: str, pin_file: Path | None
) -> None:
    from keys.ceremony.secret import move_to_token
    from keys.ceremony.unlocking import read_pin

    desk = holder == "desk"
    if desk and pin_file is None:
        raise PinFileMissing
    pin = ask_secret(None, "The token's PIN") if pin_file is None else read_pin(pin_file)
    kept = pin_file.absolute() if desk and pin_file is not None else None
    move_to_token(held.path, holder, present, module=module, label=label, pin=pin, pin_file=kept)


def _to_secret(  # noqa: PLR0913 - whose keys, from what, to what, and where that is put
    held: Held, holder: str, present: HolderSecret, to: Kind, file: Path | None, *, rehearse: bool
) -> None:
    from keys.ceremony.secret import change_secret, renew_credential
    from keys.keystore import FileCredential

    if to == "passphrase":
        change_secret(held.path, holder, present, ask_passphrase(file, "New passphrase", new=True))
    elif holder == "desk":
        renew_credential(held.path)
    elif file is None:
        raise CredentialMissing
    elif rehearse:
        if file.exists():
            raise KeystoreExists
        with TemporaryDirectory() as aside:
            change_secret(held.path, holder, present, FileCredential.create(Path(aside) / "credential"))
    else:
        change_secret(held.path, holder, present, FileCredential.create(file))


def add(app: typer.Typer) -> None:
    """Add these commands to `readback keys`."""
    register(app, passphrase, secret)
