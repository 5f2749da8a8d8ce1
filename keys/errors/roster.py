"""The roster: who works at an agency, and with which keys."""

from keys.errors.root import (
    KeyExpired,
    KeyRevoked,
    KeysProblem,
    LocalProblem,
    RemoteProblem,
    SignatureInvalid,
)


class RosterForged(SignatureInvalid):
    """This roster was not signed by its agency, or its entries are not the signed ones."""

    code = "roster_forged"
    hint = "Tell your administrator: somebody altered the agency's list of people."


class RosterRolledBack(KeysProblem, RemoteProblem):
    """This roster is not newer than the one already known."""

    code = "roster_rolled_back"
    hint = "The newer one stays in force."


class RosterExpired(KeyExpired):
    """The agency's roster is outside the time for which it was signed."""

    code = "roster_expired"
    hint = "Ask the agency's administrator to renew it: `readback keys roster HOME --renew`."


class RosterTooLarge(KeysProblem, LocalProblem):
    """The roster would hold more than one can carry."""

    code = "roster_too_large"
    hint = "Leave out people who have left, and their old keys."


class PersonSuspended(KeyRevoked):
    """This person is suspended by their agency."""

    code = "person_suspended"
    hint = "Ask their agency who acts in their place."
