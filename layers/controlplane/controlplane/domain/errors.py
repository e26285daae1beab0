"""What can go wrong, by meaning; the edge maps each class to a status (contract, section 1)."""

from __future__ import annotations


class Problem(Exception):
    """A refusal whose sentence is safe to show to the caller."""

    code = "internal"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class InvalidArgument(Problem):
    """The request itself is wrong, whatever the state of the system."""

    code = "invalid_argument"


class TooLarge(InvalidArgument):
    """The request's body exceeds what is accepted."""


class FailedPrecondition(Problem):
    """The request is well formed, but the object's state forbids it."""

    code = "failed_precondition"


class Unauthenticated(Problem):
    """The credential is missing, unknown, expired or revoked."""

    code = "unauthenticated"


class PermissionDenied(Problem):
    """The caller is known and may not do this; `required` names the missing action, or is empty."""

    code = "permission_denied"

    def __init__(self, sentence: str = "insufficient permissions", *, required: str = "") -> None:
        super().__init__(sentence)
        self.required = required


class NotFound(Problem):
    """No such object for this caller; objects of other organizations look the same."""

    code = "not_found"


class AlreadyExists(Problem):
    """A unique value is taken."""

    code = "already_exists"


class Aborted(Problem):
    """A rule about concurrent or final state refuses: somebody else won, or nobody would be left."""

    code = "aborted"


class Conflict(Aborted):
    """Another request changed the object between reading and writing it; reading it again helps."""

    def __init__(self) -> None:
        super().__init__("the object was changed by another request; read it again and retry")


class ResourceExhausted(Problem):
    """Too many attempts; `retry_after` is in seconds."""

    code = "resource_exhausted"

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class BusUnavailable(Problem):
    """Announcements could not be handed over in time; publishing them again is safe."""

    code = "unavailable"

    def __init__(self) -> None:
        super().__init__("the event bus is not available")


class StoreUnavailable(Problem):
    """The table could not be read or written in time; retrying is safe."""

    code = "unavailable"

    def __init__(self, sentence: str = "service temporarily unavailable") -> None:
        super().__init__(sentence)
