"""Every size and count that a stranger could choose, in one place.

Promises: whatever arrives is measured against these before memory or time is spent on it.
Never: a limit depends on who is asking.
"""

KIB = 1024
MIB = 1024 * KIB

CONTENTS = 256 * KIB  # the words of one part
SLIP = 32 * KIB
STATEMENTS = 200  # facts and opinions of one share
RECIPIENTS = 50
PARTS = RECIPIENTS
PART_SLOTS = 2 * RECIPIENTS + 2  # every recipient, each agency's records key, the sender and theirs
ATTACHMENTS = 20
HEADS = 32  # thread heads that one slip may name
ENVELOPE = 4 * MIB
BATCH = 8 * MIB  # one post of several envelopes
BATCH_COUNT = 256
ATTACHMENT = 2 * 1024 * MIB
BLOB = 2 * ATTACHMENT  # an attachment as sealed, with its padding
BLOB_RANGE = 4 * MIB  # one request's share of an attachment
ROSTER = 256 * KIB  # the signed list, without its entries
ROSTER_ENTRY = 24 * KIB
ROSTER_ENTRIES = 2000
AGENCY_EVENT = 32 * KIB
CERTIFICATE = 64 * MIB

SENTENCE = 2000  # characters of one field in a person's words
STATEMENT = 4000  # characters of one fact or opinion
NAME = 200
SUBJECTS = 20
STEPS_PER_THREAD = 2000
