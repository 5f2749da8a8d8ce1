"""The hub as a program: set up, admit, serve, stop; and killed at any moment."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import aiohttp
import pytest
from hub_at_work import A, Agency, B, envelope
from ports import free_port
from typer.testing import CliRunner

from exchange.cli import app
from exchange.errors import SettingsRefused
from exchange.hub.config import FILE, HubConfig
from keys.record import new_id
from keys.suite import fingerprint
from keys.transparency.note import VerifierKey

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("READBACK_KILLS", "3"))
SERVE = "import sys; from exchange.hub.cli import app; app()"


Serve = Callable[["Path"], "subprocess.Popen[bytes]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start hubs that do not outlive the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(home: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SERVE, "serve", str(home)]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        if process.stderr is not None and not process.stderr.closed:  # the test did not hear it out itself
            process.communicate()
        process.wait()


def set_up(home: Path, *agencies: Agency) -> str:
    port = free_port()
    done = CliRunner().invoke(
        app, ["hub", "init", str(home), "--port", str(port), "--address", "http://hub.test"]
    )
    assert done.exit_code == 0, done.output
    for agency in agencies:
        done = CliRunner().invoke(app, ["hub", "admit", str(home), agency.name, agency.fingerprint])
        assert done.exit_code == 0, done.output
    return f"http://127.0.0.1:{port}"


def test_a_rehearsed_founding_leaves_nothing_and_the_founding_a_record(tmp_path: Path) -> None:
    rehearsed = CliRunner().invoke(app, ["hub", "init", str(tmp_path / "hub"), "--rehearse"])
    assert rehearsed.exit_code == 0
    assert rehearsed.stdout.startswith("REHEARSAL.")
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(app, ["hub", "init", str(tmp_path / "hub")])
    assert "--- Record of the founding of a hub ---" in done.stdout
    assert "REHEARSAL" not in done.stdout


async def wait_for(base: str, http: aiohttp.ClientSession) -> None:
    for _ in range(200):
        try:
            async with http.get(base + "/v1/openapi.json") as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    raise AssertionError("the hub does not start")


def test_setting_up_twice_or_oddly_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "hub"
    odd = CliRunner().invoke(app, ["hub", "init", str(home), "--address", "ftp://hub"])
    assert (odd.exit_code, "Code: settings_refused" in odd.stderr) == (2, True)
    assert CliRunner().invoke(app, ["hub", "init", str(home)]).exit_code == 0
    assert HubConfig.read(home).address == "http://127.0.0.1:8440"
    assert CliRunner().invoke(app, ["hub", "init", str(home)]).exit_code == 2
    for agency, words in (("Not An Agency", fingerprint(b"x")), (A, "12345"), (A, fingerprint(b"x")[:-1])):
        assert CliRunner().invoke(app, ["hub", "admit", str(home), agency, words]).exit_code == 2
    assert CliRunner().invoke(app, ["hub", "serve", str(tmp_path / "nothing")]).exit_code == 2


def test_a_hub_is_set_up_with_a_key_for_its_log(tmp_path: Path) -> None:
    home = tmp_path / "hub"
    options = ["--address", "https://hub.test", "--origin", "region.test/log", "--witnesses", "3"]
    done = CliRunner().invoke(app, ["hub", "init", str(home), *options])
    config = HubConfig.read(home)
    assert (config.origin, config.witnesses_wanted) == ("region.test/log", 3)
    vkey = done.output.splitlines()[2]
    assert VerifierKey.from_vkey(vkey).name == "region.test/log"
    assert CliRunner().invoke(app, ["hub", "log", str(home)]).output == f"{vkey}\n"
    assert {path.stat().st_mode & 0o777 for path in home.iterdir() if path.name.startswith("log.")} == {0o600}
    for odd in ("with space", "a+b", ""):
        (home / FILE).write_text(f'address = "https://hub.test"\norigin = "{odd}"\n')
        with pytest.raises(SettingsRefused):
            HubConfig.read(home)
    (home / FILE).write_text('address = "https://hub.test:8440"\n')
    assert HubConfig.read(home).origin == "hub.test:8440"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "address = 1",
        'address = "x"',
        'address = "http://h"\nodd = 1',
        'address = "http://h"\nport = 70000',
        "[",
        b"\xff",
    ],
)
def test_odd_settings_are_named(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsRefused):
        HubConfig.read(tmp_path)


def test_an_address_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    home = tmp_path / "hub"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert CliRunner().invoke(app, ["hub", "init", str(home), "--port", str(port)]).exit_code == 0
        serve = [sys.executable, "-m", "exchange.cli", "hub", "serve", str(home)]
        refused = subprocess.run(serve, capture_output=True, text=True, check=False)
    assert (refused.returncode, "Code: address_unusable" in refused.stderr) == (2, True), refused.stderr


async def test_it_stops_when_told_and_its_log_is_json_without_addresses(serve: Serve, tmp_path: Path) -> None:
    a, b = Agency(A), Agency(B)
    base = await asyncio.to_thread(set_up, tmp_path / "hub", a, b)
    process = serve(tmp_path / "hub")
    async with aiohttp.ClientSession() as http:
        await wait_for(base, http)
        for agency in (a, b):
            agency.base, agency.http = base, http
            assert await agency.register() == 201
        waiting = asyncio.ensure_future(b.read(wait=50))
        name = new_id()
        await a.post(envelope(B, name=name))
        assert len(await waiting) == 1
        waiting = asyncio.ensure_future(b.read(wait=50))
        async with http.get(base + "/v1/mailbox?after=canary") as answer:
            assert answer.status == 401
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert await waiting == []
    _, said = await asyncio.to_thread(process.communicate, timeout=20)
    assert process.returncode == 0, said
    lines = [json.loads(line) for line in said.splitlines()]
    events = [line["event"] for line in lines]
    assert events == [
        "hub.started",
        "agency.enrolled",
        "agency.enrolled",
        "proof.refused",
        "hub.draining",
        "hub.stopped",
    ]
    for unsaid in (name, "canary", "/v1/", "127.0.0.1"):
        assert unsaid not in said.decode()


class Traffic:
    """A sender that repeats itself until it is heard, and a reader that goes on where it stopped."""

    def __init__(self, a: Agency, b: Agency) -> None:
        self.a, self.b = a, b
        self.accepted: list[bytes] = []
        self.received: list[bytes] = []
        self.stopping = False
        self.all_sent = False

    async def send(self) -> None:
        while not self.stopping:
            sent = envelope(B, text=os.urandom(500))
            await self._post_until_heard(sent)
            self.accepted.append(sent)

    async def _post_until_heard(self, sent: bytes) -> None:
        while True:
            try:
                (result,) = await self.a.post(sent)
            except (aiohttp.ClientError, AssertionError):
                await asyncio.sleep(0.02)
                continue
            assert result.status in {"accepted", "duplicate"}
            return

    async def receive(self) -> None:
        while not self.all_sent or len(self.received) < len(self.accepted):
            try:
                self.received.extend(mail.data for mail in await self.b.read(wait=1))
            except (aiohttp.ClientError, AssertionError):
                await asyncio.sleep(0.02)


async def test_killed_at_any_moment_it_loses_and_doubles_nothing(serve: Serve, tmp_path: Path) -> None:
    a, b = Agency(A), Agency(B)
    base = await asyncio.to_thread(set_up, tmp_path / "hub", a, b)
    process = serve(tmp_path / "hub")
    async with aiohttp.ClientSession() as http:
        await wait_for(base, http)
        for agency in (a, b):
            agency.base, agency.http = base, http
            assert await agency.register() == 201
        traffic = Traffic(a, b)
        senders = [asyncio.ensure_future(traffic.send()) for _ in range(4)]
        receiver = asyncio.ensure_future(traffic.receive())
        for number in range(KILLS):
            await asyncio.sleep(0.1 + (number * 37 % 20) / 40)
            process.kill()
            await asyncio.to_thread(process.communicate)
            process = serve(tmp_path / "hub")
            await wait_for(base, http)
        await asyncio.sleep(0.5)
        traffic.stopping = True
        await asyncio.wait_for(asyncio.gather(*senders), 60)
        traffic.all_sent = True
        await asyncio.wait_for(receiver, 60)
    process.terminate()
    await asyncio.to_thread(process.communicate)
    assert len(traffic.accepted) > 10
    assert sorted(traffic.received) == sorted(traffic.accepted)
