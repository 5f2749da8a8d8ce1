"""Roots as people compared them: the desk holds every agency to its own.

Promises: where a fingerprint was compared, another agency's keys are not given out, also if they were before.
Never: silence counts as a comparison: an agency without a pin is believed as the directory shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.errors import RootDiffers
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.agency import AgencyKeys


class Pins:
    """Fingerprints by agency, as `keys.suite.fingerprint` writes them; spaces do not matter."""

    def __init__(self, compared: Mapping[str, str]) -> None:
        self._digits = {agency: "".join(text.split()) for agency, text in compared.items()}

    def checked(self, keys: AgencyKeys) -> AgencyKeys:
        """Give `keys` back; `RootDiffers` if people compared another root."""
        pin = self._digits.get(keys.agency)
        if pin is not None and "".join(fingerprint(keys.first_root.to_bytes()).split()) != pin:
            raise RootDiffers
        return keys
