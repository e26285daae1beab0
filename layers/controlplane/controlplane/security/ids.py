"""Identifiers and secrets from the system's randomness (contract, sections 2, 3 and 8)."""

from __future__ import annotations

import os
import threading

from controlplane.domain.ulid import RANDOM_BITS, ulid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from controlplane.ports import Clock

_UUID_RANDOM_BITS = 74


class _Ascending:
    """Pairs of time and randomness that only grow, also within a millisecond and when the clock steps back."""

    def __init__(self, clock: Clock, *, random_bits: int) -> None:
        self._clock = clock
        self._bits = random_bits
        self._last = (-1, 0)
        self._lock = threading.Lock()

    def next(self) -> tuple[int, int]:
        """Return milliseconds and a number of `random_bits`; greater than every pair before."""
        fresh = int.from_bytes(os.urandom(10), "big") >> (80 - self._bits)
        with self._lock:
            now, (last, value) = self._clock.now_ms(), self._last
            if now > last:
                self._last = (now, fresh)
            else:
                step = value + 1 + fresh % (1 << 32)
                self._last = (last + (step >> self._bits), step % (1 << self._bits))
            return self._last


class SystemIds:
    """UUIDs of version 7 (RFC 9562) and ULIDs, in creation order within a process; secrets are pure randomness."""

    def __init__(self, clock: Clock) -> None:
        self._uuids = _Ascending(clock, random_bits=_UUID_RANDOM_BITS)
        self._ulids = _Ascending(clock, random_bits=RANDOM_BITS)

    def new(self, prefix: str) -> str:
        """Return `prefix` (such as `org_`) + 32 lower-case hex digits, in creation order."""
        return f"{prefix}{self._uuid7():032x}"

    def key_id(self) -> str:
        """Return `ak_` + a UUID with hyphens, in creation order."""
        digits = f"{self._uuid7():032x}"
        return f"ak_{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def event_id(self) -> str:
        """Return a ULID: 26 characters that sort by time."""
        return ulid(*self._ulids.next())

    def secret_hex(self, size: int) -> str:
        """Return `size` random bytes as lower-case hex."""
        return os.urandom(size).hex()  # what secrets.token_hex does, without its 4 ms of import in the authorizer

    def _uuid7(self) -> int:
        milliseconds, random = self._uuids.next()
        rand_a, rand_b = random >> 62, random & ((1 << 62) - 1)
        return milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
