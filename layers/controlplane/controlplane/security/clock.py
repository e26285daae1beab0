"""The system's time, behind the port Clock."""

from __future__ import annotations

import time


class SystemClock:
    """UTC as the operating system tells it."""

    def now(self) -> int:
        """Return whole UTC seconds since 1970."""
        return time.time_ns() // 1_000_000_000

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000
