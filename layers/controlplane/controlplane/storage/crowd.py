"""Many reads at once, for a request that needs hundreds: over the lean client, because then CPU is what is short.

A function has a fraction of a core, and botocore takes a millisecond of one for each request, the lean client an
eighth of that (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from controlplane.storage import patience
from controlplane.storage.lean.client import DynamoClient

if TYPE_CHECKING:
    from controlplane.storage.table import Table

_BUDGET = 5.0
_READ_SECONDS = 2.0


class Crowd:
    """Offers `call(operation, payload)` to several threads, each over a connection of its own; connections are kept."""

    def __init__(self, connect: Callable[[], DynamoClient]) -> None:
        """Open nothing yet."""
        self._connect = connect
        self._idle: list[DynamoClient] = []

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request, and be as patient as the handlers' other client. Raises what that one raises."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._connect()
        try:
            return client.call(operation, payload, deadline=patience.deadline(_BUDGET))
        finally:
            self._idle.append(client)


def crowded_table(name: str, *, region: str, endpoint: str, ca_file: str) -> Table:
    """Return a table as a handler reaches it with many questions at once."""
    from controlplane.storage.wire_table import WireTable

    def connect() -> DynamoClient:
        return DynamoClient(endpoint=endpoint or None, region=region, timeout=_READ_SECONDS, ca_file=ca_file or None)

    return WireTable(Crowd(connect).call, name)
