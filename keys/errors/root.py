"""What can go wrong, as part of the interface.

Promises: every refusal is a typed exception with a stable `code`, a sentence for people (its docstring),
a `hint` that says what to do, and optionally `where`: a structural place such as `facts[2].source`.
Never: a problem carries anything that a person wrote, a name, or a secret, so that it may be logged and
sent as it is.

Two families, after h11: a `LocalProblem` says that *you* broke a rule (mend and try again, nothing was
lost); a `RemoteProblem` says that the *other side* did (nothing that it sent was believed).
"""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """Something was refused."""

    code: ClassVar[str] = "problem"
    hint: ClassVar[str] = "Nothing was changed."

    def __init__(self, where: str = "") -> None:
        """`where` names a place in the structure that was refused, never its content."""
        super().__init__(where)
        self.where = where

    @property
    def message(self) -> str:
        """The sentence for people: the class's docstring on one line."""
        doc = " ".join((type(self).__doc__ or "").split())
        return f"{doc} ({self.where})" if self.where else doc

    def __str__(self) -> str:
        return self.message


class LocalProblem(Problem):
    """You asked for something that the rules do not allow."""


class RemoteProblem(Problem):
    """The other side sent something that the rules do not allow."""


class KeysProblem(Problem):
    """Root of everything that `keys` refuses."""


class Malformed(KeysProblem, RemoteProblem):
    """These bytes are not what they claim to be."""

    code = "malformed"
    hint = "Ask the sender's desk to send it again; if it repeats, tell your administrator."


class SignatureInvalid(KeysProblem, RemoteProblem):
    """The signature does not fit these bytes under this key."""

    code = "signature_invalid"
    hint = "Do not rely on it. Tell your administrator: somebody altered it, or signed with another key."


class KeyUnknown(KeysProblem, RemoteProblem):
    """No key of that name is vouched for."""

    code = "key_unknown"
    hint = "Wait for the agency's next roster, or ask its administrator whether the key was enrolled."


class KeyRevoked(KeysProblem, RemoteProblem):
    """This key was revoked."""

    code = "key_revoked"
    hint = "Ask the person's agency for the key that replaces it."


class KeyExpired(KeysProblem, RemoteProblem):
    """This key is outside the time for which it was vouched."""

    code = "key_expired"
    hint = "Ask the person's agency to renew it."
