"""Where it stands: steps that cannot follow, and desks that were shown different things.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class StepNotAllowed(ExchangeProblem, LocalProblem):
    """This step cannot follow from where the thread stands."""

    code = "step_not_allowed"
    hint = (
        "Look at the thread again, on its page or with `readback show THREAD`: it may have moved on while "
        "you were writing. It says whose turn it is."
    )


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
    """The sender relied on another key log than the one that this desk pinned."""

    code = "log_disagrees"
    hint = "Compare the policy's fingerprint with the other agency: readback keys policy show HOME."


class ThreadMoved(ExchangeProblem, LocalProblem):
    """Another step of this thread was recorded in the meantime."""

    code = "thread_moved"
    hint = "Nothing was written. Look at the thread again, and then take your step."


class DirectoryBehind(ExchangeProblem, RemoteProblem):
    """The sender relied on more of the key log than witnesses have vouched for here."""

    code = "directory_behind"
    hint = "It is kept aside until this desk has followed the log that far. It changed nothing."


class LogRolledBack(ExchangeProblem, RemoteProblem):
    """The hub shows a smaller key log than it showed before."""

    code = "log_rolled_back"
    hint = (
        "Nothing is sent until the hub has its whole log again. Tell the hub's operator: `readback hub mend`."
    )


class LogForked(ExchangeProblem, RemoteProblem):
    """There are two histories of one key log: somebody shows different keys to different agencies."""

    code = "log_forked"
    hint = "Both are kept: `readback desk forks HOME` shows them. Tell the other agencies by telephone."


class LogFrozen(ExchangeProblem, RemoteProblem):
    """The key log has stood still for too long: nobody would learn of a key that was revoked."""

    code = "log_frozen"
    hint = "Ring the hub's operator, and the agencies whose desks are witnesses."


class EntryDropped(ExchangeProblem, RemoteProblem):
    """The key log's entries are not those that its checkpoint was signed over."""

    code = "entry_dropped"
    hint = (
        "Nothing is sent meanwhile. Tell your administrator: an agency's key event is being hidden or moved."
    )


class DeskBehind(ExchangeProblem, LocalProblem):
    """This desk was set back to an older copy: it has signed more than it remembers."""

    code = "desk_behind"
    hint = (
        "Put back the newest home and casebook you have. If there are none: "
        "readback desk resume HOME --reasons TEXT --by NAME. "
        "Until then this desk serves nobody and sends nothing."
    )


class NothingToResume(ExchangeProblem, LocalProblem):
    """This desk was not found to be set back: there is nothing to resume."""

    code = "nothing_to_resume"
    hint = "Start it, and look at what stands: readback desk alarms HOME."


class AlarmAbsent(ExchangeProblem, LocalProblem):
    """No such alarm stands at this desk."""

    code = "alarm_absent"
    hint = "See which stand, and how they are written: readback desk alarms HOME."


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
