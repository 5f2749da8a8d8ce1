"""Writing: a share is made one question at a time, kept at every step, checked, and sent.

Promises: see `frame` (what a question is), `asking` (its pages), `checking` (check your answers, and
sending).
Never: a rule of what a share must say stands here: those are in `exchange.share`.
"""
