"""The names that a condition may use, and the values that they may have (contract, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIME = "request.time"
ROLES = "subject.roles"
TEXTS = frozenset(
    {f"request.{name}" for name in ("action", "resource", "environment", "org_id", "method", "path", "ip")}
    | {f"subject.{name}" for name in ("type", "id", "org", "key_id")}
)
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
    """Return the engine's values for the declared names among the given; a name not given stays without value.

    Raises BadInput for another type, a text of more than 1 KB, more than 100 roles, or a NUL, at which the engine
    would cut the text.
    """
    return {name: _value(name, given) for name, given in _declared(request, subject)}


def _declared(request: Mapping[str, object], subject: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for variable, members in (("request", request), ("subject", subject)):
        for member, given in members.items():
            name = f"{variable}.{member}"
            if name in TEXTS or name in (TIME, ROLES):
                yield name, given


def _value(name: str, given: object) -> Any:
    if name == TIME:
        return _timestamp(given)
    if name == ROLES:
        return _roles(given)
    return _text(given)


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_TEXT or "\0" in given:
        raise BadInput
    if not given.isascii() and len(given.encode()) > LONGEST_TEXT:  # a lone surrogate is a ValueError too
        raise BadInput
    return given


def _roles(given: object) -> list[str]:
    if not isinstance(given, (list, tuple)) or len(given) > MOST_ROLES:
        raise BadInput
    return [_text(item) for item in given]


def _timestamp(given: object) -> Any:
    from datetime import UTC, datetime

    if type(given) is not int or not 0 <= given <= _LATEST:
        raise BadInput
    return datetime.fromtimestamp(given, UTC)
