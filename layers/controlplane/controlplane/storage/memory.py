"""A bounded memory of a running environment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    K = TypeVar("K")
    V = TypeVar("V")


class Memory(dict["K", "V"]):
    """A mapping that keeps at most `size` of what is put, and lets those go that were put longest ago."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def put(self, key: K, value: V) -> None:
        """Keep an entry as the newest."""
        self.pop(key, None)
        if len(self) >= self._size:
            self.pop(next(iter(self), key), None)
        self[key] = value
