"""The directory: what an agency says of its keys, and what was made of that."""

from keys.errors.root import KeysProblem, KeyUnknown, RemoteProblem, SignatureInvalid


class AgencyUnknown(KeyUnknown):
    """No agency of that name is enrolled."""

    code = "agency_unknown"
    hint = "Check its id, or ask the hub's operator whether the agency was admitted."


class EventForged(SignatureInvalid):
    """This agency event was not signed by the agency's root."""

    code = "event_forged"
    hint = "Tell your administrator and the agency: somebody tried to change its keys."


class EventNotChained(KeysProblem, RemoteProblem):
    """This agency event does not follow from the agency's last one."""

    code = "event_not_chained"
    hint = "An event is missing or out of order. Nothing was taken over; ask the hub again from the start."


class EventReplayed(EventNotChained):
    """This agency event was already taken."""

    code = "event_replayed"
    hint = "Nothing was changed by seeing it again."


class EventForked(EventNotChained):
    """The agency's root signed two different events for one place."""

    code = "event_forked"
    hint = "Stop and tell the agency's administrator: its root key may be in two hands."


class KeyTaken(KeysProblem, RemoteProblem):
    """This key is another agency's already."""

    code = "key_taken"
    hint = "Make a key of your own. A key that two agencies show would mix up their mail."


class NameTaken(KeysProblem, RemoteProblem):
    """Another agency has this name already, or one that reads the same."""

    code = "name_taken"
    hint = "Found it under a name that nobody takes for the other. If this one is yours, tell the operator."


class RootDiffers(KeysProblem, RemoteProblem):
    """The agency's root is not the one that was compared and pinned."""

    code = "root_differs"
    hint = "Do not use this agency's keys. Compare the fingerprint with its administrator by telephone."


class RootNotCommitted(KeysProblem, RemoteProblem):
    """The root before did not commit to this one."""

    code = "root_not_committed"
    hint = "Bring the keystore of the next root that the last one was founded with; no other succeeds it."


class RevokedAhead(KeysProblem, RemoteProblem):
    """A key is revoked from a place that the log had not reached."""

    code = "revoked_ahead"
    hint = "Revoke from an index of the log as it is: `readback keys log` shows its size."


class TooManyEvents(KeysProblem, RemoteProblem):
    """This agency, or its root, has changed its keys as often as one may."""

    code = "too_many_events"
    hint = "Let the next root succeed this one; after the last, found the agency anew."


class EnrolmentDiffers(KeysProblem, RemoteProblem):
    """The sponsored agency is not the one that enrolled under that name."""

    code = "enrolment_differs"
    hint = "Compare the fingerprint with its administrator by telephone before anybody sponsors it."


class AlreadySponsored(KeysProblem, RemoteProblem):
    """This agency sponsored that one already."""

    code = "already_sponsored"
    hint = "Nothing was changed; once is enough."


class AgencyUnsponsored(KeysProblem, RemoteProblem):
    """Not enough agencies that are vouched for themselves vouch for this one."""

    code = "agency_unsponsored"
    hint = "Ask agencies that know it to compare its fingerprint and sponsor it: `readback keys sponsor`."


class AuditRolledBack(KeysProblem, RemoteProblem):
    """This anchor of an audit trail is older than one already in the log."""

    code = "audit_rolled_back"
    hint = (
        "The agency's desk was restored from an old backup, or part of its audit trail was removed. Ask why."
    )


class AnchorTooSoon(KeysProblem, RemoteProblem):
    """An audit trail is anchored once a day."""

    code = "anchor_too_soon"
    hint = "The desk anchors it again tomorrow. If it says so every day, its clock is wrong."
