"""Kills a change of secret at each of its writes in turn, in a process of its own, and tells what opened afterwards.

The input says which change, in which home. Each attempt starts from a copy of the home, is killed by SIGKILL just before
its nth write to the file system, and then the same keys must open with the old secret or the new one; a last
attempt over what was left must go through. No thread runs in this process, so that it may fork.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from keys.ceremony.secret import change_secret, move_to_token, renew_credential
from keys.ceremony.unlocking import desk_secret, unlock_desk
from keys.errors import Problem
from keys.keystore import Cost, FileCredential, Keystore, Passphrase

if TYPE_CHECKING:
    from collections.abc import Callable

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
OLD, NEW = Passphrase("correct horse battery"), Passphrase("pale river seven lamps")
WRITES = {"os.rename", "os.link", "os.remove", "os.truncate"}
MOST = 200


def in_a_child(act: Callable[[], object]) -> tuple[int, str]:
    """What `act` gave as text, and the signal that ended it (0: none)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(writer, str(act()).encode())
            code = 0
        except Problem as problem:
            os.write(writer, problem.code.encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)), said


def kill_before(write: int, under: str) -> None:
    """End this process without warning just before it changes something under `under` for the nth time."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (opens or event in WRITES) and str(arguments[0]).startswith(under):
            seen += 1
            if seen == write:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


class Change:
    """One change of secret in `home`, and how to tell which secret opens it."""

    def __init__(self, given: dict[str, str]) -> None:
        self.given = given

    def make(self, home: Path) -> None:
        match self.given["act"]:
            case "passphrase":
                if self.opened_by(home).startswith("old"):
                    change_secret(home, self.given["ann"], OLD, NEW, cost=CHEAP)
            case "credential" | "back":
                renew_credential(home)
            case "token":
                pin_file = Path(self.given["pin_file"])
                pin = pin_file.read_text().strip()
                module = Path(self.given["module"])
                present = desk_secret(home)
                move_to_token(home, "desk", present, module=module, label="desk", pin=pin, pin_file=pin_file)

    def opened_by(self, home: Path) -> str:
        """`old` or `new` with the names of the keys that open, or what was refused."""
        if self.given["act"] == "passphrase":
            keystore = Keystore.open(home / "people" / f"{self.given['ann']}.keystore")
            for name, secret in (("old", OLD), ("new", NEW)):
                try:
                    return f"{name} {keystore.unlock(secret).ids()}"
                except Problem:
                    continue
            return "neither"
        ids = unlock_desk(home).ids()
        keystore = Keystore.open(home / "desk.keystore")
        if self.given["act"] in {"token", "back"}:
            old = (keystore.kind == "pkcs11") == (self.given["act"] == "back")
        else:
            try:
                keystore.unlock(FileCredential(Path(self.given["home"]) / "desk.credential"))
                old = True
            except Problem:
                old = False
        return f"{'old' if old else 'new'} {ids}"


def main() -> None:
    given = json.load(sys.stdin)
    change, original = Change(given), Path(given["home"])
    _, before = in_a_child(lambda: change.opened_by(original))
    names = before.partition(" ")[2]
    kills, opened, neither, ended = 0, [], [], True
    for write in range(1, MOST):
        home = original.with_name(f"copy-{write}")
        shutil.copytree(original, home)

        def attempt(home: Path = home, write: int = write) -> None:
            kill_before(write, str(home))
            change.make(home)

        killed, _ = in_a_child(attempt)
        status, after = in_a_child(lambda home=home: change.opened_by(home))
        opened.append(after.partition(" ")[0])
        if status != 0 or after.partition(" ")[2] != names:
            neither.append((write, after))
        again, _ = in_a_child(lambda home=home: change.make(home))
        status, after = in_a_child(lambda home=home: change.opened_by(home))
        left = sorted(path.name for path in home.iterdir() if path.name == "desk.credential.next")
        ended = ended and again == 0 and after == f"new {names}" and left == []
        shutil.rmtree(home)
        if killed != signal.SIGKILL:
            break
        kills += 1
    json.dump({"kills": kills, "opened by": opened, "neither": neither, "ended": ended}, sys.stdout)


if __name__ == "__main__":
    main()
