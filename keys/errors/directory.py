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
