"""The practitioner's command line: a client of the desk's JSON API, and nothing more.

Promises (the interface's rules): every refusal says what was wrong, its code and what to do, on the error
stream, and ends with status 2 (refused, or used wrongly) or 3 (nobody answers); a file is never consumed, so
that nothing written is lost; every command can answer in JSON; a thread may be named by its first
letters as long as they fit only one; nothing is preselected, least of all a verdict.
Never: it holds a key or opens an envelope. A secret is read from a file or asked for, never an argument.
"""
