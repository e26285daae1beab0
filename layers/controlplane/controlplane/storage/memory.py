"""A bounded memory of a running environment."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """A mapping of at most `size` entries, which lets those go that were put longest ago."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return what was last put, if it is still kept."""
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep an entry as the newest."""
        self._entries.pop(key, None)
        if len(self._entries) >= self._size:
            self._entries.pop(next(iter(self._entries), key), None)
        self._entries[key] = value
