"""The demonstration: a hub and eight agencies' desks on this machine, and four cases told as a story.

Promises: everything goes through the public interfaces, as files that the command line reads and steps that
the desks' API takes; how each case ended is asked of the desks, on both sides, never of what was printed.
Never: a shortcut into a store or a key, or a real person.
"""
