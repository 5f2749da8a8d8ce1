"""The keystore: the only reader of private keys. Its format: docs/spec/keystore.md.

Promises: one file per holder, encrypted at rest; every byte of the file is authenticated, its header (whose
it is, which keys, how the secret is stretched) as additional data, so that nothing in it can be swapped,
reordered or weakened unnoticed; it is written whole or not at all, readable by its owner alone.
Never: a private key, secret or passphrase is printed, logged, pickled, or put into an error; a wrong secret
and an altered file are one and the same answer, `KeystoreLocked`.

A file is strict JSON, printed in one spelling::

    {"header":{"v":1,"suite":"cx1","holder":"…",
               "lock":{"memory_kib":262144,"passes":3,"lanes":4,"kind":"argon2id","salt":"…"},
               "keys":[{"kind":"signing","name":"…32…"},{"kind":"opening","name":"…"},…]},
     "nonce":"…","sealed":"…"}

`sealed` is AES-256-GCM of the seeds, in the header's order, under a key-encryption key from the holder's
secret: Argon2id of a passphrase (RFC 9106); HKDF-SHA256 of a file credential of 32 random bytes, with which a
desk starts without a person; or 32 random bytes wrapped by a key that never leaves a PKCS#11 token. Each of
these secrets has a file of its own here, with both directions in it. A person's passkeys may open it too:
then `"passkeys":[…]` stands after the header, each slot the same key-encryption key wrapped for one of them.
"""

from keys.keystore.at_rest import open_at_rest, seal_at_rest
from keys.keystore.credential import CREDENTIAL_SIZE, FileCredential
from keys.keystore.file import FILE_LIMIT, KEYS_HELD, Keystore
from keys.keystore.lock import DEFAULT_COST, Cost, HolderSecret, LockKind
from keys.keystore.passkey import PASSKEYS_HELD, PasskeyOutput
from keys.keystore.passphrase import SHORTEST_PASSPHRASE, Passphrase
from keys.keystore.token import Token

__all__ = [
    "CREDENTIAL_SIZE",
    "DEFAULT_COST",
    "FILE_LIMIT",
    "KEYS_HELD",
    "PASSKEYS_HELD",
    "SHORTEST_PASSPHRASE",
    "Cost",
    "FileCredential",
    "HolderSecret",
    "Keystore",
    "LockKind",
    "PasskeyOutput",
    "Passphrase",
    "Token",
    "open_at_rest",
    "seal_at_rest",
]
