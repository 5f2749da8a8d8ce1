"""A SoftHSM token of a test's own: a folder, a configuration that names it, a PIN.

`make test` brings SoftHSM up where it may: as root on Debian or Ubuntu it is installed by apt. Elsewhere the tests that
need it say what to install and fail; they are never passed over in silence.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "2718281828"
MISSING = "SoftHSM is not installed: as root, `apt-get install softhsm2` (or set READBACK_SOFTHSM to libsofthsm2.so)"


def find_module() -> Path | None:
    named = os.environ.get("READBACK_SOFTHSM")
    return next((Path(path) for path in ((named,) if named else MODULES) if Path(path).is_file()), None)


def bring_up() -> Path:
    """Where SoftHSM's library is, after installing it if that is needed and allowed."""
    with (Path(tempfile.gettempdir()) / "readback-softhsm.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # several workers may come here at once
        return _bring_up()


def _bring_up() -> Path:
    found = find_module()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True}
        for command in (["apt-get", "-q", "update"], ["apt-get", "-qy", "install", "softhsm2"]):
            subprocess.run(command, check=False, timeout=240, **quietly)  # type: ignore[call-overload] - the same for both
        found = find_module()
    if found is None:
        pytest.fail(MISSING)
    return found


@dataclass(frozen=True)
class SoftToken:
    """A token named `label`, alone in `folder`."""

    module: Path
    folder: Path
    label: str = "desk"

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    def initialise(self, label: str = "desk", pin: str = PIN) -> None:
        """Make a token; also a second one of the same folder."""
        subprocess.run(
            [
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--pin",
                pin,
                "--so-pin",
                "31415926",
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "SOFTHSM2_CONF": str(self.configuration)},
        )
        reload(self.module)


def reload(module: Path) -> None:
    """Let the library in this process look at its tokens again: it reads its configuration once."""
    import pkcs11

    pkcs11.lib(str(module)).reinitialize()


@pytest.fixture(scope="session")
def softhsm() -> Path:
    return bring_up()


@pytest.fixture
def soft_token(softhsm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    token = SoftToken(softhsm, tmp_path / "token")
    (token.folder / "objects").mkdir(parents=True)
    token.configuration.write_text(
        f"directories.tokendir = {token.folder / 'objects'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.configuration))
    token.initialise()
    return token
