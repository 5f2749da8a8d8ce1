"""What each alarm means, and what to do: for the administrator who reads its name.

Promises: every alarm that this desk can raise stands here, in plain words; the page
`docs/reference/alarms.md` and `readback desk alarms` are printed from here.
Never: an alarm closes a share, or repeats what a person wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from exchange.desk.ceremonies import ALTERED
from exchange.desk.courier.attachments import LOST, REFUSED
from exchange.desk.courier.directory import NOT_ADMITTED, NOT_OURS, UNBELIEVABLE
from exchange.desk.courier.mailbox import REPLAYED, ROLLED_BACK, UNREADABLE
from exchange.desk.courier.outbox import UNPOSTABLE
from exchange.desk.courier.taken_back import TAKEN_BACK
from exchange.desk.notify import EXPIRING, MISSING, UNDIVIDED
from exchange.desk.notifying.delivering import UNSENT
from exchange.desk.service.breakglass import OPENED
from exchange.errors import (
    DeskBehind,
    EntryDropped,
    HubRefused,
    LogDisagrees,
    LogForked,
    LogFrozen,
    LogRolledBack,
    ProofRefused,
)
from keys.errors import CheckpointForged, CheckpointMalformed, CosignatureForged, HomeSetBack, ProofInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

Grave = Literal["act now", "today", "look"]


class Meaning(NamedTuple):
    """One alarm in words. `about` says what its subject names; `ends` is true if it ends by itself."""

    grave: Grave
    says: str
    do: str
    about: str
    ends: bool


MEANINGS: Final[Mapping[str, Meaning]] = {
    NOT_OURS: Meaning(
        "act now",
        "The hub lists a key event for your own agency that your ceremonies did not make.",
        "First ask whether an old copy of the home was put back: then put back the newest, or bring this "
        "one up to the log with `readback keys catch-up HOME --log FILE`. If not, somebody else may hold "
        "your root key. Tell every agency you work with, by telephone, not to trust new keys of yours.",
        "your agency",
        ends=False,
    ),
    TAKEN_BACK: Meaning(
        "act now",
        "Another agency took back a key, its own or a person's, from a time at which you had steps of theirs "
        "already. Whoever stole it may have signed them, or vouched for the people who did; or the agency "
        "wants not to have said them.",
        "Ring that agency, ask for the key's id, and go through with them what `readback desk suspects HOME "
        "--key ID` lists. Of an agency's own key, `readback keys log show` says from which place in the log "
        "it counts no more. Nothing is changed here: the steps stay.",
        "the other agency",
        ends=False,
    ),
    LogForked.code: Meaning(
        "act now",
        "There are two histories of one key log: the hub showed you, or you and another agency, "
        "different ones. "
        "Where the hub's own signature proves it nothing is sent; otherwise nothing to that agency.",
        "`readback desk forks HOME` shows both. Ring the other agencies, compare sizes and roots, and keep "
        "both: they prove who lied. Decide together which one is true before you go on.",
        "the other agency, or empty where the hub's own notes contradict each other",
        ends=False,
    ),
    LogRolledBack.code: Meaning(
        "act now",
        "The hub shows a smaller key log than it showed before. It was shown what it forgot. Nothing is sent "
        "meanwhile.",
        "Ring the hub's operator: an old copy was restored. They mend it with an export from any desk: "
        "`readback keys log export`, then `readback hub mend`.",
        "",
        ends=True,
    ),
    LogFrozen.code: Meaning(
        "act now",
        "The key log stands still: a quorum of witnesses vouched for nothing new for a day, or not "
        "for an event "
        "of yours that the hub took ten minutes ago. You would not learn of a key that was revoked.",
        "Ring the hub's operator, and the agencies whose desks are witnesses. Until it moves again, "
        "confirm by "
        "telephone before you share with somebody whose key matters.",
        "",
        ends=True,
    ),
    EntryDropped.code: Meaning(
        "act now",
        "The hub's entries are not those that its log was signed over: one is missing, added, changed "
        "or moved. "
        "Nothing is sent meanwhile.",
        "Ring the hub's operator. `readback keys log audit` against another copy shows which entry it is.",
        "",
        ends=True,
    ),
    CheckpointForged.code: Meaning(
        "act now",
        "The log's newest checkpoint is not signed by the log that your policy names. Nothing is sent "
        "meanwhile.",
        "Ring the hub's operator. If its log key was changed, the agencies agree on a new policy; otherwise "
        "somebody stands between you and the hub.",
        "",
        ends=True,
    ),
    CheckpointMalformed.code: Meaning(
        "today",
        "What the hub shows as its newest checkpoint is none. Nothing is sent meanwhile.",
        "Ring the hub's operator.",
        "",
        ends=True,
    ),
    CosignatureForged.code: Meaning(
        "act now",
        "The hub shows a cosignature that the witness whose name it bears did not make. Nothing is sent "
        "meanwhile.",
        "Ring the hub's operator and the agencies whose desks are witnesses: somebody invents witnesses.",
        "",
        ends=True,
    ),
    ProofInvalid.code: Meaning(
        "today",
        "The hub's proof that its log continues yours is wrong, though its entries are right. Nothing "
        "is sent "
        "meanwhile.",
        "Ring the hub's operator: its software or its database is damaged.",
        "",
        ends=True,
    ),
    DeskBehind.code: Meaning(
        "act now",
        "This desk was set back to an older copy, or somebody else holds your agency's keys: the key "
        "log has a "
        "signature of yours that this casebook does not remember. The desk serves nobody and sends nothing.",
        "Put back the newest casebook you have. If what was lost is lost: `readback desk resume "
        "HOME`, by two "
        "administrators, with reasons. If nothing was put back, revoke your keys.",
        "",
        ends=False,
    ),
    HomeSetBack.code: Meaning(
        "act now",
        "The key log has key events of your own agency that come after all that this home has. An old copy "
        "of the home was put back, or somebody else holds your root. The desk serves nobody, and nothing "
        "is sent.",
        "Stop the desk. If an old copy was put back, put back the newest. If that is lost: `readback keys "
        "log export`, then `readback keys catch-up HOME --log FILE`, by two administrators, then `readback "
        "keys rotate HOME`. If nothing was put back, ring the other agencies first.",
        "",
        ends=True,
    ),
    LogDisagrees.code: Meaning(
        "today",
        "Another agency relies on another key log than the one your policy names. Its steps are refused.",
        "Ring that agency, and read out the fingerprint of the policy: `readback keys policy show HOME`.",
        "the other agency",
        ends=False,
    ),
    UNBELIEVABLE: Meaning(
        "act now",
        "The hub's log has an entry that no honest agency can have made. Nothing is sent meanwhile, and your "
        "witness does not vouch for it.",
        "Ring the hub's operator. `readback desk audit` shows which rule it broke.",
        "",
        ends=True,
    ),
    NOT_ADMITTED: Meaning(
        "today",
        "The hub's operator has not admitted your agency, or admitted it under another fingerprint.",
        "Ring the operator. Give your agency's id, and read out `readback keys fingerprint HOME`.",
        "",
        ends=True,
    ),
    ProofRefused.code: Meaning(
        "today",
        "The hub has refused this desk's proofs for a minute or longer. No mail comes or goes meanwhile.",
        "Look at this machine's clock. Then ask whether an old copy of the home was put back, or the "
        "transport key was revoked; if it was revoked, rotate it: `readback keys rotate HOME`.",
        "",
        ends=True,
    ),
    HubRefused.code: Meaning(
        "today",
        "The hub refused a key event of your agency. Your new keys are not known to others yet.",
        "`readback desk audit` shows the hub's own code. Ring the hub's operator with it.",
        "",
        ends=True,
    ),
    ROLLED_BACK: Meaning(
        "today",
        "The hub forgot mail that it had numbered: it was set back to an older copy.",
        "What it had taken since that copy and not yet delivered is lost. Look at the shares that stay open, "
        "and ask their senders. What it still has was read again, which does no harm.",
        "",
        ends=False,
    ),
    REPLAYED: Meaning(
        "look",
        "The hub sent old mail again. It changed nothing here.",
        "Once is a fault. If it goes on, tell the hub's operator.",
        "",
        ends=False,
    ),
    UNREADABLE: Meaning(
        "today",
        "An envelope tripped this desk up three times, by a fault of ours. It was set aside; others come in.",
        "Report the fault: the log names its kind. Ask the agencies you work with which share stays "
        "unanswered.",
        "the envelope's digest",
        ends=False,
    ),
    EXPIRING: Meaning(
        "today",
        "Your agency's list of people ends within three weeks. After that nobody can write to you, or "
        "believe what you sign.",
        "Renew it: `readback keys roster HOME --renew`.",
        "",
        ends=True,
    ),
    UNDIVIDED: Meaning(
        "today",
        "Your agency's records key is not with custodians. Whoever has its file and the passphrase of the "
        "founding can read, alone, everything that your agency sent or received. The founding is not "
        "finished until this is done.",
        "Give it to two custodians at least: `readback keys custodians HOME`.",
        "",
        ends=True,
    ),
    ALTERED: Meaning(
        "act now",
        "The transcripts of your agency's ceremonies are not those that this desk saw before. Somebody put "
        "others in their place, or an old copy of the home.",
        "Compare with the records on paper: `readback keys ceremonies HOME`. Bring the newest backup of the "
        "home back, and find out who could write there.",
        "",
        ends=False,
    ),
    OPENED: Meaning(
        "today",
        "Custodians opened a thread with the records key. Who, when and why is on record.",
        "For the agency's lead: `readback alarms` shows you the reasons. Ask the custodians if they do not "
        "convince you; that they had the right to open it is for you to judge.",
        "the thread",
        ends=False,
    ),
    MISSING: Meaning(
        "today",
        "A step arrived, but one that it follows has not come for a quarter of an hour.",
        "Ask the other agency whether all of theirs went out: `readback deliveries` at their desk. If the "
        "hub lost it, that thread cannot go on: the sender withdraws the share and sends it anew.",
        "the thread",
        ends=True,
    ),
    UNPOSTABLE: Meaning(
        "today",
        "The hub will not take an envelope of yours. It was not sent to anybody.",
        "`readback desk audit` shows the hub's code. Tell the author: that step did not reach the other "
        "side, and will not. The share is withdrawn and sent anew.",
        "the thread, or the envelope where it carried your roster",
        ends=False,
    ),
    UNSENT: Meaning(
        "today",
        "People or programs are not told that something waits: a mail server or a webhook has taken nothing "
        "for ten minutes, or notices.toml cannot be read. Nothing is lost: all of it is on the first page.",
        "Try it: `readback desk notify-test HOME`. Until it works, tell people to look at the desk "
        "themselves.",
        "the way that fails, or `settings`",
        ends=True,
    ),
    LOST: Meaning(
        "today",
        "A file that belongs to a share is not here, or not at the hub. The words are not held up by it.",
        "Ask the sender to send the file again, in an amended share.",
        "the file's digest",
        ends=True,
    ),
    REFUSED: Meaning(
        "today",
        "A file that belongs to a share arrived damaged three times, or the hub refused it.",
        "Ask the sender to send the file again, in an amended share.",
        "the file's digest",
        ends=False,
    ),
}
