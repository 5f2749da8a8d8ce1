"""Asked again: before something is signed in somebody's name, they prove that they are still there.

Promises: the form that was sent is kept whole in the page that asks, and done as it was sent with the proof;
what was typed is shown, so that whoever proves it sees what they prove it for.
Never: the proof itself goes back into a page, or is taken from a form that is not this sign-in's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.statuses import status_of
from exchange.desk.web.forms import PROOF, PROOF_PASSKEY, PROOFS, Form, Wrong
from exchange.desk.web.passkeys import asked
from exchange.desk.web.signing_in import LONGEST
from exchange.desk.whence import source_of
from exchange.errors import ProofNeeded

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.visit import Visit
    from keys.errors import Problem


async def take(visit: Visit) -> None:
    """Take the proof that came with a form, which then is as it was; `ProofWrong`, `TooManyAttempts`."""
    form, desk = visit.form, visit.desk
    source = source_of(visit.request, desk.config.proxied)
    if answer := form[PROOF_PASSKEY]:
        visit.who = await desk.prove_by_passkey(visit.seat, answer, source=source)
    else:
        visit.who = await desk.prove(visit.seat, form[PROOF][:LONGEST], source=source)
    visit.form = Form({name: text for name, text in form.values.items() if name not in PROOFS})


async def ask(visit: Visit, problem: Problem) -> web.Response:
    """Answer a form for which a proof is needed first."""
    kept, typed = visit.form.kept, visit.form.typed
    visit.form = Form()
    if not isinstance(problem, ProofNeeded):
        visit.form.wrong.append(Wrong(PROOF, f"{problem.message} {problem.hint}"))
    has = await visit.desk.passkeys(visit.session)
    return visit.page(
        "prove.html",
        status_of(problem),
        again=visit.request.path_qs,
        fields=kept,
        typed=typed,
        asked=asked(visit, "prove") if has else {},
    )
