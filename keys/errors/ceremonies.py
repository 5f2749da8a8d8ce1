"""Ceremonies: what administrators do with an agency's home."""

from keys.errors.root import KeysProblem, LocalProblem


class HomeMissing(KeysProblem, LocalProblem):
    """There is no agency's home in that folder, or it is not whole."""

    code = "home_missing"
    hint = "Check the folder, or found the agency first: `readback keys found`."


class HomeExists(KeysProblem, LocalProblem):
    """An agency is founded in a new folder, and there is something in this one."""

    code = "home_exists"
    hint = "Name a folder that is not there yet. An agency is founded once, in a folder of its own."


class FolderTaken(KeysProblem, LocalProblem):
    """A home is restored into a new folder, and there is something in this one."""

    code = "folder_taken"
    hint = (
        "Nothing was written. Name a folder that is not there yet. If the old home is still good, do not "
        "restore: two copies of one home must never run."
    )


class HomeSetBack(KeysProblem, LocalProblem):
    """This home is older than what its desk, or the key log, has seen of it."""

    code = "home_set_back"
    hint = (
        "Put the newest copy back. If it is lost, export the log from the hub (readback keys log export) and "
        "bring this home up to it: readback keys catch-up HOME --log FILE. If no old copy was put back, "
        "somebody else has your root."
    )


class HomeContradicted(KeysProblem, LocalProblem):
    """The key log has another event of this agency where this home has one of its own."""

    code = "home_contradicted"
    hint = (
        "Nothing was written. If a ceremony was held in an old copy of the home, bring that copy back anew, "
        "and catch up before anything else. If not, somebody else has your root: ring the other agencies."
    )


class KeysNotHere(KeysProblem, LocalProblem):
    """This home has no private half of a key that its agency uses."""

    code = "keys_not_here"
    hint = "It was put back from an old backup. Make new keys under the root: readback keys rotate HOME."


class HomeBusy(KeysProblem, LocalProblem):
    """Another ceremony is under way in this home."""

    code = "home_busy"
    hint = "Wait until it has ended and try again."


class NameRefused(KeysProblem, LocalProblem):
    """A name or id here is empty, too long, or has characters that it may not have."""

    code = "name_refused"
    hint = (
        "A name is one line of 1 to 200 characters; an agency's id is lower-case letters, digits and hyphens."
    )


class PinMalformed(KeysProblem, LocalProblem):
    """A fingerprint is twelve groups of five digits."""

    code = "pin_malformed"
    hint = "Copy it as the other agency's administrator reads it out; spaces do not matter."


class RootNotAgreed(KeysProblem, LocalProblem):
    """Your agency has agreed on another root for that agency: its own, or the one in the pinned policy."""

    code = "root_not_agreed"
    hint = (
        "Compare digit by digit with its administrator, on the telephone. If the policy is wrong, everybody "
        "must agree on another."
    )


class OtherRootPinned(KeysProblem, LocalProblem):
    """Another root is pinned for that agency already."""

    code = "other_root_pinned"
    hint = "Compare again. If the agency was founded anew, and you are sure, add --replacing."


class PassphraseMissing(KeysProblem, LocalProblem):
    """A passphrase is needed, and there is no terminal to ask at."""

    code = "passphrase_missing"
    hint = "Put it on the first line of a private file and name that file with --passphrase-file."


class PassphraseFileMissing(KeysProblem, LocalProblem):
    """There is no passphrase file of that name."""

    code = "passphrase_file_missing"
    hint = "Check its name; it holds the passphrase on its first line and is private to you."


class PassphraseFileEmpty(KeysProblem, LocalProblem):
    """There is no passphrase on the first line of that file."""

    code = "passphrase_file_empty"
    hint = "Write the passphrase on its first line, and keep the file private to you."


class PersonUnclear(KeysProblem, LocalProblem):
    """No person or role of that id or name is here, or several are."""

    code = "person_unclear"
    hint = "Give the id: `readback keys roster HOME` lists everybody with theirs."


class SameName(KeysProblem, LocalProblem):
    """Somebody of that name is enrolled already."""

    code = "same_name"
    hint = (
        "`readback keys roster HOME` lists everybody; `--renew` gives somebody new keys. If it is another "
        "person, add `--same-name`, and tell the two apart by their posts."
    )


class IndexMissing(KeysProblem, LocalProblem):
    """A key of the agency is revoked from a place in the key log on, for good, and none was given."""

    code = "index_missing"
    hint = (
        "Give `--from-index`: the size that the key log had before the theft. `readback keys log show` lists "
        "the entries; 0 means that the key never counted."
    )
