"""Every size and count that a stranger could choose, in one place.

Promises: whatever arrives is measured against these before memory or time is spent on it.
Never: a limit depends on who is asking.
"""

KIB = 1024
MIB = 1024 * KIB

CONTENTS = 256 * KIB  # the words of one part
SLIP = 32 * KIB  # the signed face of one step
STATEMENTS = 200  # facts and opinions of one share
RECIPIENTS = 50  # people and roles that one share goes to
PARTS = RECIPIENTS  # sealed parts of one step: one for each audience
PART_SLOTS = 2 * RECIPIENTS + 2  # every recipient, each agency's records key, the sender and theirs
ATTACHMENTS = 20  # files of one share
HEADS = 32  # thread heads that one slip may name
ENVELOPE = 4 * MIB  # one step on its way, with all its parts
BATCH = 8 * MIB  # one post of several envelopes
BATCH_COUNT = 256  # envelopes in one post
ATTACHMENT = 2 * 1024 * MIB  # one file
BLOB = 2 * ATTACHMENT  # an attachment as sealed, with its padding
BLOB_RANGE = 4 * MIB  # one request's share of an attachment
ROSTER = 256 * KIB  # the signed list, without its entries
ROSTER_ENTRY = 24 * KIB  # one person or role in a roster, with past keys
ROSTER_ENTRIES = 2000  # people and roles of one agency
AGENCY_EVENT = 32 * KIB  # one key event of an agency
NOTE = 64 * KIB  # a checkpoint with the cosignatures of all its witnesses
CERTIFICATE = 64 * MIB  # one certificate of closure

SENTENCE = 2000  # characters of one field in a person's words
STATEMENT = 4000  # characters of one fact or opinion
NAME = 200  # characters of a name
SUBJECTS = 20  # people that one share is about
STEPS_PER_THREAD = 2000  # steps of one thread
STEPS_OF_ONE_AGENCY = 500  # of them, signed at one agency: nobody can fill a thread for the others
