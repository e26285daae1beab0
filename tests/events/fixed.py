"""Time and ids that are the same in every run, so that what is committed stays true."""

from __future__ import annotations

START = 1_704_067_200  # 2024-01-01T00:00:00Z, long past for the functions, whose clock is the real one
FAR = 4_102_444_800  # 2100-01-01T00:00:00Z


class FixedClock:
    """A clock that stands still."""

    def now(self) -> int:
        """Return the start of the year."""
        return START

    def now_ms(self) -> int:
        """Return the same in milliseconds."""
        return START * 1000


class CountedIds:
    """Ids and secrets of the right shapes that count from one: nothing real ever looks like them."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return `prefix` and 32 digits."""
        return f"{prefix}{self._next():032d}"

    def key_id(self) -> str:
        """Return `ak_` and the shape of a UUID."""
        return f"ak_00000000-0000-0000-0000-{self._next():012d}"

    def event_id(self) -> str:
        """Return the shape of a ULID."""
        return f"{self._next():026d}"

    def secret_hex(self, size: int) -> str:
        """Return `size` bytes of digits; the first eight differ, because they are shown."""
        return f"{self._next():08d}".ljust(size * 2, "0")

    def _next(self) -> int:
        self._count += 1
        return self._count
