"""A hub and two desks as processes of their own, each of which may be killed at any moment and comes back.

Promises: a process is started on the same home and port each time, exactly as an operator would start it.
Never: it is stopped politely. `kill` is SIGKILL.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Self

from notary import believing, pin_anew
from recorder import Recorder

from exchange.demo.processes import HOST, hold_ports
from exchange.desk.cli.client import DeskClient
from exchange.desk.cli.practitioner import Practitioner, sign_in
from exchange.hub.config import HubConfig
from exchange.hub.service import admit
from exchange.hub.service import found as found_hub
from keys.ceremony.agency import found
from keys.ceremony.people import enrol_person
from keys.keystore import Cost, Passphrase
from keys.suite import fingerprint

if TYPE_CHECKING:
    import socket
    from pathlib import Path

COST = Cost(memory_kib=1024, passes=1, lanes=1)
READY_SECONDS = 60
PASSPHRASE = "as short as a test may have it"
SENDER = ("moorfield-primary", "Carol Finch")
RECIPIENT = ("northshire-childrens", "Sam Okoro")
PROBES = {"hub": "/v1/openapi.json"}


@dataclass(slots=True)
class World:
    """The three processes, by name: `hub`, and each agency's desk under the agency's id."""

    folder: Path
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    recorder: Recorder | None = None
    held: dict[int, socket.socket] = field(default_factory=dict)  # the ports', against others

    def start(self, name: str) -> None:
        command = ["hub", "serve"] if name == "hub" else ["desk", "serve"]
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "exchange.cli", *command, str(self.folder / name)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_up(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(self.ports[name], PROBES.get(name, "/api/v1/openapi.json")):
            ended = self.running[name].poll()
            if ended is not None or time.monotonic() > deadline:
                tail = (self.folder / f"{name}.log").read_text("utf-8", "replace")[-3000:]
                raise RuntimeError(f"{name} did not come up (status {ended}):\n{tail}")
            time.sleep(0.02)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    def stop(self) -> None:
        for name in self.running:
            self.kill(name)
        if self.recorder is not None:
            self.recorder.close()
        for one in self.held.values():
            one.close()

    def sign_in(self, agency: str, person: str) -> Practitioner:
        address = f"http://{HOST}:{self.ports[agency]}"
        return Practitioner(
            DeskClient(address, sign_in(address, person, PASSPHRASE)["token"], lambda: PASSPHRASE)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def build(folder: Path, *, tapped: bool = False) -> World:
    """Found both agencies, admit them at a new hub, and start everything.

    `tapped` puts a recorder between the desks and the hub, which writes to `folder/traffic`.
    """
    names = ["hub", SENDER[0], RECIPIENT[0]]
    held = hold_ports(len(names) + 1)  # to the end: no restart may find its port taken
    *ports, tap = held
    world = World(folder, dict(zip(names, ports, strict=True)), held=held)
    door = tap if tapped else world.ports["hub"]
    if tapped:
        world.recorder = Recorder(tap, world.ports["hub"], folder / "traffic")
    address = f"http://{HOST}:{door}"
    log = found_hub(folder / "hub", address=address, host=HOST, port=world.ports["hub"])
    homes = []
    earlier = datetime.now(UTC) - timedelta(minutes=5)
    for agency, person in (SENDER, RECIPIENT):
        home = folder / agency
        made = found(
            home, agency=agency, name=agency, passphrase=Passphrase(PASSPHRASE), now=earlier, cost=COST
        )
        entry = enrol_person(
            home, name=person, post="Practitioner", passphrase=Passphrase(PASSPHRASE), now=earlier, cost=COST
        )
        world.persons[agency] = entry.id
        root = fingerprint(made.keys.root.to_bytes())
        asyncio.run(admit(HubConfig.read(folder / "hub"), agency, root))
        homes.append(made)
        (home / "desk.toml").write_text(f'hub = "{address}"\nport = {world.ports[agency]}\n')
    policy = believing(log, *homes)
    for made in homes:
        pin_anew(made, policy)
    for name in names:
        world.start(name)
    for name in names:
        world.wait_until_up(name)
    _wait_until_acquainted(world)
    return world


def _wait_until_acquainted(world: World) -> None:
    """Wait until each desk holds the other's roster; before that, nobody there can be written to."""
    for (agency, person), (_, other) in ((SENDER, RECIPIENT), (RECIPIENT, SENDER)):
        at = world.sign_in(agency, person)
        deadline = time.monotonic() + READY_SECONDS
        while not any(found["name"] == other for found in at.whom(other)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{agency} never received the other roster")
            time.sleep(0.02)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
