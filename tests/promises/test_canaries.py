"""Promises 2, 3 and 7: words and names are where their people are, and nowhere else.

A whole loop is played through real processes with a canary in every place where a person writes or is named:
facts, opinions, subjects, purposes, a file's name and its bytes, notes, read-back, hear-back, the names of the
people themselves. Then every byte that the hub stored, logged, sent or received, and every byte that each desk
left at rest or logged, is searched for each canary in every spelling in which bytes like to hide. So that
the search cannot be blind, it must find the controls that are put there on purpose: one in every spelling, in
every place.
"""

from __future__ import annotations

import base64
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from small_words import draft, heard, restated
from two_desks import RECIPIENT, SENDER, World, build

from exchange.desk.cli.client import DeskClient, DeskRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CANARIES = {
    name: f"Kanarie{name}Zq"
    for name in ("Fact", "Opinion", "Subject", "Purpose", "File", "Bytes", "Note", "Meaning", "Heard", "Risk")
}
NAMES = {"Sender": SENDER[1], "Recipient": RECIPIENT[1]}
CONTROLS: dict[str, Callable[[bytes], bytes]] = {
    "Plain": lambda word: word,
    "Sixteen": lambda word: word.decode().encode("utf-16-le"),
    "Lower": lambda word: word.lower(),
    "Backwards": lambda word: word[::-1],
    "Hex": lambda word: word.hex().encode(),
    "HexSixteen": lambda word: word.decode().encode("utf-16-le").hex().encode(),
    "Base": base64.b64encode,
    "BaseShifted": lambda word: base64.b64encode(b"x" + word),
    "BaseTwice": lambda word: base64.b64encode(b"xy" + word),
    "BaseAmong": lambda word: base64.b64encode(b"xyz" + word + b" and more"),
    "Url": lambda word: base64.urlsafe_b64encode(b"\xff\xfb" + word),
    "BaseSixteen": lambda word: base64.b64encode(b"x" + word.decode().encode("utf-16-le")),
    "Percent": lambda word: word.replace(b" ", b"%20"),
    "Plus": lambda word: word.replace(b" ", b"+"),
}
PATIENCE = 30


def test_no_word_and_no_name_is_anywhere_but_with_its_people(tmp_path: Path) -> None:
    with build(tmp_path, tapped=True) as world:
        ids = _play(world, tmp_path)
        _provoke(world)
        time.sleep(0.5)
    wanted = CANARIES | NAMES
    places = _places(tmp_path)
    assert (tmp_path / "traffic").stat().st_size > 50_000
    for agency in (SENDER[0], RECIPIENT[0]):
        stored = [path for path in places[f"{agency} files"] if path.name.startswith("casebook")]
        assert sum(path.stat().st_size for path in stored) > 50_000
    for name, files in places.items():
        ids_too = ids if name.startswith(("hub", "traffic")) else {}
        assert {name: _found(files, wanted | ids_too)} == {name: {}}
    _plant(places)
    for name, files in _places(tmp_path).items():
        planted = {spelling: _control(spelling, name) for spelling in CONTROLS}
        assert {name: _found(files, planted).keys() ^ planted.keys()} == {name: set()}


def _places(folder: Path) -> dict[str, list[Path]]:
    """Give every file there is, by where it belongs."""
    found = {"hub files": _files(folder / "hub"), "hub log": [folder / "hub.log"]}
    found["traffic"] = [folder / "traffic"]
    for agency in (SENDER[0], RECIPIENT[0]):
        found[f"{agency} files"] = _files(folder / agency)
        found[f"{agency} log"] = [folder / f"{agency}.log"]
    return found


def _control(spelling: str, place: str) -> str:
    return f"Kanarie Control {spelling} {place.title().replace(' ', '')} Zq"


def _plant(places: dict[str, list[Path]]) -> None:
    """Put a control in every spelling into every place: a row of the database where it has one, or a line."""
    for place, files in places.items():
        words = [spell(_control(name, place).encode()) for name, spell in CONTROLS.items()]
        databases = [path for path in files if path.read_bytes()[:6] == b"SQLite"]
        if not databases:
            with files[0].open("ab") as file:
                file.write(b"\n".join([b"", *words, b""]))
            continue
        with closing(sqlite3.connect(databases[0])) as database:
            database.execute("create table control (word blob)")
            database.executemany("insert into control values (?)", [(word,) for word in words])
            database.commit()


def _play(world: World, folder: Path) -> dict[str, str]:
    """Close a loop with a canary in every field; give the ids that only slips may hold."""
    sender, recipient = world.sign_in(*SENDER), world.sign_in(*RECIPIENT)
    attached = folder / "attached" / f"{CANARIES['File']}.txt"
    attached.parent.mkdir()
    attached.write_bytes(CANARIES["Bytes"].encode() * 9000)
    share = draft({"agency": RECIPIENT[0], "person": world.persons[RECIPIENT[0]], "role": None})
    share["purpose_text"] = CANARIES["Purpose"]
    share["immediate_risk"] = CANARIES["Risk"]
    share["facts"][0]["text"] = f"The class teacher saw {CANARIES['Fact']} on Tuesday."
    share["subjects"][0]["name"] = CANARIES["Subject"]
    share["opinions"] = [_opinion()]
    share["emphasis"]["weights"]["O1"] = "context"
    handle = sender.attach(attached)["handle"]
    share["attachments"] = [
        {"handle": handle, "name": attached.name, "media_type": "text/plain", "why_needed": "To see it."}
    ]
    thread = sender.client.post("/api/v1/shares", share)["thread"]
    _until(lambda: _leg(recipient, thread, "sent"))
    recipient.accept(thread, 0, CANARIES["Note"])
    _until(lambda: recipient.words(thread, 0)["attachments"][0]["here"])
    assert b"".join(recipient.attachment(thread, 0, 0)) == attached.read_bytes()
    _until(lambda: _leg(sender, thread, "accepted"))
    sender.note(thread, 0, CANARIES["Note"])
    recipient.read_back(thread, 0, _read_back(recipient.words(thread, 0)))
    _until(lambda: _leg(sender, thread, "read_back"))
    answer = heard()
    answer["heard"].append({"statement": "O1", "understood": True})
    sender.hear_back(thread, 0, answer | {"words": CANARIES["Heard"]})
    _until(lambda: _leg(recipient, thread, "closed"))
    assert CANARIES["Fact"] in str(recipient.words(thread, 0))  # it did arrive where it belongs
    return {
        "thread": thread,
        "sender id": world.persons[SENDER[0]],
        "recipient id": world.persons[RECIPIENT[0]],
    }


def _provoke(world: World) -> None:
    """Make both desks and the hub refuse things that carry canaries; no answer may repeat one."""
    sender = world.sign_in(*SENDER)
    fact = CANARIES["Fact"]
    for path, body in (
        ("/api/v1/shares", {"facts": [{"id": fact, "text": fact}], fact: fact}),
        ("/api/v1/shares", {"recipients": [{"agency": fact, "person": fact}]}),
        ("/api/v1/decisions", {"outcome": fact}),
        (f"/api/v1/threads/{fact}/refuse", {"words": fact}),
        ("/api/v1/session", {"person": fact, "passphrase": fact}),
    ):
        with pytest.raises(DeskRefused) as refused:
            sender.client.post(path, body)
        assert fact not in f"{refused.value.detail}{refused.value.advice}{refused.value.all}"
    hub = DeskClient(f"http://127.0.0.1:{world.ports['hub']}")
    for path, body in (("/v1/agencies", {"payload": fact}), ("/v1/envelopes", {fact: fact})):
        with pytest.raises(DeskRefused) as refused:
            hub.post(path, body)
        assert fact not in f"{refused.value.detail}{refused.value.advice}{refused.value.all}"


def _opinion() -> dict[str, Any]:
    return {
        "id": "O1",
        "text": f"She worries about {CANARIES['Opinion']}.",
        "whose": SENDER[1],
        "capacity": "Safeguarding lead",
        "rests_on": ["F1"],
        "confidence": "medium",
        "why_needed": "It is why we write.",
    }


def _read_back(words: dict[str, Any]) -> dict[str, Any]:
    form = restated(words)
    form["restatements"][0]["meaning"] += f" {CANARIES['Meaning']}"
    opinion = {"statement": "O1", "meaning": "A worry of hers.", "taken_as": "opinion", "weight": "context"}
    form["restatements"].append(opinion)
    return form


def _leg(at: Any, thread: str, state: str) -> bool:
    try:
        return at.show(thread)["legs"][0]["state"] == state
    except DeskRefused:
        return False


def _until(holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _spellings(word: str) -> Iterator[bytes]:
    for data in (word.encode(), word.encode("utf-16-le"), word.lower().encode(), word.encode()[::-1]):
        yield data
        yield data.hex().encode()
        for shift in range(3):  # base64 at each alignment, without the ends that the neighbours decide
            yield base64.b64encode(b"\0" * shift + data)[4 if shift else 0 : -4]
            yield base64.urlsafe_b64encode(b"\0" * shift + data)[4 if shift else 0 : -4]
    yield word.replace(" ", "%20").encode()
    yield word.replace(" ", "+").encode()


def _found(files: list[Path], words: dict[str, str]) -> dict[str, str]:
    """Say which word stands in which file (or in which file's name)."""
    found = {}
    for path in files:
        data = path.name.encode() + b"\n" + path.read_bytes()
        for name, word in words.items():
            if any(spelling in data for spelling in _spellings(word)):
                found[name] = path.name
    return found
