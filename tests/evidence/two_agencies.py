"""A believable pair of agencies, with real keys and a log of them, who close a leg over real words.

Their roots, the log's key and its witnesses' are always the same ones, so that one policy is everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256, sha512
from typing import TYPE_CHECKING, Any

from notary import Notary

from exchange.evidence.certify import LogShown, Spoken
from exchange.evidence.verify import Verified, verify
from exchange.sealing import commitment
from exchange.share.thread import Step, fold, heads, next_seq
from exchange.wire import contents as wire
from exchange.wire.slip import Author, Basis, LogHead, PartPin, Party, Slip, write
from keys.entry import Person, Role, RosterDocument, RosterDraft, sign_roster
from keys.event import Anchor, Change, Enrol, Mailbox, Revoke, Rotate, Succeed, read_logged
from keys.notekey import LogKey, WitnessKey
from keys.record import digest, encode
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint
from keys.transparency.note import NoteSigner
from keys.transparency.policy import Policy
from keys.vouched import PersonKey, SharedKey

if TYPE_CHECKING:
    from collections.abc import Mapping

THREAD = "t" * 26
SALT = b"s" * 32
SENT = "2026-11-12T09:00:00Z"
COSIGNED = datetime(2026, 11, 12, 10, tzinfo=UTC)
WITNESSES = tuple(
    NoteSigner(name, WitnessKey.from_seed(sha256(name.encode()).digest())) for name in ("one", "two", "three")
)


def root_key(agency: str, number: int = 0) -> SigningKey:
    """An agency's root, and those after it."""
    return SigningKey.from_seed(sha512(f"{agency}/{number}".encode()).digest())


def compared(agency: str) -> str:
    """The fingerprint of an agency's first root."""
    return fingerprint(root_key(agency).verifying_key.to_bytes())


def a_log() -> Notary:
    """The log, empty; two of its three witnesses are a quorum."""
    return Notary(witnesses=WITNESSES, key=LogKey.from_seed(bytes(32)))


def a_policy(*founders: str, sponsors: int = 1, **changes: Any) -> Policy:
    """What everybody pinned; `changes` is what others did."""
    fields: dict[str, Any] = {
        "origin": a_log().origin,
        "log": a_log().signer.verifier.vkey,
        "witnesses": tuple(one.verifier.vkey for one in WITNESSES),
        "quorum": 2,
        "faults": 0,
        "founders": {agency: compared(agency) for agency in founders},
        "sponsors": sponsors,
    }
    return Policy(**(fields | changes))


POLICY = a_policy("moorfield-primary", "northshire-childrens")


def proven(data: bytes, pins: Mapping[str, str] | None = None) -> Verified:
    """Verify a certificate with that policy."""
    return verify(data, POLICY, pins or {})


def an_id(letter: str) -> str:
    return letter * 26


@dataclass
class Agency:
    """An agency with its keys; `people` are letters, each with a name."""

    agency: str
    name: str
    people: dict[str, str]
    role: tuple[str, str, tuple[str, ...]] | None = None
    signing: SigningKey = field(default_factory=SigningKey.generate)
    version: int = 1

    def __post_init__(self) -> None:
        self.root = root_key(self.agency)
        self.hands = {letter: SigningKey.generate() for letter in self.people}
        self.mailbox, self.transport = OpeningKey.generate(), TransportKey.generate()
        self.event = self.enrol()
        self.events = [self.event]
        self.roster = self.sign_roster()

    def enrol(self, **changes: Any) -> Signed:
        event = Enrol(
            agency=self.agency,
            prev=None,
            created="2026-01-01T00:00:00Z",
            name=self.name,
            root=encode(self.root.verifying_key.to_bytes()),
            next_root=digest(root_key(self.agency, 1).verifying_key.to_bytes()),
            signing=encode(self.signing.verifying_key.to_bytes()),
            mailbox=Mailbox(epoch=1, key=encode(self.mailbox.sealing_key.to_bytes())),
            transport=encode(self.transport.public.to_bytes()),
            witness=encode(WitnessKey.generate().public.to_bytes()),
        )
        return sign(Kind.AGENCY_EVENT, dump(event.model_copy(update=changes)), self.root)

    def change(self, event: type[Change], **fields: Any) -> Signed:
        """The agency's next event, signed by its present root."""
        before = self.events[-1]
        base: dict[str, Any] = {
            "agency": self.agency,
            "seq": len(self.events),
            "prev": digest(before.payload),
            "created": "2026-11-12T09:00:00Z",
        }
        self.events.append(sign(Kind.AGENCY_EVENT, dump(event(**(base | fields))), self.root))
        return self.events[-1]

    def rotate_signing(self) -> Signed:
        """A new signing key, with which the agency signs from now on."""
        self.signing = SigningKey.generate()
        new = encode(self.signing.verifying_key.to_bytes())
        return self.change(Rotate, signing=new, mailbox=None, transport=None, witness=None)

    def succeed_root(self) -> Signed:
        """The next root in place of the first; it signs that itself."""
        self.root = root_key(self.agency, 1)
        new = encode(self.root.verifying_key.to_bytes())
        after = digest(root_key(self.agency, 2).verifying_key.to_bytes())
        return self.change(Succeed, root=new, next_root=after)

    def revoke(self, key: SigningKey, from_index: int) -> Signed:
        """One of the agency's keys counts no more from there on."""
        return self.change(Revoke, key=key.verifying_key.key_id, from_index=from_index)

    def sign_roster(
        self, *, key: SigningKey | None = None, created: str = "2026-02-01T00:00:00Z", **person: Any
    ) -> RosterDocument:
        """The roster; `person` changes every person's key entry."""
        entries: list[Any] = [
            Person(
                id=an_id(letter),
                salt=an_id("z"),
                name=name,
                post="Practitioner",
                suspended=None,
                keys=(self._keys_of(letter, **person),),
            )
            for letter, name in self.people.items()
        ]
        if self.role is not None:
            letter, name, members = self.role
            sealing = encode(OpeningKey.generate().sealing_key.to_bytes())
            shared = SharedKey(epoch=1, sealing=sealing, created="2026-01-01T00:00:00Z", revoked=None)
            entries.append(
                Role(
                    id=an_id(letter),
                    salt=an_id("y"),
                    name=name,
                    members=tuple(map(an_id, members)),
                    keys=(shared,),
                )
            )
        draft = RosterDraft(
            agency=self.agency, version=self.version, created=created, expires="2027-02-01T00:00:00Z"
        )
        return sign_roster(draft, tuple(entries), key or self.signing)

    def _keys_of(self, letter: str, **changes: Any) -> PersonKey:
        fields: dict[str, Any] = {
            "signing": encode(self.hands[letter].verifying_key.to_bytes()),
            "sealing": encode(OpeningKey.generate().sealing_key.to_bytes()),
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2027-01-01T00:00:00Z",
            "revoked": None,
            "revoked_from": None,
        }
        return PersonKey(**(fields | changes))

    def author(self, letter: str) -> Author:
        return Author(agency=self.agency, person=an_id(letter), key=self.hands[letter].verifying_key.key_id)

    def party(self, letter: str) -> Party:
        if self.role is not None and self.role[0] == letter:
            return Party(agency=self.agency, role=an_id(letter))
        return Party(agency=self.agency, person=an_id(letter))


def school() -> Agency:
    return Agency("moorfield-primary", "Moorfield Primary School", {"l": "Helen Marsh", "c": "Carol Finch"})


def childrens() -> Agency:
    people = {"s": "Priya Nair", "w": "Daniel Okafor", "x": "Somebody Else"}
    return Agency("northshire-childrens", "Northshire Children's Services", people, ("d", "Duty", ("s", "w")))


@dataclass
class Table:
    """One thread between two agencies: steps are laid on it with their words."""

    sender: Agency
    recipient: Agency
    to: tuple[Party, ...]
    signed: list[Signed] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    log: Notary = field(default_factory=a_log)

    def __post_init__(self) -> None:
        self.log.add([self.recipient.event, self.sender.event])

    @property
    def head(self) -> LogHead:
        """What a step written now says of the log."""
        tree = self.log.tree()
        return LogHead(origin=self.log.origin, size=tree.size, root=tree.root_at(tree.size).hex())

    def lay(self, kind: str, who: Agency, hand: str, *, leg: int | None = 0, **fields: Any) -> str:
        """Sign a step and lay it down; its digest."""
        words = fields.pop("words", {})
        author = who.author(hand)
        number = len(self.steps)
        step_id = an_id("abcdefghijklmnopq"[number])
        raw = _contents(kind, step_id, author, words)
        pin = PartPin(
            commitment=commitment(SALT, raw), length=len(raw), ring=sha256(b"%d" % number).hexdigest()
        )
        status = fold(self.steps)
        other = self.sender.party("l") if who is self.recipient else self.to[leg or 0]
        law: dict[str, Any] = {}
        if kind in {"share", "amend"}:
            law = {
                "purpose": "p",
                "basis": Basis(code="public-task"),
                "urgency": "today",
                "due": "2026-11-12T17:00:00Z",
            }
        base: dict[str, Any] = {
            "id": step_id,
            "kind": kind,
            "thread": THREAD,
            "leg": leg,
            "seq": next_seq(self.steps, leg, who.agency, author.person),
            "prev": heads(status, leg) if self.steps else (),
            "answers": None,
            "author": author,
            "to": self.to if kind == "share" else (other,),
            "purpose": None,
            "basis": None,
            "urgency": None,
            "due": None,
            "verdict": None,
            "created": f"2026-11-12T09:{number:02d}:00Z",
            "expires": "2027-11-12T09:00:00Z",
            "log": self.head,
            "contents": (pin,),
            "attachments": (),
        }
        payload = write(Slip(**(base | law | fields)))
        self.signed.append(sign(Kind.SLIP, payload, who.hands[hand]))
        name = digest(payload)
        self.steps.append(Step(name, Slip.model_validate(base | law | fields)))
        self.spoken.append(Spoken(name, 0, SALT, raw))
        return name

    def shown(self, size: int | None = None, policy: Policy = POLICY) -> LogShown:
        """The log as a desk holds it, with the checkpoint of that size (the newest)."""
        events = {
            index: signed
            for index, signed in enumerate(self.log.entries)
            if not isinstance(read_logged(signed.payload), Anchor)
        }
        return LogShown(policy, self.log.note(COSIGNED, size), self.log.tree().nodes, events)

    @property
    def rosters(self) -> list[RosterDocument]:
        return [self.sender.roster, self.recipient.roster]


EMPHASIS = wire.write(wire.Emphasis(weights={"F1": "critical"}, key_point="F1"))
REVEAL = wire.EmphasisReveal(salt=encode(SALT), emphasis=encode(EMPHASIS))


def _contents(kind: str, step: str, author: Author, changes: dict[str, Any]) -> bytes:
    bound = {"step": step, "thread": THREAD, "agency": author.agency, "person": author.person}
    fact = wire.Fact(id="F1", text="A bruise was seen.", confidence="high", why_needed="It is the injury.")
    words: dict[str, dict[str, Any]] = {
        "share": {
            "kind": kind,
            "purpose": "To protect.",
            "subjects": (wire.Subject(name="Ellis"),),
            "facts": (fact,),
            "opinions": (),
            "not_known": (),
            "need": "No more than this.",
            "subject_informed": (),
            "emphasis": commitment(SALT, EMPHASIS),
        },
        "accept": {"kind": kind, "my_part": "I am on duty."},
        "read_back": {
            "kind": kind,
            "version": "0" * 64,
            "restatements": (
                wire.Restatement(
                    statement="F1", meaning="He had a mark.", taken_as="fact", weight="critical"
                ),
            ),
            "key_point": "F1",
            "will_do": "See him.",
        },
        "hear_back": {
            "kind": kind,
            "read_back": "0" * 64,
            "heard": (wire.Heard(statement="F1", understood=True),),
            "reveal": REVEAL,
        },
        "note": {"kind": kind, "words": "A question."},
    }
    words["amend"] = words["share"]
    model = wire.MODEL_OF[kind]
    return wire.write(model(**(words[kind] | changes | bound)))


def closed(*, to_role: bool = True, agreed: bool = True) -> Table:
    """A leg that went wrong once and was then understood, with a note between."""
    sender, recipient = school(), childrens()
    party = recipient.party("d" if to_role else "s")
    table = Table(sender, recipient, (party,))
    share = table.lay("share", sender, "l", leg=None)
    table.lay("accept", recipient, "s", answers=share)
    table.lay("note", sender, "c")
    _round(table, share, "corrected")
    if agreed:
        _round(table, share, "agreed")
    return table


def _round(table: Table, version: str, verdict: str) -> None:
    read_back = table.lay("read_back", table.recipient, "s", answers=version, words={"version": version})
    table.lay(
        "hear_back",
        table.sender,
        "l",
        answers=read_back,
        verdict=verdict,
        words={"read_back": read_back},
    )


def reopened() -> Table:
    """A closed leg, amended afterwards and not restated again."""
    table = closed()
    table.lay("amend", table.sender, "l", answers=table.steps[0].digest)
    return table


def resigned(signed: Signed, key: SigningKey, **changes: Any) -> Signed:
    """The same slip with some fields changed, signed again by somebody."""
    slip = Slip.model_validate_json(signed.payload)
    return sign(Kind.SLIP, write(slip.model_copy(update=changes)), key)
