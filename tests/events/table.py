"""One table that can be put back, in milliseconds, to what it held."""

from __future__ import annotations

from typing import Any

BATCH = 25


class ResettableTable:
    """A table and the states that it is put back to, by name."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._states: dict[str, dict[tuple[str, str], Any]] = {}

    def keep(self, state: str) -> None:
        """Remember what the table holds now."""
        self._states[state] = self._items()

    def put_back(self, state: str) -> None:
        """Make the table hold exactly what it held then."""
        wanted, there = self._states[state], self._items()
        writes: list[dict[str, Any]] = [
            {"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in there.keys() - wanted.keys()
        ]
        writes += [{"PutRequest": {"Item": item}} for key, item in wanted.items() if there.get(key) != item]
        for start in range(0, len(writes), BATCH):
            self._client.batch_write_item(RequestItems={self._name: writes[start : start + BATCH]})

    def _items(self) -> dict[tuple[str, str], Any]:
        pages = self._client.get_paginator("scan").paginate(TableName=self._name, ConsistentRead=True)
        return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}
