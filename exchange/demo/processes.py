"""The demonstration's processes: a hub and desks, each a `readback … serve` of its own.

Promises: what was started is stopped, politely and then firmly, whatever happens in between; a process that
dies is reported with the last lines of its log.
Never: it listens on anything but loopback.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
_PAUSE: Final = 0.05
_TAIL: Final = 15  # lines


class ProcessEnded(RuntimeError):
    """A process of the demonstration ended before it should have."""


@dataclass(frozen=True, slots=True)
class Server:
    """One process, the addresses at which it answers, and where it logs."""

    name: str
    process: subprocess.Popen[bytes]
    probes: tuple[tuple[int, str], ...]  # port and path
    log: Path


@dataclass(slots=True)
class Troupe:
    """All processes, in the order in which they were started."""

    logs: Path
    servers: list[Server] = field(default_factory=list)

    def start(self, name: str, arguments: list[str], probes: tuple[tuple[int, str], ...]) -> None:
        """Start `readback` with these arguments; it is up when every probe answers."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own making
                [sys.executable, "-m", "exchange.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C comes to us alone, who then stop them in order
            )
        self.servers.append(Server(name, process, probes, log))

    def wait_until_up(self) -> None:
        """Wait until every process answers; `ProcessEnded` if one dies or stays silent."""
        deadline = time.monotonic() + READY_SECONDS
        for server in self.servers:
            for port, path in server.probes:
                while not _answers(port, path):
                    self.check()
                    if time.monotonic() > deadline:
                        raise ProcessEnded(_report(server, "does not answer"))
                    time.sleep(_PAUSE)

    def check(self) -> None:
        """`ProcessEnded`, with the end of its log, if a process is gone."""
        for server in self.servers:
            if server.process.poll() is not None:
                raise ProcessEnded(_report(server, f"ended with status {server.process.returncode}"))

    def stop(self) -> None:
        """Stop everything, last started first."""
        for server in reversed(self.servers):
            server.process.terminate()
        for server in reversed(self.servers):
            try:
                server.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()
        self.servers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def free_ports(count: int) -> list[int]:
    """Find ports on loopback that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    with suppress(OSError, HTTPException):
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()
        return True
    connection.close()
    return False


def _report(server: Server, what: str) -> str:
    lines = server.log.read_text("utf-8", "replace").splitlines()[-_TAIL:]
    return "\n".join([f"The {server.name} {what}. The end of its log:", *(f"  {line}" for line in lines)])
