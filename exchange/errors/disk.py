"""The disk below a command."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class DiskFull(ExchangeProblem, LocalProblem):
    """The disk is full."""

    code = "disk_full"
    hint = "Make room, look what stands (`readback keys ceremonies HOME`), and give the command again."


class DiskReadOnly(ExchangeProblem, LocalProblem):
    """Nothing can be written there: the disk is read-only, or the folder is somebody else's."""

    code = "disk_read_only"
    hint = "Make it writable for whoever runs this. Nothing was changed."
