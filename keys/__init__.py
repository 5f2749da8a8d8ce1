"""Keys: who may speak, and whether they said this.

Promises: every key that Readback uses is made, named, vouched for, kept and judged here.
Never: it knows nothing of shares, hubs or desks; nothing here imports `exchange`.
"""
