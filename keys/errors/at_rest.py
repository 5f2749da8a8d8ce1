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


class PasskeysTooMany(KeysProblem, LocalProblem):
    """A person has ten passkeys at most."""

    code = "passkeys_too_many"
    hint = "Remove one that you do not use any more."


class KeyringClosed(KeysProblem, LocalProblem):
    """These keys were put away."""

    code = "keyring_closed"
    hint = "Sign in again."


class PinRefused(KeysProblem, LocalProblem):
    """The token refused this PIN."""

    code = "pin_refused"
    hint = "Look the PIN up before you try again: after a few wrong ones the token blocks itself."


class PinFileMissing(KeysProblem, LocalProblem):
    """There is no file with the token's PIN, or none was named."""

    code = "pin_file_missing"
    hint = "Put the PIN on the first line of a private file (`chmod 600`) that only the desk's user can read."


class PinBlocked(KeysProblem, LocalProblem):
    """The token is blocked after too many wrong PINs."""

    code = "pin_blocked"
    hint = "Whoever looks after the token unblocks it with its security officer's PIN. The keys are unharmed."


class TokenMissing(KeysProblem, LocalProblem):
    """The token that opens these keys is not there."""

    code = "token_missing"
    hint = "Plug it in, or check the module's settings. The wrapping key of another token does not fit."


class TokenUnusable(KeysProblem, LocalProblem):
    """This PKCS#11 module or token cannot be used."""

    code = "token_unusable"
    hint = "Check --module: the absolute path of its maker's library, which its owner alone may write."


class TokenUnknown(KeysProblem, LocalProblem):
    """It is not said which PKCS#11 module of this machine reaches the token."""

    code = "token_unknown"
    hint = "Name it with --module, and the private file with the token's PIN with --secret-file."


class CredentialMissing(KeysProblem, LocalProblem):
    """These keys open with a file credential, and none was named."""

    code = "credential_missing"
    hint = "Name it where the passphrase's file is asked for."


class BackupMalformed(KeysProblem, LocalProblem):
    """This file is no backup, or it was cut or altered."""

    code = "backup_malformed"
    hint = "Nothing of it was written. Fetch another copy, or an older backup."


class BackupExists(KeysProblem, LocalProblem):
    """There is a file of that name already, and no backup is written over another."""

    code = "backup_exists"
    hint = "Give this backup a name of its own, for example with today's date in it."


class BackupMissing(KeysProblem, LocalProblem):
    """There is no backup of that name, or it cannot be read."""

    code = "backup_missing"
    hint = "Check its name and whose it is."


class BackupLocked(KeysProblem, LocalProblem):
    """The passphrase does not open this backup, or the backup was altered."""

    code = "backup_locked"
    hint = "It has a passphrase of its own, typed when it was made. If that is right, fetch another copy."


class BackupTooLarge(KeysProblem, LocalProblem):
    """This is more than a backup holds."""

    code = "backup_too_large"
    hint = "A home without its casebook and attachments is small: see what else lies in the folder."


class BackupPathRefused(KeysProblem, LocalProblem):
    """A file in it has a path that leads elsewhere, or that we would not have written."""

    code = "backup_path_refused"
    hint = "Do not use this backup. If it is of a home, see what lies there that Readback did not put there."


class DrillFailed(KeysProblem, LocalProblem):
    """This backup would not bring everything back."""

    code = "drill_failed"
    hint = "Make a new one now, and try that. The lines marked `fault` say what is wrong with this one."


class SecretUnchanged(KeysProblem, LocalProblem):
    """The new passphrase is the old one."""

    code = "secret_unchanged"
    hint = "Choose another: whoever knows the old one would open the keys as before."


class SecretUnfit(KeysProblem, LocalProblem):
    """These keys are not kept under that kind of secret."""

    code = "secret_unfit"
    hint = (
        "A desk starts without a person: credential or pkcs11. A person opens their own keys: passphrase, or "
        "pkcs11 with a token of their own. Offline keys take any."
    )
