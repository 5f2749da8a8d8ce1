"""The demonstration's processes: a hub and desks, each a `readback … serve` of its own.

Promises: what was started is stopped, politely and then firmly, whatever happens in between; a process that
dies is reported with the last lines of its log; nobody else is given a port of theirs meanwhile (on Linux).
Never: it listens on anything but loopback.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final, NoReturn, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
_PAUSE: Final = 0.05
_TAIL: Final = 15  # lines
_SHARES: Final = sys.platform == "linux"


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
    held: dict[int, socket.socket] = field(default_factory=dict)  # by port

    def hold_ports(self, count: int) -> list[int]:
        """Find ports, and hold each until the process for which it is answers there."""
        held = hold_ports(count)
        self.held |= held
        return [*held]

    def _let_go(self, port: int) -> None:
        if port in self.held:
            self.held.pop(port).close()

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
                self._let_go(port)

    def watch(self) -> NoReturn:
        """Wait until interrupted; `ProcessEnded` if one dies meanwhile."""
        while True:
            time.sleep(1)
            self.check()

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
        for port in [*self.held]:
            self._let_go(port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def hold_ports(count: int) -> dict[int, socket.socket]:
    """Find ports on loopback, and on Linux hold them, each by a socket to be closed in the end.

    A socket that is bound and does not listen lets another listen beside it, if both agree to share the
    address, as asyncio's servers do; and the system gives its port to nobody who asks for any. Elsewhere
    that may be refused, so the sockets are closed already.
    """
    held: dict[int, socket.socket] = {}
    for _ in range(count):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((HOST, 0))
        held[int(one.getsockname()[1])] = one
    if not _SHARES:
        for one in held.values():
            one.close()
    return held


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    with suppress(OSError, HTTPException):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status == HTTPStatus.OK
    connection.close()
    return False


def _report(server: Server, what: str) -> str:
    lines = server.log.read_text("utf-8", "replace").splitlines()[-_TAIL:]
    return "\n".join([f"The {server.name} {what}. The end of its log:", *(f"  {line}" for line in lines)])
