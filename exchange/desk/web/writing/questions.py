"""The questions of a share, in the order in which they are asked.

Promises: why, about whom, to whom, what, how much it matters, and when: whoever stops half-way has said
first what decides about the rest.
Never: an order that a draft could change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.web.writing.ending import DECISION, URGENCY
from exchange.desk.web.writing.files import FILES
from exchange.desk.web.writing.law import BASIS, CONSENT, GATEWAY, PURPOSE
from exchange.desk.web.writing.people import NEVER, TOLD, WHO
from exchange.desk.web.writing.recipients import TO
from exchange.desk.web.writing.statements import FACTS, OPINIONS
from exchange.desk.web.writing.weighing import GETS, NEED, NOT_KNOWN, WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.desk.web.writing.frame import Question

QUESTIONS: Final[Mapping[str, Question]] = {
    one.name: one
    for one in (
        PURPOSE,
        BASIS,
        GATEWAY,
        CONSENT,
        WHO,
        NEVER,
        TO,
        FACTS,
        OPINIONS,
        NOT_KNOWN,
        GETS,
        WEIGHT,
        NEED,
        TOLD,
        FILES,
        URGENCY,
        DECISION,
    )
}
