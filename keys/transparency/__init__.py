"""The key log: what makes a swapped, hidden or rolled-back key event show. Pure: bytes in, trust out.

Promises: the formats are published ones (RFC 9162's Merkle tree; C2SP's signed notes, checkpoints,
cosignatures and tiles), read strictly and printed as they were read.
Never: it stores, fetches, reads a clock, or knows what an entry says. See docs/spec/log.md.
"""
