"""Where it stands: steps that cannot follow, and desks that were shown different things.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class StepNotAllowed(ExchangeProblem, LocalProblem):
    """This step cannot follow from where the thread stands."""

    code = "step_not_allowed"
    hint = "Look at the thread again: it may have moved on while you were writing. What you wrote is kept."


class NotYours(ExchangeProblem, LocalProblem):
    """This step belongs to somebody else."""

    code = "not_yours"
    hint = "Only the person or role named may take it, and nobody confirms their own restatement."


class Superseded(ExchangeProblem, LocalProblem):
    """There is a newer version, or a newer read-back, than the one this names."""

    code = "superseded"
    hint = "Read the newest one and answer that."


class ThreadUnknown(ExchangeProblem, LocalProblem):
    """There is no such thread here, or it is not yours to see."""

    code = "thread_unknown"
    hint = "Look in your inbox for the threads you take part in."


class LogDisagrees(ExchangeProblem, RemoteProblem):
    """Two desks were shown different directories by the hub."""

    code = "log_disagrees"
    hint = "Stop and tell your administrator and the other agency: somebody shows different keys to each."


class ThreadMoved(ExchangeProblem, LocalProblem):
    """Another step of this thread was recorded in the meantime."""

    code = "thread_moved"
    hint = "Nothing was written. Look at the thread again, and then take your step."


class DirectoryBehind(ExchangeProblem, RemoteProblem):
    """The sender relied on a newer directory than this desk has seen."""

    code = "directory_behind"
    hint = "It is kept aside until this desk has followed the directory that far. It changed nothing."


class DirectoryShorter(ExchangeProblem, RemoteProblem):
    """The hub shows a shorter directory than it showed before."""

    code = "directory_shorter"
    hint = "Nothing is sent until the hub shows the whole directory again. Tell your administrator."


class DirectoryDiffers(ExchangeProblem, RemoteProblem):
    """The hub shows another directory than it showed before, or one that does not hold together."""

    code = "directory_differs"
    hint = "Nothing is sent until it is explained. Tell your administrator: somebody may be swapping keys."


class AcceptFirst(ExchangeProblem, LocalProblem):
    """The words are shown after accepting: say that you are the right person, and what your part is."""

    code = "accept_first"
    hint = "Accept it, or decline it unread if it is not yours to have."


class EmphasisDisagrees(ExchangeProblem, RemoteProblem):
    """The emphasis revealed is not the one that the share committed to."""

    code = "emphasis_disagrees"
    hint = "Do not rely on the ranking shown. Tell your administrator, and ask the sender what they meant."


class EmphasisUnknown(ExchangeProblem, LocalProblem):
    """The ranking that this share committed to is not kept here."""

    code = "emphasis_unknown"
    hint = "Only the author's own desk keeps it. Ask your administrator about the records key."


class SlipOutOfTime(ExchangeProblem, RemoteProblem):
    """This step has expired, or says that it was written in the future."""

    code = "slip_out_of_time"
    hint = "Ask the sender to send it again, and to check their desk's clock."


class AttachmentUnknown(ExchangeProblem, LocalProblem):
    """There is no such attachment here, or not yet."""

    code = "attachment_unknown"
    hint = "It may still be on its way. Look again in a minute."
