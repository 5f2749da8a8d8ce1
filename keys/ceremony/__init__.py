"""Ceremonies: the acts by which keys come into being, change hands and end.

Promises: each act is whole or did not happen; what it made can be checked by everybody from the signed events
and the signed roster alone. Each is a function on an agency's home folder, with no network.
Never: a private key leaves its keystore but into the memory of the act that needs it.
"""
