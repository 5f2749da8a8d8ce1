"""What tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of published test vectors; without it the test skips, but fails where `CI` is set."""
    folder = Path(os.environ.get("READBACK_VECTORS") or _CHECKOUT.parent / "shared" / "vectors")
    if not folder.is_dir():
        message = f"published vectors not found in {folder} (set READBACK_VECTORS)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder
