"""Evidence: what anybody can check, offline, long after the hub and the desks have gone.

Promises: a certificate carries the exact bytes that were signed and all that is needed to judge them; what
is shown to a court is computed from those bytes and from nothing else.
Never: it holds a key that opens anything, a clock, or the name of anyone but those who signed.
"""
