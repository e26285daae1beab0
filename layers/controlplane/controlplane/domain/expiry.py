"""When an API key's expiry is announced: thirty, seven and one day before it, and when it has come."""

from __future__ import annotations

DAY = 86_400
NOTICE_DAYS = (30, 7, 1)
EXPIRED = len(NOTICE_DAYS) + 1
_LEADS = (*(days * DAY for days in NOTICE_DAYS), 0)


def notices_due(expires_at: int, *, now: int) -> int:
    """Return how many of a key's notices are due by `now`; EXPIRED when the last of them is."""
    return sum(now >= expires_at - lead for lead in _LEADS)


def next_notice_at(expires_at: int, given: int) -> int:
    """Return when the notice after the `given` ones is due; the expiry itself when none is left."""
    return expires_at - (_LEADS[given] if given < EXPIRED else 0)


def notice_name(notice: int) -> str:
    """Return the name of a notice, from 1 on: `expiring:30d`, `expiring:7d`, `expiring:1d`, `expired`."""
    return "expired" if notice == EXPIRED else f"expiring:{NOTICE_DAYS[notice - 1]}d"
