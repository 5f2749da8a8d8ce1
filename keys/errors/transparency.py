"""The log: proofs, notes, checkpoints and who stands by them."""

from keys.errors.root import KeysProblem, LocalProblem, Malformed, RemoteProblem, SignatureInvalid


class ProofInvalid(KeysProblem, RemoteProblem):
    """This proof does not lead from what it is about to the log's root."""

    code = "proof_invalid"
    hint = "Do not rely on it. Tell your administrator: the hub showed what is not in its log."


class NoteMalformed(Malformed):
    """This is no signed note."""

    code = "note_malformed"
    hint = "Fetch it again from its source; nothing of it was believed."


class NoteKeyMalformed(Malformed):
    """This is no verifier key of a log or of a witness."""

    code = "note_key_malformed"
    hint = "Copy it whole, as its owner gives it: name+hexadecimal+base64 on one line."


class CheckpointMalformed(NoteMalformed):
    """This note is no checkpoint of a log."""

    code = "checkpoint_malformed"
    hint = "Fetch it again from the hub; nothing of it was believed."


class CheckpointForged(SignatureInvalid):
    """This checkpoint was not signed by the log that the policy names."""

    code = "checkpoint_forged"
    hint = "Do not rely on it. Tell your administrator: somebody showed a log other than yours."


class CosignatureForged(SignatureInvalid):
    """A witness whom the policy names did not make the cosignature that bears its name."""

    code = "cosignature_forged"
    hint = "Do not rely on it. Tell your administrator and the witness: somebody signs in its name."


class QuorumMissing(KeysProblem, RemoteProblem):
    """Too few of the policy's witnesses stand by this checkpoint."""

    code = "quorum_missing"
    hint = "Wait: witnesses cosign within a minute. If it stays so, ask their administrators what they see."


class PolicyMalformed(Malformed):
    """This is no policy of a log."""

    code = "policy_malformed"
    hint = "Ask for the file again from whom you had it, and compare its fingerprint aloud."


class PolicyUnmakeable(KeysProblem, LocalProblem):
    """No policy can be made of what was given: one part is missing, not of its form, or stands twice."""

    code = "policy_unmakeable"
    hint = (
        "Look at the part that is named. The origin is the name in the log's own line; each witness and each "
        "founder stands once; a founder is AGENCY=FINGERPRINT."
    )


class PolicyUnsafe(KeysProblem, LocalProblem):
    """Under this policy two quorums could exist that share no honest witness."""

    code = "policy_unsafe"
    hint = "Name more witnesses or a larger quorum: twice the quorum exceeds witnesses plus faults."


class PolicyDiffers(KeysProblem, LocalProblem):
    """Another policy is pinned here already."""

    code = "policy_differs"
    hint = "To replace it, give the fingerprint of the one that is pinned: --replacing."


class PolicyMissing(KeysProblem, LocalProblem):
    """No policy is pinned in this home."""

    code = "policy_missing"
    hint = "Pin the one that your agencies agreed on: `readback keys policy pin HOME FILE`."


class PolicyFileMissing(KeysProblem, LocalProblem):
    """There is no policy file of that name that can be read."""

    code = "policy_file_missing"
    hint = "Check its name; it is the file that your agencies agreed on."


class PolicyNotWritten(KeysProblem, LocalProblem):
    """The policy was not written: a file is there already, or none can be made there."""

    code = "policy_not_written"
    hint = "Choose a new name, in a folder that exists and that you may write in."


class TileMalformed(Malformed):
    """This is no tile of a log, and no place of one."""

    code = "tile_malformed"
    hint = "Fetch it again from the hub; nothing of it was believed."
