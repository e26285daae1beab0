"""The names that a condition may use, and the values that they may have (contract, section 6)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

TIME = "request.time"
ROLES = "subject.roles"
_REQUEST_TEXTS = ("action", "resource", "environment", "org_id", "method", "path", "ip")
_OF_REQUEST = {name: f"request.{name}" for name in _REQUEST_TEXTS}
_OF_SUBJECT = {name: f"subject.{name}" for name in ("type", "id", "org", "key_id")}
TEXTS = frozenset({*_OF_REQUEST.values(), *_OF_SUBJECT.values()})
NAMES = TEXTS | {TIME, ROLES}
LONGEST_TEXT = 1024
MOST_ROLES = 100
_LATEST = 253_402_300_799  # the last second of the year 9999


class BadInput(ValueError):
    """A value that the engine would misread."""


def environment() -> Any:
    """Return the engine's environment with exactly the declared names; every other name is a compile error."""
    from cel_expr_python import cel

    text = cel.Type.STRING
    declared = dict.fromkeys(sorted(TEXTS), text)
    return cel.NewEnv(variables={**declared, TIME: cel.Type.TIMESTAMP, ROLES: cel.Type.List(text)})


def values(request: Mapping[str, object], subject: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of the declared names among the given, the time in seconds; a name not given has none.

    Raises BadInput for another type, a text of more than 1 KB, more than 100 roles, or a NUL, at which the engine
    would cut the text.
    """
    found: dict[str, Any] = {}
    for members, names in ((request, _OF_REQUEST), (subject, _OF_SUBJECT)):
        for member, name in names.items():
            if member in members:
                found[name] = members[member]
    roles = _roles(subject["roles"]) if "roles" in subject else []
    _check_texts([*found.values(), *roles])
    if "roles" in subject:
        found[ROLES] = roles
    if "time" in request:
        found[TIME] = _seconds(request["time"])
    return found


def with_moment(found: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the time, where it is among them, as the engine takes it."""
    from datetime import UTC, datetime

    return found | {TIME: datetime.fromtimestamp(found[TIME], UTC)} if TIME in found else found


def _roles(given: object) -> list[Any]:
    if not isinstance(given, (list, tuple)) or len(given) > MOST_ROLES:
        raise BadInput
    return list(given)


def _check_texts(given: Collection[Any]) -> None:
    """Raise BadInput unless all are texts that the engine reads as they are; short ones are looked at together."""
    try:
        together = "".join(given)
    except TypeError:
        raise BadInput from None
    if "\0" in together:
        raise BadInput
    if len(together) > LONGEST_TEXT or not together.isascii():
        for text in given:
            if len(text.encode()) > LONGEST_TEXT:  # a lone surrogate is a ValueError too
                raise BadInput


def _seconds(given: object) -> int:
    if type(given) is not int or not 0 <= given <= _LATEST:
        raise BadInput
    return given
