"""What the use cases answer with: plain frozen values, the same in Python and over the JSON API.

Promises: each value says only what the person asking may see; words appear only where that person's own key
opened them, and the sender's emphasis only where the hear-back revealed it or the asker wrote it.
Never: keys, tokens, file paths.
"""

from __future__ import annotations

from typing import Literal

from exchange.desk.whom import State
from exchange.share.catalogue import Entry
from exchange.wire.contents import (
    AcceptContents,
    DecisionContents,
    DeclineContents,
    Emphasis,
    Fact,
    HearBackContents,
    NoteContents,
    Opinion,
    ReadBackContents,
    RefuseContents,
    RequestContents,
    Restatement,
    ShareContents,
    StatementId,
    Weight,
    WithdrawContents,
)
from exchange.wire.slip import Basis, Code, Party, StepKind, Urgency, Verdict
from keys.record import AgencyId, Digest, Frozen, Id, KeyId, Time

Side = Literal["sender", "recipient"]


class SignedIn(Frozen):
    """A session: its token, whose it is, and when it ends at the latest."""

    token: str
    agency: AgencyId
    person: Id
    name: str
    until: Time


class FoundParty(Frozen):
    """A person or role, with what one needs to be sure that it is the right one; write to those in force."""

    party: Party
    name: str
    post: str
    agency_name: str
    state: State
    fingerprint: str  # of the key that words would be sealed to, for comparing aloud; empty unless in force


class AgencyView(Frozen):
    """An agency that one may write to."""

    agency: AgencyId
    name: str


class Posted(Frozen):
    """A step was recorded here and will go out as soon as the hub answers."""

    thread: Id
    digest: Digest
    steps: tuple[Digest, ...] = ()  # all of them, where one act took several legs' steps
    decision: Digest | None = None  # the decision recorded beside it, kept at this desk alone


class InboxRow(Frozen):
    """One leg, request or decision of somebody's inbox."""

    thread: Id
    leg: int | None
    kind: Literal["share", "request", "decision"]
    side: Side
    state: str
    turn: Side | None
    yours: bool  # it waits for the person asking, or for a role of theirs
    urgency: Urgency | None
    due: Time | None
    overdue: bool
    counterpart: str  # the other agency, and the name that its roster gives to the other party
    why: str


class PersonView(Frozen):
    """A person as their agency's roster names them; `name` is empty where the roster no longer does."""

    agency: AgencyId
    person: Id
    name: str
    post: str


AnyContents = (
    ShareContents
    | RequestContents
    | DecisionContents
    | AcceptContents
    | DeclineContents
    | ReadBackContents
    | HearBackContents
    | WithdrawContents
    | RefuseContents
    | NoteContents
)


class StepView(Frozen):
    """One step: who signed what, when, under which key, and the words if the asker may read them."""

    digest: Digest
    kind: StepKind
    leg: int | None
    who: PersonView
    key: KeyId
    when: Time
    received: Time  # when this desk first had it, and judged its signature
    log_size: int  # how many entries of the key log it was judged by
    answers: Digest | None
    verdict: Verdict | None
    purpose: Code | None
    basis: Basis | None
    urgency: Urgency | None
    due: Time | None
    without_effect: str | None  # the rule's code, where the step changed nothing
    words: AnyContents | None
    words_refused: str | None  # the code, where there are words but they break the rules
    attachments: int


class LegView(Frozen):
    """Where one recipient's leg stands."""

    index: int
    party: Party
    name: str
    state: str
    turn: Side | None
    version: Digest
    version_number: int
    read_back: Digest | None
    hear_back: Digest | None
    accepted_by: PersonView | None
    due: Time | None
    sender_emphasis: Emphasis | None  # the author's own, or as revealed and checked
    emphasis_refused: str | None


class ForkView(Frozen):
    """Two different steps signed by one hand at one place: evidence, shown to both, resolved by nobody."""

    leg: int | None
    who: PersonView
    seq: int
    steps: tuple[Digest, ...]


class ThreadView(Frozen):
    """A whole thread as one person may see it."""

    thread: Id
    kind: Literal["share", "request", "decision"] | None
    request: str | None
    closed: bool
    legs: tuple[LegView, ...]
    steps: tuple[StepView, ...]
    forks: tuple[ForkView, ...]
    waiting: int  # steps that are known to be missing
    answered_by: tuple[Id, ...]  # threads of the shares that cite this request


class AttachmentView(Frozen):
    """One attached file, as its share describes it."""

    index: int
    name: str
    media_type: str
    size: int
    why_needed: str
    here: bool  # the sealed bytes have arrived whole


class WordsView(Frozen):
    """What the recipient (or the author) of a leg reads: the newest version."""

    version: Digest
    version_number: int
    words: ShareContents
    attachments: tuple[AttachmentView, ...]


class Flag(Frozen):
    """Where a read-back differs from what was sent, with the words that show it."""

    kind: str
    statement: StatementId | None
    sent: str
    restated: str
    explanation: str


class StatementRow(Frozen):
    """One statement as it was sent and as it came back."""

    statement: Fact | Opinion
    weight: Weight
    restatement: Restatement | None
    flags: tuple[Flag, ...]


class UnderstandingView(Frozen):
    """A waiting read-back beside what was sent. The flags help the sender to decide; they never decide."""

    version: Digest
    read_back: Digest
    key_point: StatementId
    their_key_point: StatementId
    will_do: str
    not_known: str | None
    rows: tuple[StatementRow, ...]
    flags: tuple[Flag, ...]


class AttachedView(Frozen):
    """A file is sealed at this desk, ready to be named in a share."""

    handle: Id
    size: int


class ReminderView(Frozen):
    """A deadline that somebody is being reminded of."""

    thread: Id
    leg: int | None
    stage: Literal["person", "role", "lead"]
    due: Time
    at: Time


class DeliveryView(Frozen):
    """How far one step of ours has come: waiting, posted, or returned unfetched."""

    thread: Id
    digest: Digest
    kind: StepKind
    state: Literal["waiting", "posted", "refused", "expired"]
    since: Time
    code: str | None  # with which the hub refused it
    expired: tuple[AgencyId, ...]  # the mailboxes from which it was never fetched


class CatalogueView(Frozen):
    """What can be chosen on a day: the catalogue's entries in force, by section."""

    version: str
    sections: dict[str, tuple[Entry, ...]]
