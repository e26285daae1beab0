"""A table that fails at a step of the test's choice, before or after doing what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage.codec import Item
from controlplane.storage.schema import Key
from controlplane.storage.table import Change, Found, Range, Table

T = TypeVar("T")


class FailingTable:
    """Passes everything on, until `steps` more calls were made; the last of them may still take effect."""

    def __init__(self, table: Table, *, takes_effect: bool) -> None:
        self._table = table
        self._takes_effect = takes_effect
        self.steps = 1_000_000

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items."""
        return self._step(lambda: self._table.get(keys))

    def find(self, wanted: Range) -> Found:
        """Read a page."""
        return self._step(lambda: self._table.find(wanted))

    def count(self, wanted: Range, *, bound: int) -> tuple[int, bool]:
        """Count."""
        return self._step(lambda: self._table.count(wanted, bound=bound))

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Write."""
        self._step(lambda: self._table.write(changes, token=token))

    def delete_batch(self, keys: Sequence[Key]) -> None:
        """Delete."""
        self._step(lambda: self._table.delete_batch(keys))

    def _step(self, work: Callable[[], T]) -> T:
        self.steps -= 1
        if self.steps > 0:
            return work()
        if self.steps == 0 and self._takes_effect:
            work()
        raise StoreUnavailable
