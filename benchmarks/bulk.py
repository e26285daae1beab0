"""Many items at once: what the services would have written, by BatchWriteItem, 25 at a time on a few connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from benchmarks.world import REGION, TABLE, World
from controlplane.storage.codec import encode
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.schema import places_of

_CONNECTIONS = 4
_BATCH = 25


def write_all(place: World, records: Iterable[Any]) -> int:
    """Write every record with its copies and index attributes; return how many items that were."""
    items, lock, written = _items(records), threading.Lock(), [0] * _CONNECTIONS
    failures: list[BaseException] = []

    def write(number: int) -> None:
        client = DynamoClient(endpoint=place.endpoint, region=REGION, timeout=60)
        try:
            while True:
                with lock:
                    batch = list(islice(items, _BATCH))
                if not batch:
                    return
                wanted = {"RequestItems": {TABLE: [{"PutRequest": {"Item": item}} for item in batch]}}
                client.call("BatchWriteItem", wanted, deadline=time.monotonic() + 120, idempotent=True)
                written[number] += len(batch)
        except BaseException as error:  # noqa: BLE001 - shown by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(written)


def _items(records: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for record in records:
        item = encode(record)
        for (pk, sk), index in places_of(record):
            yield item | {name: {"S": value} for name, value in index.items()} | {"pk": {"S": pk}, "sk": {"S": sk}}
