"""Where a read-back differs from what was sent: a help for the sender, who alone decides.

Promises: `compare` is pure, total and deterministic; it names what it sees with the words that show it.
Never: it decides. There is no verdict in what it returns, and nothing found is not the same as understood.
What it can and cannot see is measured in `docs/understanding.md`.
"""

from exchange.share.understanding.comparison import compare
from exchange.share.understanding.divergence import Divergence, DivergenceKind

__all__ = ["Divergence", "DivergenceKind", "compare"]
