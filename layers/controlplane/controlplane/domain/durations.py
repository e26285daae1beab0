"""Durations such as `720h` or `1h30m` (contract, section 3)."""

from __future__ import annotations

from controlplane.domain.errors import InvalidArgument

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_LONGEST = 10 * 365 * 86_400 + 3 * 86_400  # ten years, with as many leap days as ten years can have
_MOST_DIGITS = 12
_PROBLEM = "{name} must be one or more <integer><unit> with the units d, h, m, s, such as 720h or 1h30m"


def parse_duration(text: str, *, name: str = "expires_in") -> int:
    """Return a duration in seconds, of one second to ten years.

    Raises InvalidArgument, which calls the text by its `name`, for anything that is not one or more
    `<integer><unit>`, for zero, and beyond ten years.
    """
    total, digits = 0, ""
    for sign in text:
        if sign in "0123456789":
            digits += sign
            if len(digits) > _MOST_DIGITS:
                raise InvalidArgument(f"{name} must not exceed 10 years")
        elif sign in _UNITS and digits:
            total, digits = total + int(digits) * _UNITS[sign], ""
        else:
            raise InvalidArgument(_PROBLEM.format(name=name))
    if digits or not text:
        raise InvalidArgument(_PROBLEM.format(name=name))
    if total <= 0:
        raise InvalidArgument(f"{name} must be greater than zero")
    if total > _LONGEST:
        raise InvalidArgument(f"{name} must not exceed 10 years")
    return total
