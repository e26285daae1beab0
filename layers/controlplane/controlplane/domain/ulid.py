"""ULIDs: 26 characters that sort by time (contract, section 8)."""

from __future__ import annotations

RANDOM_BITS = 80
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int, random: int) -> str:
    """Return the ULID of a time in UTC milliseconds and of 80 bits."""
    number = milliseconds << RANDOM_BITS | random
    return "".join([_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5)])
