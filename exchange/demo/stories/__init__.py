"""The four cases, one file each: who does what, in order, through the desks' own interfaces.

Promises: each story notes how every leg ended, for the desks to confirm when all are told.
"""
