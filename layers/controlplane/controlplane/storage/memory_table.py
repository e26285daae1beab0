"""A table in memory: the store's own fake, held to the same contract suite as DynamoDB."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from controlplane.storage.codec import Item
from controlplane.storage.schema import Key
from controlplane.storage.table import ABSENT, PRESENT, Change, Found, GuardsFailed, Range


class MemoryTable:
    """Keeps items in a dictionary; transactions are serial, tokens are remembered, indexes are always up to date."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items by key."""
        with self._lock:
            return {key: dict(self._items[key]) for key in keys if key in self._items}

    def find(self, wanted: Range) -> Found:
        """Read up to `limit` items of the range in sort order, then filter them."""
        rows = self._rows(wanted)
        page = rows[:wanted.limit]
        last = page[-1][0] if len(rows) > wanted.limit else ""
        items = [item for _, item in page if _passes(item, wanted)]
        return Found([_part(item, wanted.only) for item in items] if wanted.only else items, last)

    def count(self, wanted: Range, *, bound: int) -> tuple[int, bool]:
        """Count the matching items of the range."""
        number = sum(_passes(item, wanted) for _, item in self._rows(wanted))
        return min(number, bound), number > bound

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Check every guard, then make every change."""
        if len({change.key for change in changes}) != len(changes):
            raise ValueError("a transaction may name an item only once")
        with self._lock:
            if token in self._tokens:
                return
            failed = [place for place, change in enumerate(changes) if not self._holds(change)]
            if failed:
                raise GuardsFailed(failed)
            for change in changes:
                self._apply(change)
            self._tokens.add(token)

    def delete_batch(self, keys: Sequence[Key]) -> None:
        """Remove items, present or not."""
        with self._lock:
            for key in keys:
                self._items.pop(key, None)

    def _rows(self, wanted: Range) -> list[tuple[str, Item]]:
        pk, sk = wanted.index + "pk", wanted.index + "sk"
        with self._lock:
            rows = [
                (item[sk]["S"], dict(item)) for item in self._items.values()
                if pk in item and item[pk]["S"] == wanted.pk and wanted.low <= item[sk]["S"] <= wanted.high
            ]
        return sorted(rows, key=lambda row: row[0], reverse=not wanted.ascending)

    def _holds(self, change: Change) -> bool:
        item = self._items.get(change.key)
        if change.guard == ABSENT and item is not None:
            return False
        if change.guard == PRESENT and item is None:
            return False
        return not change.equal or (item is not None and _equal(item, change.equal))

    def _apply(self, change: Change) -> None:
        keys: Item = {"pk": {"S": change.key[0]}, "sk": {"S": change.key[1]}}
        if change.verb == "put":
            self._items[change.key] = (change.item or {}) | keys
        elif change.verb == "delete":
            self._items.pop(change.key, None)
        elif change.verb == "update":
            item = dict(self._items.get(change.key, keys))
            for name, number in change.add:
                item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + number)}
            for name, value in change.set:
                item[name] = _attribute(value)
            self._items[change.key] = item


def _attribute(value: str | int) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _passes(item: Item, wanted: Range) -> bool:
    low = all(name in item and int(item[name]["N"]) <= highest for name, highest in wanted.at_most)
    return low and _equal(item, wanted.equal)


def _part(item: Item, names: Sequence[str]) -> Item:
    return {name: item[name] for name in names if name in item}


def _equal(item: Item, pairs: Sequence[tuple[str, str | int]]) -> bool:
    return all(item.get(name) == _attribute(value) for name, value in pairs)
