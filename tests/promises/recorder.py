"""A tap on the wire: forwards every byte between the desks and the hub, and writes each one down.

Promises: what it recorded is all that an eavesdropper inside the hub's TLS would have seen, both ways.
Never: it changes a byte.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from exchange.demo.processes import HOST

if TYPE_CHECKING:
    from pathlib import Path

PIECE = 65536


class Recorder:
    """Listens on a port of its own and forwards to `to`, appending everything to `path`."""

    def __init__(self, port: int, to: int, path: Path) -> None:
        self._to = to
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()
        self._listener = socket.create_server((HOST, port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening; connections that are open end with their sides."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection((HOST, self._to))
                except OSError:
                    near.close()
                    continue
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                with self._lock:
                    self._file.write(piece)
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
