"""The settings' file, followed while the desk runs.

Promises: a change counts within a minute, without a restart; one that cannot be read leaves those in force
that were, and says so in the log and as `problem`.
Never: a desk fails to start, or to serve anybody, because of it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from exchange.desk.notifying.settings import FILE, NONE, Settings, read_settings
from exchange.errors import SettingsRefused

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger("desk.notices")
_Stamp = tuple[int, int, int]


class SettingsFile:
    """`HOME/notices.toml` as last read."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.problem: SettingsRefused | None = None
        self._current = NONE
        self._seen: _Stamp | None = None

    async def refresh(self) -> Settings:
        """Give the settings that count now: the same value as before while the file is the same."""
        return await asyncio.to_thread(self._refresh)

    def _refresh(self) -> Settings:
        stamp = self._stamp()
        if stamp != self._seen:
            try:
                self._current = NONE if stamp is None else read_settings(self.home)
                self.problem = None
            except SettingsRefused as problem:
                self.problem = problem
                _log.warning(
                    "notices.settings_refused", code=problem.code
                )  # the setting may be a role's name
            self._seen = stamp
        return self._current

    def _stamp(self) -> _Stamp | None:
        try:
            status = (self.home / FILE).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
