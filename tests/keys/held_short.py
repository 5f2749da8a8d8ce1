"""Kills a ceremony at each of its writes in turn, in a process of its own, and tells how each home loads afterwards.

The input says where a home is, who is who, and which ceremony. Each attempt starts from a copy of the home, is
killed by SIGKILL just before its nth write to the file system, and then the home must load as it was before, or
as it is after the whole ceremony, with its transcript. No thread runs in this process, so that it may fork.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from council import NOW, Council
from cut_short import in_a_child, kill_before
from test_holding import CEREMONIES

from keys.ceremony.home import load_home
from keys.ceremony.secret import opened_now, renew_credential

MOST = 400


def stands(home: Path) -> str:
    """What a home says of itself: version, events, keys, and which ceremonies were held."""
    found = load_home(home, NOW)
    kept = [one.transcript.ceremony for one in found.ceremonies]
    left = sorted(path.name for path in home.glob(".ceremony*"))
    people = len(list((home / "people").glob("*.keystore")))
    return f"{found.roster.version} {len(found.events)} {len(found.keyring.ids())} {people} {kept} {left}"


def hold(town: Council, ceremony: Any) -> None:
    with town.hold(ceremony, "Ann", "Ben") as held:
        if ceremony == "secret":
            renew_credential(held.path)
            held.told.append(opened_now(held.path, "desk"))
        else:
            CEREMONIES[ceremony](town, held.path)


def main() -> None:
    given = json.load(sys.stdin)
    original, ids, ceremony = Path(given["home"]), given["ids"], given["ceremony"]
    _, before = in_a_child(lambda: stands(original))
    whole = original.with_name("whole")
    shutil.copytree(original, whole)
    in_a_child(lambda: hold(Council(whole, ids), ceremony))
    _, after = in_a_child(lambda: stands(whole))
    kills, seen, neither = 0, [], []
    for write in range(1, MOST):
        home = original.with_name(f"copy-{write}")
        shutil.copytree(original, home)

        def attempt(home: Path = home, write: int = write) -> None:
            kill_before(write, str(home))
            hold(Council(home, ids), ceremony)

        killed, _ = in_a_child(attempt)

        def look(home: Path = home) -> str:
            return stands(home)

        status, found = in_a_child(look)
        kind = (
            "before"
            if found.rsplit(" [", 1)[0] == before.rsplit(" [", 1)[0]  # whatever is left lying
            else "after"
            if found == after
            else "neither"
        )
        seen.append(kind)
        if status != 0 or kind == "neither":
            neither.append((write, found, after))
        shutil.rmtree(home)
        if killed != signal.SIGKILL:
            break
        kills += 1
    json.dump({"kills": kills, "seen": seen, "neither": neither}, sys.stdout)


if __name__ == "__main__":
    main()
