"""The use cases of a desk, free of HTTP: the place where keys, words, rules and the casebook meet.

Promises: whatever a person asks for is judged against the rules and the thread's status before anything is
signed, and what was done is recorded in one transaction before it is answered.
Never: a use case reads another person's words (but for custodians who break the glass), blocks the loop with
cryptography, or trusts its caller for who is asking: that is the session's word.
"""
