"""At rest: keystores, passphrases, and who may read them."""

from keys.errors.root import KeysProblem, LocalProblem


class KeystoreLocked(KeysProblem, LocalProblem):
    """The secret does not open this keystore, or the keystore was altered."""

    code = "keystore_locked"
    hint = "Try the passphrase again. If it is surely right, the file was altered: restore it from a backup."


class KeystoreMissing(KeysProblem, LocalProblem):
    """There is no keystore there."""

    code = "keystore_missing"
    hint = "Check the folder: keystores of offline keys are kept elsewhere and brought for a ceremony."


class KeystoreExists(KeysProblem, LocalProblem):
    """There is a file there already, and it is not overwritten."""

    code = "keystore_exists"
    hint = "Choose another place, or move the file away yourself if you are sure."


class KeystoreDamaged(KeysProblem, LocalProblem):
    """This file is no keystore, or not as Readback wrote it."""

    code = "keystore_damaged"
    hint = "Restore it from a backup."


class FileExposed(KeysProblem, LocalProblem):
    """Others than its owner may read or write this private file."""

    code = "file_exposed"
    hint = "Make it private (`chmod 600`) and consider whether somebody has read it; if so, revoke its keys."


class PassphraseTooShort(KeysProblem, LocalProblem):
    """A passphrase has at least twelve characters."""

    code = "passphrase_too_short"
    hint = "Use three or four random words."


class KeyringClosed(KeysProblem, LocalProblem):
    """These keys were put away."""

    code = "keyring_closed"
    hint = "Sign in again."
