"""A desk that keeps to no rule: it signs and seals whatever it is told to, with real keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from exchange.desk.service.pen import Composed, Heading, Words, compose
from exchange.desk.service.steps import author_of, readers
from exchange.sealing import PostalSlot, new_salt
from exchange.share.draft import ShareDraft, audiences, commit
from exchange.wire import contents as wording
from exchange.wire.contents import Bound, ShareContents
from exchange.wire.slip import thread_of
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doubles import Agency

    from exchange.desk.people import Session
    from exchange.wire.contents import Contents
    from keys.suite import SealingKey, SigningKey


@dataclass
class HostileDesk:
    """Somebody who holds real keys of a real agency, and checks nothing."""

    agency: Agency
    session: Session

    def heading(self, **changed: Any) -> Heading:
        """A slip's heading that an honest desk would write, but for what is `changed`."""
        desk, now = self.agency.desk, self.agency.desk.now()
        step = new_id()
        honest: dict[str, Any] = {
            "id": step,
            "kind": "share",
            "thread": thread_of(desk.agency, self.session.person, step),
            "leg": None,
            "seq": 0,
            "prev": (),
            "answers": None,
            "author": author_of(desk, self.session, now),
            "to": (),
            "created": format_time(now),
            "expires": format_time(now + timedelta(days=1)),
            "log": desk.trust.log_head(),
        }
        return Heading(**(honest | changed))

    def words(self, draft: ShareDraft, heading: Heading, **changed: Any) -> ShareContents:
        """What an honest desk would say to everybody, but for what is `changed`."""
        (audience,) = audiences(draft)
        bound = Bound(
            step=heading.id,
            thread=heading.thread,
            agency=heading.author.agency,
            person=heading.author.person,
        )
        honest = audience.contents(bound, commit(audience.emphasis, new_salt()))
        return honest.model_copy(update=changed)

    def compose(
        self,
        heading: Heading,
        *said: Contents | bytes,
        slots: Sequence[SealingKey] | None = None,
        keys: tuple[bytes, ...] = (),
        key: SigningKey | None = None,
        mailboxes: Sequence[str] | None = None,
        mailbox_keys: dict[str, SealingKey] | None = None,
    ) -> Composed:
        """Sign and seal it, whatever it is."""
        desk = self.agency.desk
        sealed_to = readers(desk, self.session, heading.to, desk.now()) if slots is None else tuple(slots)
        boxes = mailboxes or [*dict.fromkeys(party.agency for party in heading.to)]
        postal = [
            PostalSlot(box, (mailbox_keys or {}).get(box) or desk.trust.postal_slot(box).key) for box in boxes
        ]
        words = [
            Words(one if isinstance(one, bytes) else wording.write(one), sealed_to, keys) for one in said
        ]
        return compose(
            heading,
            words,
            key or self.session.keyring.signing(heading.author.key),
            postal=postal,
            own=desk.trust.postal_slot(desk.agency),
            check=lambda _: None,
        )

    def share(
        self,
        draft: ShareDraft,
        slip: dict[str, Any] | None = None,
        words: dict[str, Any] | None = None,
        **sealing: Any,
    ) -> Composed:
        """A share like `draft`, but for what is changed in its slip and its words."""
        due = format_time(self.agency.desk.now() + timedelta(hours=8))
        law = {"purpose": draft.purpose, "basis": draft.basis, "urgency": draft.urgency, "due": due}
        heading = self.heading(to=draft.recipients, **law)
        heading = replace(heading, **(slip or {}))
        return self.compose(heading, self.words(draft, heading, **(words or {})), **sealing)
