"""At the hub: agencies, mailboxes and blobs.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


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


class HubBehind(ExchangeProblem, RemoteProblem):
    """This hub was set back: a desk holds a checkpoint of its key log that goes beyond what is here."""

    code = "hub_behind"
    hint = (
        "Its operator gets an export from any desk (`readback keys log export`) and mends it: "
        "`readback hub mend HOME --from FILE`."
    )


class CheckpointUnknown(ExchangeProblem, RemoteProblem):
    """This is not one of the newest checkpoints of this hub's key log."""

    code = "checkpoint_unknown"
    hint = "Fetch the newest one, verify it, and cosign that."


class WitnessUnknown(ExchangeProblem, RemoteProblem):
    """No line under this checkpoint is of the sending agency's witness key."""

    code = "witness_unknown"
    hint = "Cosign with the witness key that stands in the key log for your agency, under its id."


class LogBeyond(ExchangeProblem, LocalProblem):
    """The key log has no such part, or no checkpoint covers it yet."""

    code = "log_beyond"
    hint = "Ask for what the newest checkpoint covers."


class LogKeyMissing(ExchangeProblem, LocalProblem):
    """The hub's log key, or what opens it, is not in its folder."""

    code = "log_key_missing"
    hint = (
        "Put log.keystore, and log.credential or log.token, back from a backup. Without them this log has "
        "ended for good."
    )


class LogDamaged(ExchangeProblem, LocalProblem):
    """The key log in the database is not the one that this hub signed."""

    code = "log_damaged"
    hint = "Put back the newest backup of the database, then: readback hub mend HOME --from FILE."


class ExportDiffers(ExchangeProblem, RemoteProblem):
    """The entries of this export do not lead to the checkpoint at its end."""

    code = "export_differs"
    hint = "Nothing was changed. Ask another desk for an export: `readback keys log export`."
