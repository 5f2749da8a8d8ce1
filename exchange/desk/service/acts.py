"""The acts of a desk: every step that somebody takes, as a share, in answer to one, or in a thread.

Promises: what an act answers is durable when it answers; under one key it is done once (see `once`).
Never: it decides who may act: the use cases do.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from exchange.desk.service import answering, deciding, hearing, sharing
from exchange.desk.service.offices import Offices
from exchange.desk.service.once import do_once
from exchange.desk.service.views import Posted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from exchange.desk.people import Session
    from exchange.desk.service import drafts
    from exchange.desk.service.once import Once, Remember
    from exchange.desk.service.pen import Composed
    from exchange.share.draft import AmendDraft, ShareDraft
    from exchange.store.casebook import Change


def _posted(*steps: Composed) -> Posted:
    first = steps[0].step
    return Posted(
        thread=first.slip.thread, digest=first.digest, steps=tuple(one.step.digest for one in steps)
    )


class Acts(Offices):
    """One agency's premises and offices, with every act that is signed in somebody's name."""

    # --- the sender ------------------------------------------------------------------------------

    async def share(self, session: Session, draft: ShareDraft, once: Once | None = None) -> Posted:
        """Seal and post a share; under one `once`, once."""
        return await do_once(self, session, once, partial(sharing.share, self, session, draft))

    async def hear_back(
        self,
        session: Session,
        thread: str,
        leg: int,
        draft: drafts.HearBackDraft,
        once: Once | None = None,
    ) -> Posted:
        """Say whether a read-back is what was meant, and reveal the ranking."""
        return await self._once(session, once, partial(hearing.hear_back, self, session, thread, leg, draft))

    async def amend(
        self, session: Session, thread: str, draft: AmendDraft, once: Once | None = None
    ) -> Posted:
        """Send a new version to one or more legs."""
        return await self._once(session, once, partial(sharing.amend, self, session, thread, draft))

    async def withdraw(
        self,
        session: Session,
        thread: str,
        leg: int | None,
        draft: drafts.WithdrawDraft,
        once: Once | None = None,
    ) -> Posted:
        """Take back a request, one leg of a share, or all of its legs that are open."""
        return await self._once(session, once, partial(sharing.withdraw, self, session, thread, leg, draft))

    # --- the recipient ---------------------------------------------------------------------------

    async def accept(
        self,
        session: Session,
        thread: str,
        leg: int,
        draft: drafts.AcceptDraft,
        once: Once | None = None,
    ) -> Posted:
        """Say: I am the right person, and this is my part in it."""
        return await self._once(session, once, partial(answering.accept, self, session, thread, leg, draft))

    async def decline(
        self,
        session: Session,
        thread: str,
        leg: int,
        draft: drafts.DeclineDraft,
        once: Once | None = None,
    ) -> Posted:
        """Say: not mine to have."""
        return await self._once(session, once, partial(answering.decline, self, session, thread, leg, draft))

    async def read_back(
        self,
        session: Session,
        thread: str,
        leg: int,
        draft: drafts.ReadBackDraft,
        once: Once | None = None,
    ) -> Posted:
        """Restate the version that stands, in one's own words."""
        return await self._once(
            session, once, partial(answering.read_back, self, session, thread, leg, draft)
        )

    # --- either ----------------------------------------------------------------------------------

    async def note(
        self,
        session: Session,
        thread: str,
        leg: int | None,
        draft: drafts.NoteDraft,
        once: Once | None = None,
    ) -> Posted:
        """Ask or answer something; no state changes."""
        return await self._once(session, once, partial(answering.note, self, session, thread, leg, draft))

    async def request(self, session: Session, draft: drafts.RequestDraft, once: Once | None = None) -> Posted:
        """Ask another agency for something; under one `once`, once."""
        return await do_once(self, session, once, partial(deciding.request, self, session, draft))

    async def refuse(
        self, session: Session, thread: str, draft: drafts.RefuseDraft, once: Once | None = None
    ) -> Posted:
        """Refuse a request, with reasons; the requester is told."""
        return await do_once(self, session, once, partial(deciding.refuse, self, session, thread, draft))

    async def decide(self, session: Session, draft: drafts.DecisionDraft, once: Once | None = None) -> Posted:
        """Record a decision, under one `once` once; it stays at this desk."""
        return await do_once(self, session, once, partial(deciding.decide, self, session, draft))

    async def _once(
        self,
        session: Session,
        once: Once | None,
        take: Callable[..., Awaitable[Composed | tuple[Composed, ...]]],
    ) -> Posted:
        """Take steps in a thread; under one `once`, once. `take` gives `remember` what it signed."""

        async def act(remember: Remember) -> Posted:
            async def with_it(taken: tuple[Composed, ...]) -> Change:
                return await remember(_posted(*taken))

            taken = await take(remember=with_it)
            return _posted(*(taken if isinstance(taken, tuple) else (taken,)))

        return await do_once(self, session, once, act)
