"""A thread on paper: what the thread's page says, as a PDF that can be filed, read aloud and kept.

Promises: it says what its reader may see and nothing more, in the words of the pages; the same thread,
printed by the same person at the same time, gives the same bytes.
Never: what somebody wrote is run as a program: the words go into the document as values.
"""
