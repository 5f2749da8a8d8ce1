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
