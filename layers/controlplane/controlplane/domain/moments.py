"""Moments as clients write them: ISO 8601, or a date alone (contract, section 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from controlplane.domain.errors import InvalidArgument

_DATE = len("2026-03-12")
_LONGEST = 40
_LAST_MS = 2**48 - 1
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def first_ms(text: str, *, name: str) -> int:
    """Return the first millisecond of a moment or day; raise InvalidArgument naming the parameter."""
    return _bounded(_parse(text, name=name))


def last_ms(text: str, *, name: str) -> int:
    """Return the last millisecond of a moment's second, or of a day; raise InvalidArgument naming the parameter.

    It is never 0, which stands for no end at all: what ended before 1970 has nothing in it.
    """
    start = _parse(text, name=name)
    if len(text) == _DATE:
        return max(_bounded(start, later=_DAY_MS) - 1, 1)
    return max(_bounded(start) if start.microsecond else _bounded(start) + 999, 1)


def _parse(text: str, *, name: str) -> datetime:
    try:
        if len(text) > _LONGEST or not text.isascii() or "W" in text:
            raise ValueError
        moment = datetime.fromisoformat(text)
        if len(text) > _DATE and "T" not in text.upper() and " " not in text:
            raise ValueError
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        raise InvalidArgument(f"{name} must be an ISO 8601 timestamp or date") from None


def _bounded(moment: datetime, *, later: int = 0) -> int:
    """Count in milliseconds: the day after the last one of the calendar is no date, but a number."""
    return min(max((moment - _EPOCH) // timedelta(milliseconds=1) + later, 0), _LAST_MS)
