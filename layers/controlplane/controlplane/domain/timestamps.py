"""Times as clients read and write them: UTC, whole seconds, `Z` (contract, section 1)."""

from __future__ import annotations

from time import gmtime, strftime


def timestamp(seconds: int) -> str:
    """Return seconds since 1970 as `2026-03-12T10:00:00Z`."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def day(seconds: int) -> str:
    """Return the UTC day of seconds since 1970 as `2026-03-12`."""
    return strftime("%Y-%m-%d", gmtime(seconds))
