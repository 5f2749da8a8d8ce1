"""`readback doctor`: what an operator or administrator would otherwise find out at a bad moment.

Promises: it looks at a hub's or an agency's folder and at the machine, and says what is well, what to look at
soon and what is wrong, each with what to do; it changes nothing, but that a database of an older release is
brought to this one's form when it is opened, as it would be when the program starts.
Never: a word, a name, or an id of a person; a private key of anybody but the desk or the hub itself.
"""
