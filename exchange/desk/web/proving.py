"""Asked again: before something is signed in somebody's name, they prove that they are still there.

Promises: the form that was sent is kept whole in the page that asks, and done as it was sent with the proof;
what was typed is shown, so that whoever proves it sees what they prove it for.
Never: the proof itself goes back into a page, or is taken from a form that is not this sign-in's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.statuses import status_of
from exchange.desk.web.forms import PROOF, Form, Wrong
from exchange.desk.web.signing_in import LONGEST
from exchange.desk.whence import source_of
from exchange.errors import ProofNeeded

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.visit import Visit
    from keys.errors import Problem


async def take(visit: Visit) -> None:
    """Take the proof that came with a form, which then is as it was; `ProofWrong`, `TooManyAttempts`."""
    given = visit.form[PROOF]
    source = source_of(visit.request, visit.desk.config.proxied)
    visit.who = await visit.desk.prove(visit.seat, given[:LONGEST], source=source)
    visit.form = Form({name: text for name, text in visit.form.values.items() if name != PROOF})


def ask(visit: Visit, problem: Problem) -> web.Response:
    """Answer a form for which a proof is needed first."""
    kept, typed = visit.form.kept, visit.form.typed
    visit.form = Form()
    if not isinstance(problem, ProofNeeded):
        visit.form.wrong.append(Wrong(PROOF, f"{problem.message} {problem.hint}"))
    return visit.page("prove.html", status_of(problem), again=visit.request.path_qs, fields=kept, typed=typed)
