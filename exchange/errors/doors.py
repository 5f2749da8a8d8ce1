"""At the door: proofs, sessions, settings, and whoever does not answer.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class ProofRefused(ExchangeProblem, RemoteProblem):
    """The request's proof is missing, stale, replayed, or does not fit the request."""

    code = "proof_refused"
    hint = "Check this machine's clock and the desk's transport key."


class SignInRefused(ExchangeProblem, LocalProblem):
    """No such person here, or not that passphrase."""

    code = "sign_in_refused"
    hint = "Try again, or ask your administrator."


class ProofNeeded(ExchangeProblem, LocalProblem):
    """This is signed in your name, so the desk asks again that it is you."""

    code = "proof_needed"
    hint = "Give your passphrase again (POST /session/proof), then send the same once more. Nothing was sent."


class ProofWrong(SignInRefused):
    """That is not your passphrase."""

    code = "proof_wrong"
    hint = "Type it again. Nothing was sent, and nothing that you wrote is lost."


class PasskeyRefused(SignInRefused):
    """That passkey was not accepted."""

    code = "passkey_refused"
    hint = "Try again, or use your passphrase. If it stays so, remove this passkey and add it anew."


class PasskeyNeeded(ExchangeProblem, LocalProblem):
    """You have a passkey that goes with your passphrase, and it was not used."""

    code = "passkey_needed"
    hint = (
        "In a browser, use your passkey first, then your passphrase. If you have lost it, your administrator "
        "can remove it."
    )


class PasskeyUnknown(ExchangeProblem, LocalProblem):
    """You have no such passkey, or no longer."""

    code = "passkey_unknown"
    hint = "Look at the list of your passkeys again. Nothing was changed."


class PasskeysOff(ExchangeProblem, LocalProblem):
    """This desk does not know the address at which browsers reach it, so it takes no passkeys."""

    code = "passkeys_off"
    hint = "Your administrator can set `address` in the desk's settings."


class SignInUnknown(ExchangeProblem, LocalProblem):
    """You are not signed in there, or no longer."""

    code = "sign_in_unknown"
    hint = "Look at the list of your sign-ins again. Nothing was changed."


class SessionEnded(ExchangeProblem, LocalProblem):
    """You are not signed in, or no longer."""

    code = "session_ended"
    hint = "Sign in again. What you sent is safe; what you were writing was not sent."


class TooManyAttempts(ExchangeProblem, LocalProblem):
    """Too many wrong passphrases in a short time."""

    code = "too_many_attempts"
    hint = "Wait a minute and try again. Nothing is locked for good."


class MediaTypeRefused(ExchangeProblem, LocalProblem):
    """The body is not said to be of the kind that belongs here."""

    code = "media_type_refused"
    hint = "Send JSON, with `Content-Type: application/json`."


class FormStale(ExchangeProblem, LocalProblem):
    """This form does not belong to your present sign-in, or another site sent it."""

    code = "form_stale"
    hint = "Nothing was done. Load the page again, and send it from there."


class CookieMissing(ExchangeProblem, LocalProblem):
    """Your browser did not keep this desk's cookie, so nobody can sign in with it."""

    code = "cookie_missing"
    hint = "Use the desk's https:// address, and allow its cookies. They only say that you are signed in."


class PageUnknown(ExchangeProblem, LocalProblem):
    """There is no such page."""

    code = "page_unknown"
    hint = "Check the address, or go to what needs you."


class SettingsRefused(ExchangeProblem, LocalProblem):
    """A setting is missing, unknown, or out of its bounds."""

    code = "settings_refused"
    hint = "Look at the named setting in the program's configuration file."


class DeskMissing(SettingsRefused):
    """There is no desk in that folder."""

    code = "desk_missing"
    hint = "Check the folder's name; `readback desk init` sets a desk up in an agency's home."


class HubMissing(SettingsRefused):
    """There is no hub in that folder."""

    code = "hub_missing"
    hint = "Check the folder's name; `readback hub init` makes a hub in it."


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


class StoreDamaged(StoreUnavailable):
    """The database is damaged, or it is not this program's."""

    code = "store_damaged"
    hint = "Keep it as it is for whoever looks into it, and put back the newest copy."


class DeskUnreachable(ExchangeProblem, RemoteProblem):
    """The desk does not answer."""

    code = "desk_unreachable"
    hint = "Is it running, and is its address right? What you wrote is still in your file."


class AnswerLost(DeskUnreachable):
    """The desk's answer was lost: it may have done this, or not."""

    code = "answer_lost"
    hint = "Repeat it with --key and the key that is named: within a day, nothing is posted twice."


class IdempotencyKeyReused(ExchangeProblem, LocalProblem):
    """This key was used in the last 24 hours for something else."""

    code = "idempotency_key_reused"
    hint = "Nothing was posted now. Look whether the first was, and choose a new key for what is new."


class AddressInsecure(ExchangeProblem, LocalProblem):
    """A desk elsewhere must be reached by https."""

    code = "address_insecure"
    hint = "Use its https:// address. Plain http:// is for a desk on this machine alone."


class LegUnknown(ExchangeProblem, LocalProblem):
    """Say which leg: what you gave is none of yours, or several are."""

    code = "leg_unknown"
    hint = "Name one of the legs that are listed, with --leg. `readback show` says who is on which."


class FileRefused(ExchangeProblem, LocalProblem):
    """This file cannot be used."""

    code = "file_refused"
    hint = "Mend the place that is named. The file was not changed and nothing was sent."


class RememberedDamaged(ExchangeProblem, LocalProblem):
    """The remembered file holds no checkpoint that this policy believes. It says nothing about the hub."""

    code = "remembered_damaged"
    hint = (
        "See whether --remember names the right file, and who changed it. Put back a copy; without one, "
        "the log cannot be compared with what it was."
    )


class FileExists(FileRefused):
    """There is a file of that name already."""

    code = "file_exists"
    hint = "Choose another name: nothing is written over a file that is there."


class FileMissing(FileRefused):
    """There is no file there that can be read."""

    code = "file_missing"
    hint = "Check its name, and whether you may read it. Nothing was changed."


class Unforeseen(ExchangeProblem, LocalProblem):
    """Something went wrong here that nobody foresaw."""

    code = "unforeseen"
    hint = (
        "What you asked for may or may not have been done: `readback inbox` shows where things stand. If it "
        "happens again, tell your administrator which command it was."
    )


class RecipientAmbiguous(ExchangeProblem, LocalProblem):
    """That name fits more than one person or role."""

    code = "recipient_ambiguous"
    hint = "Write it as agency/Full name; `readback whom NAME` shows who is who. Nobody was sent anything."


class ThreadAmbiguous(ExchangeProblem, LocalProblem):
    """Those letters fit more than one thread."""

    code = "thread_ambiguous"
    hint = "Give more letters of the thread's name, as `readback inbox` shows it."
