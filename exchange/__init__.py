"""exchange: what was said, to whom, and where it stands.

Promises: a share closes only when its recipient restated it and its sender heard that it is what they meant.
Never: the hub's half of this package can reach a key or a word; import contracts fail the build otherwise.
"""
