"""What can go wrong, as part of the interface.

Promises: every refusal is a typed exception with a stable `code`, a sentence for people (its docstring),
a `hint` that says what to do, and optionally `where`: a structural place such as `facts[2].source`.
Never: a problem carries anything that a person wrote, a name, or a secret, so that it may be logged and
sent as it is.

Two families, after h11: a `LocalProblem` says that *you* broke a rule (mend and try again, nothing was
lost); a `RemoteProblem` says that the *other side* did (nothing that it sent was believed).
"""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """Something was refused."""

    code: ClassVar[str] = "problem"
    hint: ClassVar[str] = "Nothing was changed."

    def __init__(self, where: str = "") -> None:
        """`where` names a place in the structure that was refused, never its content."""
        super().__init__(where)
        self.where = where

    @property
    def message(self) -> str:
        """The sentence for people: the class's docstring on one line."""
        doc = " ".join((type(self).__doc__ or "").split())
        return f"{doc} ({self.where})" if self.where else doc

    def __str__(self) -> str:
        return self.message


class LocalProblem(Problem):
    """You asked for something that the rules do not allow."""


class RemoteProblem(Problem):
    """The other side sent something that the rules do not allow."""


class KeysProblem(Problem):
    """Root of everything that `keys` refuses."""


class Malformed(KeysProblem, RemoteProblem):
    """These bytes are not what they claim to be."""

    code = "malformed"
    hint = "Ask the sender's desk to send it again; if it repeats, tell your administrator."


class SignatureInvalid(KeysProblem, RemoteProblem):
    """The signature does not fit these bytes under this key."""

    code = "signature_invalid"
    hint = "Do not rely on it. Tell your administrator: somebody altered it, or signed with another key."


class KeyUnknown(KeysProblem, RemoteProblem):
    """No key of that name is vouched for."""

    code = "key_unknown"
    hint = "Wait for the agency's next roster, or ask its administrator whether the key was enrolled."


class KeyRevoked(KeysProblem, RemoteProblem):
    """This key was revoked."""

    code = "key_revoked"
    hint = "Ask the person's agency for the key that replaces it."


class KeyExpired(KeysProblem, RemoteProblem):
    """This key is outside the time for which it was vouched."""

    code = "key_expired"
    hint = "Ask the person's agency to renew it."


# --- the directory -------------------------------------------------------------------------------


class AgencyUnknown(KeyUnknown):
    """No agency of that name is enrolled."""

    code = "agency_unknown"
    hint = "Check its id, or ask the hub's operator whether the agency was admitted."


class EventForged(SignatureInvalid):
    """This agency event was not signed by the agency's root."""

    code = "event_forged"
    hint = "Tell your administrator and the agency: somebody tried to change its keys."


class EventNotChained(KeysProblem, RemoteProblem):
    """This agency event does not follow from the agency's last one."""

    code = "event_not_chained"
    hint = "An event is missing or out of order. Nothing was taken over; ask the hub again from the start."


class EventReplayed(EventNotChained):
    """This agency event was already taken."""

    code = "event_replayed"
    hint = "Nothing was changed by seeing it again."


class EventForked(EventNotChained):
    """The agency's root signed two different events for one place."""

    code = "event_forked"
    hint = "Stop and tell the agency's administrator: its root key may be in two hands."


class KeyTaken(KeysProblem, RemoteProblem):
    """This key is another agency's already."""

    code = "key_taken"
    hint = "Make a key of your own. A key that two agencies show would mix up their mail."


class NameTaken(KeysProblem, RemoteProblem):
    """Another agency has this name already, or one that reads the same."""

    code = "name_taken"
    hint = "Found it under a name that nobody takes for the other. If this one is yours, tell the operator."


class RootDiffers(KeysProblem, RemoteProblem):
    """The agency's root is not the one that was compared and pinned."""

    code = "root_differs"
    hint = "Do not use this agency's keys. Compare the fingerprint with its administrator by telephone."


# --- the roster ----------------------------------------------------------------------------------


class RosterForged(SignatureInvalid):
    """This roster was not signed by its agency, or its entries are not the signed ones."""

    code = "roster_forged"
    hint = "Tell your administrator: somebody altered the agency's list of people."


class RosterRolledBack(KeysProblem, RemoteProblem):
    """This roster is not newer than the one already known."""

    code = "roster_rolled_back"
    hint = "The newer one stays in force."


class RosterExpired(KeyExpired):
    """The agency's roster is outside the time for which it was signed."""

    code = "roster_expired"
    hint = "Ask the agency's administrator to renew it: `readback keys roster HOME --renew`."


class RosterTooLarge(KeysProblem, LocalProblem):
    """The roster would hold more than one can carry."""

    code = "roster_too_large"
    hint = "Leave out people who have left, and their old keys."


class PersonSuspended(KeyRevoked):
    """This person is suspended by their agency."""

    code = "person_suspended"
    hint = "Ask their agency who acts in their place."


# --- at rest -------------------------------------------------------------------------------------


class KeystoreLocked(KeysProblem, LocalProblem):
    """The secret does not open this keystore, or the keystore was altered."""

    code = "keystore_locked"
    hint = "Try the passphrase again. If it is surely right, the file was altered: restore it from a backup."


class KeystoreMissing(KeysProblem, LocalProblem):
    """There is no keystore there."""

    code = "keystore_missing"
    hint = "Check the folder: keystores of offline keys are kept elsewhere and brought for a ceremony."


class KeystoreExists(KeysProblem, LocalProblem):
    """There is a file there already, and it is not overwritten."""

    code = "keystore_exists"
    hint = "Choose another place, or move the file away yourself if you are sure."


class KeystoreDamaged(KeysProblem, LocalProblem):
    """This file is no keystore, or not as Readback wrote it."""

    code = "keystore_damaged"
    hint = "Restore it from a backup."


class FileExposed(KeysProblem, LocalProblem):
    """Others than its owner may read or write this private file."""

    code = "file_exposed"
    hint = "Make it private (`chmod 600`) and consider whether somebody has read it; if so, revoke its keys."


class PassphraseTooShort(KeysProblem, LocalProblem):
    """A passphrase has at least twelve characters."""

    code = "passphrase_too_short"
    hint = "Use three or four random words."


class KeyringClosed(KeysProblem, LocalProblem):
    """These keys were put away."""

    code = "keyring_closed"
    hint = "Sign in again."


# --- ceremonies ----------------------------------------------------------------------------------


class HomeMissing(KeysProblem, LocalProblem):
    """There is no agency's home in that folder, or it is not whole."""

    code = "home_missing"
    hint = "Check the folder, or found the agency first: `readback keys found`."


class HomeExists(KeysProblem, LocalProblem):
    """There is something in that folder already."""

    code = "home_exists"
    hint = "An agency is founded once, in a folder of its own."


class HomeSetBack(KeysProblem, LocalProblem):
    """This home is older than the one that its desk has worked with."""

    code = "home_set_back"
    hint = (
        "Put the newest copy back. If it is lost, see who is in this one, suspend who has left, and renew it."
    )


class HomeBusy(KeysProblem, LocalProblem):
    """Another ceremony is under way in this home."""

    code = "home_busy"
    hint = "Wait until it has ended and try again."


class NameRefused(KeysProblem, LocalProblem):
    """A name or id here is empty, too long, or has characters that it may not have."""

    code = "name_refused"
    hint = (
        "A name is one line of 1 to 200 characters; an agency's id is lower-case letters, digits and hyphens."
    )


class PinMalformed(KeysProblem, LocalProblem):
    """A fingerprint is twelve groups of five digits."""

    code = "pin_malformed"
    hint = "Copy it as the other agency's administrator reads it out; spaces do not matter."


class PassphraseMissing(KeysProblem, LocalProblem):
    """A passphrase is needed, and there is no terminal to ask at."""

    code = "passphrase_missing"
    hint = "Put it on the first line of a private file and name that file with --passphrase-file."


class PassphraseFileMissing(KeysProblem, LocalProblem):
    """There is no passphrase file of that name."""

    code = "passphrase_file_missing"
    hint = "Check its name; it holds the passphrase on its first line and is private to you."


class PersonUnclear(KeysProblem, LocalProblem):
    """No person or role of that id or name is here, or several are."""

    code = "person_unclear"
    hint = "Give the id: `readback keys roster HOME` lists everybody with theirs."


# --- custody -------------------------------------------------------------------------------------


class TooFewCustodians(KeysProblem, LocalProblem):
    """A records key is split among two to seven custodians, of whom at least two are needed together."""

    code = "too_few_custodians"
    hint = "Name each custodian once, and how many are needed: `--need 2` of three, or `--need 3` of five."


class PartsDoNotFit(KeysProblem, LocalProblem):
    """These parts do not give that key back: too few, one twice, altered, or of different splits."""

    code = "parts_do_not_fit"
    hint = "Bring as many different custodians as are needed. If it stays so, try another group of them."
