"""The addresses of those who look after an agency.

Promises: all of them only read, and each judges for itself who is asking.
Never: a form.
"""

from __future__ import annotations

from typing import Final

from exchange.desk.web import keys
from exchange.desk.web.lead import lead
from exchange.desk.web.visit import Page

OFFICES: Final[tuple[Page, ...]] = (
    Page("/lead", "lead", lead),
    Page("/keys", "keys", keys.overview),
    Page("/keys/people", "keysPeople", keys.people),
    Page("/keys/roles", "keysRoles", keys.roles),
    Page("/keys/records", "keysRecords", keys.records),
    Page("/keys/agency", "keysAgency", keys.agency),
    Page("/keys/log", "keysLog", keys.log),
    Page("/keys/ceremonies", "keysCeremonies", keys.ceremonies),
    Page("/keys/trail", "keysTrail", keys.trail),
    Page("/keys/trail/export", "keysTrailExport", keys.export),
)
