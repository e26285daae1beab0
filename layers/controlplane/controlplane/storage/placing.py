"""A record as the writes that put it wherever it has a place."""

from __future__ import annotations

from typing import Any

from controlplane.storage.codec import encode
from controlplane.storage.schema import places_of
from controlplane.storage.table import Change


def puts(record: object, **guard: Any) -> list[Change]:
    """Return one put for each of the record's places, each under the same guard."""
    item = encode(record)
    return [Change(verb="put", key=key, item=item | {name: {"S": value} for name, value in index.items()}, **guard)
            for key, index in places_of(record)]
