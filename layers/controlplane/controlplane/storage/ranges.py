"""Ranges of sort keys: all that a pattern names, and what lies before and behind a place in it."""

from __future__ import annotations

from controlplane.storage.schema import Pattern
from controlplane.storage.table import Range

_LOWEST, _HIGHEST = " ", "\uffff"


def range_of(pattern: Pattern, **fields: object) -> Range:
    """Return everything that a pattern names; `fields` fill in its partition and the beginning of its sort keys."""
    start = pattern.sk_start.format_map(fields)
    return Range(pk=pattern.pk.format_map(fields), low=start or _LOWEST, high=(pattern.sk_end or start) + _HIGHEST,
                 index=pattern.index)


def above(text: str) -> str:
    """Return the lowest sort key above this one that could be in use."""
    return text + "!"


def below(text: str) -> str:
    """Return the highest sort key below this one; sort keys are ASCII."""
    return text[:-1] + chr(ord(text[-1]) - 1) + _HIGHEST
