"""One agency's desk: its keys, its casebook, its people, and its line to the hub.

Promises: words are opened only with the key of the person who asks, in that person's session.
Never: the desk at rest holds a plaintext word, and an administrator of its keys is not a reader.
"""
