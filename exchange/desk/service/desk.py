"""The desk: one agency's use cases behind one door.

Promises: every use case takes the session of whoever asks and does what that person may do, no more; what it
answers is durable when it answers; nothing is signed in the name of somebody who proved who they are too long
ago (`ProofNeeded`).
Never: it knows HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk import whom
from exchange.desk.printing.pdf import at_hand
from exchange.desk.service import (
    attaching,
    certifying,
    hearing,
    leading,
    listing,
    notifying,
    overlooking,
    passkeys,
    printing,
    searching,
    showing,
    signins,
    unfinished,
)
from exchange.desk.service.acts import Acts
from exchange.desk.service.asked import OPEN
from exchange.desk.service.naming import found_party, person_view
from exchange.desk.service.once import forgettable
from exchange.desk.service.views import AgencyView, DeliveryView, FoundParty, Posted, ReminderView, SignedIn
from exchange.store.casebook import Change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from exchange.desk.notifying.wishes import Wishes
    from exchange.desk.passkeys import Purpose
    from exchange.desk.people import Given, Session
    from exchange.desk.service.asked import Asked, ListView
    from exchange.desk.service.attaching import Download
    from exchange.desk.service.draft_views import DraftRow, DraftView, LookedOver, Unfinished
    from exchange.desk.service.leading import AlarmView
    from exchange.desk.service.notifying import NoticesView
    from exchange.desk.service.once import Once
    from exchange.desk.service.own_views import HalfView, PasskeyView, SignInView
    from exchange.desk.service.searching import Search, SearchView
    from exchange.desk.service.views import (
        AttachedView,
        CatalogueView,
        InboxRow,
        PersonView,
        ThreadView,
        UnderstandingView,
        WordsView,
    )
    from exchange.wire.slip import Party
    from keys.roster import Person


class Desk(Acts):
    """One agency's desk. Make one with `open`, and `close` it."""

    async def sign_in_by_passkey(
        self, answer: str, output: bytes | None, bound_to: str, *, source: str = ""
    ) -> SignedIn | HalfView:
        """Open a session by a passkey, or say that its person's passphrase is still to come."""
        return await passkeys.sign_in(self, answer, output, bound_to, source=source)

    async def let_in(
        self, person: Person, given: Given, *, source: str, enough: bool = True, page: bool
    ) -> SignedIn:
        """Open a session, as `Premises.let_in`; what need not be answered again is forgotten."""
        signed_in = await super().let_in(person, given, source=source, enough=enough, page=page)
        if gone := await forgettable(self, signed_in.person):
            await self.casebook.record(Change(forgotten=gone))
        return signed_in

    def sign_ins(self, session: Session) -> tuple[SignInView, ...]:
        """List where this person is signed in."""
        return signins.sign_ins(self, session)

    def end_sign_in(self, session: Session, name: str) -> None:
        """End one of this person's sessions, by its name in that list."""
        signins.end_sign_in(self, session, name)

    def end_other_sign_ins(self, session: Session) -> int:
        """End all of this person's sessions but this one."""
        return signins.end_others(self, session)

    async def passkeys(self, session: Session) -> tuple[PasskeyView, ...]:
        """List this person's passkeys."""
        return await passkeys.passkeys(self, session)

    def passkey_challenge(self, purpose: Purpose, bound_to: str) -> str:
        """Draw what a passkey is to answer, for one purpose and one browser's cookie."""
        return self.doorkeeper.challenge(purpose, bound_to, self.now())

    async def offer_passkey(self, token: str, answer: str, output: bytes | None) -> str:
        """Take a new passkey, until its person's passphrase comes; its name, or `PasskeyRefused`."""
        return await passkeys.offer(self, token, answer, output)

    def passkey_offered(self, session: Session, name: str) -> bool | None:
        """Say whether this new passkey waits for the passphrase, and if so whether it can open the keys."""
        return passkeys.offered(self, session, name)

    async def add_passkey(self, token: str, name: str, passphrase: str, *, source: str = "") -> PasskeyView:
        """Add this passkey that was offered, with its person's passphrase."""
        return await passkeys.add(self, token, name, passphrase, source=source)

    async def remove_passkey(self, session: Session, name: str) -> None:
        """Remove one of this person's passkeys."""
        await passkeys.remove(self, session, name)

    async def prove_by_passkey(self, token: str, answer: str, *, source: str = "") -> Session:
        """Prove again whose session it is, by their passkey."""
        return await passkeys.prove(self, token, answer, source=source)

    async def change_passphrase(self, token: str, present: str, new: str, *, source: str = "") -> None:
        """Put this person's keys under another passphrase, and end their other sessions."""
        await signins.change_passphrase(self, token, present, new, source=source)

    # --- looking ---------------------------------------------------------------------------------

    def whom(self, query: str, agency: str | None = None) -> tuple[FoundParty, ...]:
        """Find people and roles by parts of their names, each with whether one may write to them."""
        return tuple(map(found_party, whom.find(self.trust, query, self.now(), agency)))

    def describe(self, party: Party) -> FoundParty | None:
        """Describe one person or role; None where no roster that is believed names them."""
        found = whom.describe(self.trust, party, self.now())
        return None if found is None else found_party(found)

    def agencies(self) -> tuple[AgencyView, ...]:
        """List the agencies that one may write to, by name."""
        every = (AgencyView(agency=one.agency, name=one.name) for one in self.trust.directory.agencies())
        return tuple(sorted(every, key=lambda one: one.name.casefold()))

    def who_is(self, session: Session) -> PersonView:
        """Name whoever is asking, as the agency's own roster does."""
        return person_view(self, self.agency, session.person)

    async def inbox(self, session: Session, asked: Asked = OPEN) -> ListView:
        """Give a page of what waits for this person, or for others on their account; or of what is over."""
        return await listing.inbox(self, session, asked)

    async def search(self, session: Session, asked: Search) -> SearchView:
        """Look for words in this person's own lists, and in what they read in this session."""
        return await searching.search(self, session, asked)

    async def answers(self, session: Session, *, limit: int) -> tuple[InboxRow, ...]:
        """List what became of the newest requests of this person."""
        return await listing.answers(self, session, limit=limit)

    async def theirs(self, session: Session, threads: Sequence[str]) -> frozenset[str]:
        """Keep those of `threads` that stand in this person's own lists."""
        return await listing.theirs(self, session, threads)

    async def show(self, session: Session, thread: str) -> ThreadView:
        """Show a thread as far as it is this person's to see."""
        return await showing.show(self, session, thread)

    async def read(self, session: Session, thread: str, leg: int) -> WordsView:
        """Read the version that stands; the recipient has accepted first."""
        return await showing.read(self, session, thread, leg)

    async def compare(self, session: Session, thread: str, leg: int) -> UnderstandingView:
        """Lay a waiting read-back beside what was sent, for its author."""
        return await hearing.compare(self, session, thread, leg)

    async def deliveries(self, session: Session) -> tuple[DeliveryView, ...]:
        """Say what became of the newest envelopes of this person's threads."""
        return await listing.deliveries(self, session)

    async def reminders(self, session: Session) -> tuple[ReminderView, ...]:
        """List the reminders that were given to this person, newest first."""
        return await listing.reminders(self, session)

    async def alarms(self, session: Session) -> tuple[AlarmView, ...]:
        """List the alarms that stand, for the agency's lead; nothing for anybody else."""
        return await leading.alarms(self, session)

    async def certificate(self, session: Session, thread: str, leg: int, *, words: bool = False) -> bytes:
        """Give the certificate of closure of a leg, to be verified by anybody, offline."""
        return await certifying.certificate(self, session, thread, leg, words=words)

    @property
    def prints(self) -> bool:
        """Whether this desk can make a PDF."""
        return at_hand()

    async def printed(self, session: Session, thread: str) -> bytes:
        """Print a thread as a PDF."""
        return await printing.printed(self, session, thread)

    async def notices(self, session: Session) -> NoticesView:
        """Say where this person is told that something waits."""
        return await notifying.notices(self, session)

    async def wish(self, session: Session, wishes: Wishes) -> NoticesView:
        """Have this person told as they wish, from now on."""
        return await notifying.wish(self, session, wishes)

    def choices(self) -> CatalogueView:
        """List what can be chosen today: purposes, lawful bases, reasons, scales."""
        return listing.choices(self)

    # --- what is not finished --------------------------------------------------------------------

    async def unfinished(self, session: Session) -> tuple[DraftRow, ...]:
        """List this person's own drafts, without a word of any."""
        return await unfinished.unfinished(self, session)

    async def begin(self, session: Session, said: Unfinished, once: Once | None = None) -> DraftView:
        """Keep a new draft, sealed to this person alone; under one `once`, one."""
        return await unfinished.begin(self, session, said, once=once)

    async def resume(self, session: Session, draft: str) -> DraftView:
        """Open one of this person's drafts."""
        return await unfinished.resume(self, session, draft)

    async def keep(self, session: Session, draft: str, revision: str, said: Unfinished) -> DraftView:
        """Save a draft in place of the revision that its writer saw."""
        return await unfinished.keep(self, session, draft, revision, said)

    async def look_over(self, session: Session, said: Unfinished) -> LookedOver:
        """Say what keeps a draft from being sent, and what its writer may want to look at again."""
        return await overlooking.look_over(self, session, said)

    async def throw_away(self, session: Session, draft: str) -> None:
        """Forget a draft."""
        await unfinished.throw_away(self, session, draft)

    async def send(self, session: Session, draft: str, revision: str) -> Posted:
        """Seal and post what a draft says, once, and forget the draft."""
        return await unfinished.send(self, session, draft, revision)

    # --- files -----------------------------------------------------------------------------------

    async def attach(self, session: Session, blocks: AsyncIterator[bytes]) -> AttachedView:
        """Seal a file while it arrives."""
        return await attaching.attach(self, session, blocks)

    async def download(self, session: Session, thread: str, leg: int, number: int) -> Download:
        """Give out one file of the version that stands, once it is verified whole."""
        return await attaching.download(self, session, thread, leg, number)
