"""The table as DynamoDB sees it: keys, ranges and guarded writes, without a word about what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from controlplane.domain.values import dataclass
from controlplane.storage.codec import Item
from controlplane.storage.schema import Key

ABSENT, PRESENT = "absent", "present"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Items of one partition (of an index, if named) whose sort keys lie between two texts, both inclusive.

    `equal` and `at_most` filter what was read by attributes, which must be there; `limit` bounds what is read, before
    these filters; `only` names the attributes that are wanted, where not all are.
    """

    pk: str
    low: str
    high: str
    index: str = ""
    limit: int = 1000
    ascending: bool = True
    equal: tuple[tuple[str, str], ...] = ()
    at_most: tuple[tuple[str, int], ...] = ()
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One page: its items, and the last sort key that was read, empty when the range is exhausted."""

    items: Sequence[Item]
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One guarded write.

    `verb` is put (with `item`), delete, check, or update (with `add` and `set`). `guard` is ABSENT, PRESENT or
    empty; `equal` lists attributes that must have these values, which also means that the item is there.
    """

    verb: str
    key: Key
    item: Item | None = None
    guard: str = ""
    equal: tuple[tuple[str, str | int], ...] = ()
    add: tuple[tuple[str, int], ...] = ()
    set: tuple[tuple[str, str | int], ...] = ()


class GuardsFailed(Exception):
    """A transaction was refused; `positions` are the changes whose guard did not hold."""

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__(f"guards failed: {list(positions)}")
        self.positions = tuple(positions)


class Table(Protocol):
    """What the store needs of a table. Every method raises StoreUnavailable when it cannot be done in time."""

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items by key, strongly consistent; absent ones are left out."""
        ...

    def find(self, wanted: Range) -> Found:
        """Read one page, strongly consistent unless an index is named."""
        ...

    def count(self, wanted: Range, *, bound: int) -> tuple[int, bool]:
        """Count matching items up to `bound`; the second value says that counting stopped before the end."""
        ...

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Do all changes or none, once per token; raise GuardsFailed when a guard does not hold."""
        ...

    def delete_batch(self, keys: Sequence[Key]) -> None:
        """Remove up to 25 items that nothing refers to any more, without a guard."""
        ...
