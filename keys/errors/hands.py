"""Who holds a ceremony, and what was written down of the ceremonies before."""

from keys.errors.root import KeysProblem, LocalProblem


class AdministratorNeeded(KeysProblem, LocalProblem):
    """An administrator of this agency holds each ceremony, and none was named."""

    code = "administrator_needed"
    hint = "Name who holds it: `--by NAME`. The first person is enrolled with `--administrator`."


class NotAnAdministrator(KeysProblem, LocalProblem):
    """Who holds a ceremony must be an administrator of this agency, with a key in force."""

    code = "not_an_administrator"
    hint = "`readback keys administrators HOME` lists them. Two of them can name another."


class TwoPeopleNeeded(KeysProblem, LocalProblem):
    """This cannot be undone, so two different administrators hold it together."""

    code = "two_people_needed"
    hint = "Give `--by` twice, once for each administrator; each types their own passphrase."


class LastAdministrator(KeysProblem, LocalProblem):
    """Fewer than two administrators could act after that, and nobody could do what needs two."""

    code = "last_administrator"
    hint = "Name another administrator first: `readback keys administrators HOME --name NAME`."


class NotYourself(KeysProblem, LocalProblem):
    """Nobody takes themselves out of the administrators."""

    code = "not_yourself"
    hint = "Let two other administrators do it."


class NothingChanged(KeysProblem, LocalProblem):
    """That ceremony would change nothing."""

    code = "nothing_changed"
    hint = "Look at what stands: `readback keys roster HOME`."


class TranscriptForged(KeysProblem, LocalProblem):
    """The transcript of a ceremony was altered, or not signed by those who held it."""

    code = "transcript_forged"
    hint = "Somebody changed this home by hand. Bring it back from a backup, and find out who."


class TranscriptMissing(KeysProblem, LocalProblem):
    """The transcript of a ceremony is missing."""

    code = "transcript_missing"
    hint = "Somebody took it away. Bring the home back from a backup, and find out who."


class TranscriptNotChained(KeysProblem, LocalProblem):
    """The transcript of a ceremony does not follow from the one before it."""

    code = "transcript_not_chained"
    hint = "They were put in another order, or one was replaced. Bring the home back from a backup."
