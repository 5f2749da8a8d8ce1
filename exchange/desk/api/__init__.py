"""The desk's JSON API: the use cases one to one, over HTTP.

Promises: it adds nothing to the service but transport, sessions and shapes, and takes nothing away.
Never: a rule of the exchange is decided here.
"""
