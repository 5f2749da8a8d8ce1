"""What the exchange refuses, and in which words.

Promises: as `keys.errors`, whose families these join; each class is one stable code.
Never: an HTTP status (those live with the hub's and the desk's routes), or anything that a person wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.errors import LocalProblem, Problem, RemoteProblem

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExchangeProblem(Problem):
    """Root of everything that `exchange` refuses."""


# --- the bytes -----------------------------------------------------------------------------------


class EnvelopeRefused(ExchangeProblem, RemoteProblem):
    """This envelope cannot be opened."""

    code = "envelope_refused"
    hint = "The sender's desk should send it again. The reason is in this desk's audit trail."


class NotForMe(EnvelopeRefused):
    """No slot of this envelope, or more than one, is mine."""

    code = "not_for_me"
    hint = "It was addressed to another key. Nothing was opened."


class HeaderDisagrees(EnvelopeRefused):
    """The slip inside says something else than the header outside."""

    code = "header_disagrees"
    hint = "Somebody put one message into another's envelope. It was refused."


class ContentsDisagree(EnvelopeRefused):
    """The words are not the ones that the signed slip pins."""

    code = "contents_disagree"
    hint = "Do not rely on them. Tell your administrator and ask the sender to send again."


class TooLarge(ExchangeProblem, LocalProblem):
    """This is larger than the exchange carries."""

    code = "too_large"
    hint = "Shorten it, send less, or attach a file."


# --- what a share must say -----------------------------------------------------------------------


class PurposeMissing(ExchangeProblem, LocalProblem):
    """A share or request must say its purpose."""

    code = "purpose_missing"
    hint = "Choose a purpose from the catalogue and say it in a sentence of your own."


class PurposeUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such purpose on that day."""

    code = "purpose_unknown"
    hint = "Choose one that is in force: `readback catalogue purposes`."


class BasisMissing(ExchangeProblem, LocalProblem):
    """A share or request must say its lawful basis."""

    code = "basis_missing"
    hint = "Choose the lawful basis you rely on from the catalogue."


class BasisUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such lawful basis, gateway or reason on that day."""

    code = "basis_unknown"
    hint = "Choose one that is in force: `readback catalogue bases`."


class BasisIncomplete(ExchangeProblem, LocalProblem):
    """This lawful basis needs something more to be said with it."""

    code = "basis_incomplete"
    hint = "Add the gateway, or the reason why consent is not relied on, that the catalogue asks for."


class OpinionRestsOnNothing(ExchangeProblem, LocalProblem):
    """An opinion must say what it rests on."""

    code = "opinion_rests_on_nothing"
    hint = "Name the facts it rests on, or its other grounds."


class OpinionRestsOnHidden(ExchangeProblem, LocalProblem):
    """An opinion rests on a fact that one of its recipients does not receive, or that is not there."""

    code = "opinion_rests_on_hidden"
    hint = "Give that recipient the fact too, withhold the opinion, or give other grounds."


class FactWithoutSource(ExchangeProblem, LocalProblem):
    """A fact must say how it is known."""

    code = "fact_without_source"
    hint = "Say whether it was observed, reported or recorded, and by whom or where."


class FactWithoutDate(ExchangeProblem, LocalProblem):
    """A fact must say when it was so."""

    code = "fact_without_date"
    hint = "Give the date, month or year; a period has a start and an end."


class DateAbsurd(ExchangeProblem, LocalProblem):
    """This date does not exist, lies in the future, or lies too far back."""

    code = "date_absurd"
    hint = "Write it as 2026-11-22, 2026-11 or 2026."


class StatementsMissing(ExchangeProblem, LocalProblem):
    """A share must say at least one thing to each of its recipients."""

    code = "statements_missing"
    hint = "Add a fact or an opinion for every recipient."


class StatementIds(ExchangeProblem, LocalProblem):
    """Each statement needs an id of its own: F1, F2 … for facts, O1, O2 … for opinions."""

    code = "statement_ids"
    hint = "Number the facts and the opinions, each id once."


class EmphasisIncomplete(ExchangeProblem, LocalProblem):
    """Every statement needs a weight, and one that all recipients receive is the key point."""

    code = "emphasis_incomplete"
    hint = "Rank each statement critical, significant or context, and name the key point."


class CategoryMissing(ExchangeProblem, LocalProblem):
    """Law-enforcement processing must say each person's category."""

    code = "category_missing"
    hint = "Give each subject a category: suspect, convicted, victim, witness or other."


class NotInformedReason(ExchangeProblem, LocalProblem):
    """A share must say whether its subject was told, and if not, why not."""

    code = "subject_informed_missing"
    hint = "Say when and by whom, by when it is planned, or the reason why not."


class ContentsMalformed(ExchangeProblem, LocalProblem):
    """A field is missing, too long, or not of its kind."""

    code = "contents_malformed"
    hint = "The place is named; mend it and send again. What you wrote is kept."


class BasisContradictory(ExchangeProblem, LocalProblem):
    """It relies on consent and also gives a reason for doing without."""

    code = "basis_contradictory"
    hint = "Choose one: consent, or another basis with the reason why consent is not relied on."


class BasisNotForThis(ExchangeProblem, LocalProblem):
    """This lawful basis may be named in a request, but nothing can be shared on it."""

    code = "basis_not_for_this"
    hint = "Choose the lawful basis that lets you share, or record a decision not to."


class ReasonUnknown(ExchangeProblem, LocalProblem):
    """The catalogue has no such reason on that day."""

    code = "reason_unknown"
    hint = "Choose one that is in force: `readback catalogue` lists them all."


class SubjectMissing(ExchangeProblem, LocalProblem):
    """It must say whom it is about."""

    code = "subject_missing"
    hint = "Name the child, and every other person that it says something about."


class IdentifierMissing(ExchangeProblem, LocalProblem):
    """Each person needs an identifier, or the reason why it is left out; not both."""

    code = "identifier_missing"
    hint = "Give the identifier you have, or choose why you leave it out."


class ChangeMissing(ExchangeProblem, LocalProblem):
    """An amendment must say what changed and why; nothing else may."""

    code = "change_missing"
    hint = "Say in a sentence what was wrong and what is right."


class NewGroundsMissing(ExchangeProblem, LocalProblem):
    """A request that was refused may be asked again only with new grounds."""

    code = "new_grounds_missing"
    hint = "Say what has changed since the refusal."


class TextBlank(ExchangeProblem, LocalProblem):
    """Words are needed here, and there is nothing to read."""

    code = "text_blank"
    hint = "Write it in a sentence, or leave the field out where that is allowed."


class TextUnprintable(ExchangeProblem, LocalProblem):
    """This text contains characters that cannot be seen or that reverse what is seen."""

    code = "text_unprintable"
    hint = "Write it again by hand instead of pasting it."


class HeardIncomplete(ExchangeProblem, LocalProblem):
    """A hear-back answers each statement once, and agrees only if each was understood."""

    code = "heard_incomplete"
    hint = (
        "Mark every statement understood, or say the correction; agree only when nothing is left to correct."
    )


class RestatementUnknown(ExchangeProblem, LocalProblem):
    """This restates a statement that is not in the version it answers, or one of them twice."""

    code = "restatement_unknown"
    hint = "Restate each statement of the newest version once."


class ContentsRefused(ExchangeProblem, LocalProblem):
    """These words break one or more rules; `problems` has each with its place."""

    code = "contents_refused"
    hint = "Mend each place that is named and send again. What you wrote is kept."

    def __init__(self, problems: Sequence[Problem]) -> None:
        """`problems` has at least one; its first gives code and hint."""
        super().__init__(problems[0].where)
        self.problems = tuple(problems)
        self.code = problems[0].code  # type: ignore[misc]  # as grave as its first, by that one's name
        self.hint = problems[0].hint  # type: ignore[misc]  # the same

    @property
    def message(self) -> str:
        """Every problem's sentence."""
        return " ".join(problem.message for problem in self.problems)


# --- to whom -------------------------------------------------------------------------------------


class RecipientUnknown(ExchangeProblem, LocalProblem):
    """The agency's roster knows no such person or role."""

    code = "recipient_unknown"
    hint = "Look the recipient up again; people move. Nobody was sent anything."


class RecipientIsAuthor(ExchangeProblem, LocalProblem):
    """Nobody shares with themselves."""

    code = "recipient_is_author"
    hint = "Choose somebody else, or record a decision instead."


class RecipientKeyRevoked(ExchangeProblem, LocalProblem):
    """The recipient's key is revoked."""

    code = "recipient_key_revoked"
    hint = "Ask their agency for a new key before you send."


class RecipientKeyExpired(ExchangeProblem, LocalProblem):
    """The recipient's key, or their agency's roster, has expired."""

    code = "recipient_key_expired"
    hint = "Ask their agency to renew it before you send."


class SignerUnknown(ExchangeProblem, RemoteProblem):
    """The signer is not, by their agency's roster, that person with that key."""

    code = "signer_unknown"
    hint = "It is kept aside until a newer roster explains it. It changed nothing."


class SignerRosterExpired(SignerUnknown):
    """The roster that vouches for the signer has expired."""

    code = "signer_roster_expired"
    hint = "It is kept aside until their agency renews its roster. It changed nothing."


class SignerKeyRevoked(ExchangeProblem, RemoteProblem):
    """The signer's key is revoked."""

    code = "signer_key_revoked"
    hint = "Ask the sender's agency to send it again under a key in force."


class SignerKeyExpired(ExchangeProblem, RemoteProblem):
    """The signer's key, or their agency's roster, has expired."""

    code = "signer_key_expired"
    hint = "Ask the sender's agency to renew its roster and send again."


# --- where it stands -----------------------------------------------------------------------------


class StepNotAllowed(ExchangeProblem, LocalProblem):
    """This step cannot follow from where the thread stands."""

    code = "step_not_allowed"
    hint = "Look at the thread again: it may have moved on while you were writing. What you wrote is kept."


class NotYours(ExchangeProblem, LocalProblem):
    """This step belongs to somebody else."""

    code = "not_yours"
    hint = "Only the person or role named may take it, and nobody confirms their own restatement."


class Superseded(ExchangeProblem, LocalProblem):
    """There is a newer version, or a newer read-back, than the one this names."""

    code = "superseded"
    hint = "Read the newest one and answer that."


class ThreadUnknown(ExchangeProblem, LocalProblem):
    """There is no such thread here, or it is not yours to see."""

    code = "thread_unknown"
    hint = "Look in your inbox for the threads you take part in."


class LogDisagrees(ExchangeProblem, RemoteProblem):
    """Two desks were shown different directories by the hub."""

    code = "log_disagrees"
    hint = "Stop and tell your administrator and the other agency: somebody shows different keys to each."


class ThreadMoved(ExchangeProblem, LocalProblem):
    """Another step of this thread was recorded in the meantime."""

    code = "thread_moved"
    hint = "Nothing was written. Look at the thread again, and then take your step."


class DirectoryBehind(ExchangeProblem, RemoteProblem):
    """The sender relied on a newer directory than this desk has seen."""

    code = "directory_behind"
    hint = "It is kept aside until this desk has followed the directory that far. It changed nothing."


class DirectoryShorter(ExchangeProblem, RemoteProblem):
    """The hub shows a shorter directory than it showed before."""

    code = "directory_shorter"
    hint = "Nothing is sent until the hub shows the whole directory again. Tell your administrator."


class DirectoryDiffers(ExchangeProblem, RemoteProblem):
    """The hub shows another directory than it showed before, or one that does not hold together."""

    code = "directory_differs"
    hint = "Nothing is sent until it is explained. Tell your administrator: somebody may be swapping keys."


class AcceptFirst(ExchangeProblem, LocalProblem):
    """The words are shown after accepting: say that you are the right person, and what your part is."""

    code = "accept_first"
    hint = "Accept it, or decline it unread if it is not yours to have."


class EmphasisDisagrees(ExchangeProblem, RemoteProblem):
    """The emphasis revealed is not the one that the share committed to."""

    code = "emphasis_disagrees"
    hint = "Do not rely on the ranking shown. Tell your administrator, and ask the sender what they meant."


class EmphasisUnknown(ExchangeProblem, LocalProblem):
    """The ranking that this share committed to is not kept here."""

    code = "emphasis_unknown"
    hint = "Only the author's own desk keeps it. Ask your administrator about the records key."


class SlipOutOfTime(ExchangeProblem, RemoteProblem):
    """This step has expired, or says that it was written in the future."""

    code = "slip_out_of_time"
    hint = "Ask the sender to send it again, and to check their desk's clock."


class AttachmentUnknown(ExchangeProblem, LocalProblem):
    """There is no such attachment here, or not yet."""

    code = "attachment_unknown"
    hint = "It may still be on its way. Look again in a minute."


# --- evidence ------------------------------------------------------------------------------------


class CertificateRefused(ExchangeProblem, RemoteProblem):
    """This is not a certificate of closure as Readback writes it."""

    code = "certificate_refused"
    hint = "Do not rely on it. Ask the agency that gave it to you for another copy."


class CertificateIncomplete(ExchangeProblem, RemoteProblem):
    """The certificate lacks something that it needs, or carries something that does not belong."""

    code = "certificate_incomplete"
    hint = "Do not rely on it. Ask the agency that gave it to you for another copy."


class NotClosed(ExchangeProblem, LocalProblem):
    """These steps do not show a share that was restated and heard."""

    code = "not_closed"
    hint = "A certificate can be had once the sender has agreed that the read-back is what they meant."


# --- at the door ---------------------------------------------------------------------------------


class ProofRefused(ExchangeProblem, RemoteProblem):
    """The request's proof is missing, stale, replayed, or does not fit the request."""

    code = "proof_refused"
    hint = "Check this machine's clock and the desk's transport key."


class SignInRefused(ExchangeProblem, LocalProblem):
    """No such person here, or not that passphrase."""

    code = "sign_in_refused"
    hint = "Try again, or ask your administrator."


class SessionEnded(ExchangeProblem, LocalProblem):
    """You are not signed in, or no longer."""

    code = "session_ended"
    hint = "Sign in again. What you sent is safe; what you were writing was not sent."


class TooManyAttempts(ExchangeProblem, LocalProblem):
    """Too many wrong passphrases in a short time."""

    code = "too_many_attempts"
    hint = "Wait a minute and try again. Nothing is locked for good."


class SettingsRefused(ExchangeProblem, LocalProblem):
    """A setting is missing, unknown, or out of its bounds."""

    code = "settings_refused"
    hint = "Look at the named setting in the program's configuration file."


class AddressUnusable(ExchangeProblem, LocalProblem):
    """Nothing can listen at this address: another program has it, or it is not this machine's."""

    code = "address_unusable"
    hint = "Is it running already? If not, choose another host or port in its settings."


class HubUnreachable(ExchangeProblem, RemoteProblem):
    """The hub does not answer."""

    code = "hub_unreachable"
    hint = "What you sent is safe at your desk and goes out when the hub is back."


class HubRefused(ExchangeProblem, RemoteProblem):
    """The hub refused this for good."""

    code = "hub_refused"
    hint = "The place names the hub's own code. Trying again would not help: tell your administrator."

    def __init__(self, code: str, status: int) -> None:
        """`code` is the hub's stable code, `status` the HTTP status that came with it."""
        super().__init__(code)
        self.status = status


class StoreUnavailable(ExchangeProblem, LocalProblem):
    """The database does not answer, or is being closed."""

    code = "store_unavailable"
    hint = "Nothing that was accepted is lost. Try again in a moment; if it lasts, look at the database."


class DeskUnreachable(ExchangeProblem, RemoteProblem):
    """The desk does not answer."""

    code = "desk_unreachable"
    hint = "Is it running, and is its address right? What you wrote is still in your file."


class AddressInsecure(ExchangeProblem, LocalProblem):
    """A desk elsewhere must be reached by https."""

    code = "address_insecure"
    hint = "Use its https:// address. Plain http:// is for a desk on this machine alone."


class FileRefused(ExchangeProblem, LocalProblem):
    """This file cannot be used."""

    code = "file_refused"
    hint = "Mend the place that is named. The file was not changed and nothing was sent."


class RecipientAmbiguous(ExchangeProblem, LocalProblem):
    """That name fits more than one person or role."""

    code = "recipient_ambiguous"
    hint = "Write it as agency/Full name; `readback whom NAME` shows who is who. Nobody was sent anything."


class ThreadAmbiguous(ExchangeProblem, LocalProblem):
    """Those letters fit more than one thread."""

    code = "thread_ambiguous"
    hint = "Give more letters of the thread's name, as `readback inbox` shows it."


# --- at the hub ----------------------------------------------------------------------------------


class AgencyNotAdmitted(ExchangeProblem, RemoteProblem):
    """The hub's operator has not admitted this agency with this root."""

    code = "agency_not_admitted"
    hint = "Tell the operator your agency's id and read them your root's fingerprint aloud."


class MailboxUnknown(ExchangeProblem, LocalProblem):
    """No agency of that id has a mailbox at this hub."""

    code = "mailbox_unknown"
    hint = "Ask the agency whether it has registered. Nothing was sent to anybody."


class EnvelopeDiffers(ExchangeProblem, LocalProblem):
    """Another envelope was already posted under this id."""

    code = "envelope_differs"
    hint = "Seal it again: every envelope has an id of its own."


class CursorAhead(ExchangeProblem, LocalProblem):
    """This cursor was never issued."""

    code = "cursor_ahead"
    hint = "The hub may have been restored from an old copy. Tell its operator before reading on."


class BlobUnknown(ExchangeProblem, LocalProblem):
    """The hub does not hold this attachment."""

    code = "blob_unknown"
    hint = "It may have expired, or not have arrived completely. Ask the sender's desk to send it again."


class BlobDiffers(ExchangeProblem, LocalProblem):
    """The bytes that arrived are not the ones that were announced."""

    code = "blob_differs"
    hint = "They were thrown away. Upload it again from the beginning."


class BlobOutOfOrder(ExchangeProblem, LocalProblem):
    """This range does not begin where the last one ended."""

    code = "blob_out_of_order"
    hint = "Go on from the number of bytes that the answer says are held."
