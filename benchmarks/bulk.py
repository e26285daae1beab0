"""Many items at once, written straight into the embedded store's SQLite file.

Through the protocol the store takes some 300 items a second, so a million keys would take hours. The rows are those
that the store itself would write; what is measured on them afterwards goes through the protocol.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from benchmarks.world import TABLE, World
from controlplane.storage.codec import encode
from controlplane.storage.schema import places_of

_INDEXES = ("gsi1", "gsi2", "gsi3", "gsi4")
_ROWS = 20_000
Row = tuple[str, ...]


def write_all(place: World, records: Iterable[Any]) -> int:
    """Write every record with its copies and index rows; return how many items that were."""
    items, written = _items(records), 0
    with sqlite3.connect(place.database, timeout=60) as database:
        while batch := list(islice(items, _ROWS)):
            database.executemany(
                f'INSERT INTO "{TABLE}" (pk, sk, item_json, item_size) VALUES (?, ?, ?, ?)',
                [(f"S:{item['pk']['S']}", f"S:{item['sk']['S']}", _text(item), size_of(item)) for item in batch],
            )
            for index in _INDEXES:
                database.executemany(
                    f'INSERT INTO "{TABLE}::gsi::{index}" VALUES (?, ?, ?, ?, ?)',
                    [_index_row(item, index) for item in batch if f"{index}pk" in item],
                )
            database.commit()
            written += len(batch)
    return written


def size_of(item: dict[str, Any]) -> int:
    """Return an item's size as DynamoDB counts it for capacity."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind in "SB":
        return len(content if kind == "B" else content.encode())
    if kind == "N":
        return (len(content) + 1) // 2 + 1
    return 3 + sum(1 + _size(one) for one in content) if kind == "L" else 1


def _index_row(item: dict[str, Any], index: str) -> Row:
    keys = [f"S:{item[name]['S']}" for name in (f"{index}pk", f"{index}sk", "pk", "sk")]
    return (*keys, _text(item))


def _text(item: dict[str, Any]) -> str:
    return json.dumps(item, separators=(",", ":"), ensure_ascii=False, default=lambda raw: b64encode(raw).decode())


def _items(records: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for record in records:
        item = encode(record)
        for (pk, sk), index in places_of(record):
            yield item | {name: {"S": value} for name, value in index.items()} | {"pk": {"S": pk}, "sk": {"S": sk}}
