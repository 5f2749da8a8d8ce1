"""The hub's store: sealed envelopes, in whose mailbox they wait, and the key log."""

from exchange.store.mailroom.records import Issued, Post, Posting
from exchange.store.mailroom.room import Mailroom

__all__ = ["Issued", "Mailroom", "Post", "Posting"]
