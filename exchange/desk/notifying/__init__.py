"""Notices: that something waits, and nothing else, told to people by mail and to programs by webhook.

Promises: a notice says that something waits at this agency's desk, how many things, and whether any of them
is immediate. Whoever reads somebody's mail learns no more. What is handled before it goes out is not told; a
desk that was killed goes on where it was; a server that fails holds nobody up.
Never: a name, a thread, a kind, a word, or another agency leaves the desk in a notice, or stands in a log.

matters    what waits, and for whom
wishes     what each person said about being told
settings   what an administrator said about how; settings_file follows it
audience   who is told of a matter, and where
noticing   makes notices: together what comes together, nothing in quiet hours
delivering sends them, again if need be
ways       the two ways out: mail, webhook; message is what they carry
"""
