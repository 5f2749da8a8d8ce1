"""The key log at the hub: who is enrolled, in which order, under which signed checkpoints."""

from exchange.hub.keylog.keylog import Keylog

__all__ = ["Keylog"]
