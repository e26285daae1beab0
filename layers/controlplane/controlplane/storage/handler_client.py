"""The handlers' way to DynamoDB: questions over the lean client, changes over pynamodb's connection.

A function has a fraction of a core. botocore takes a quarter of a second of one to import and a millisecond for each
request; the lean client, which the authorizer asks with too, takes a fraction of either. So a request that changes
nothing, or is refused, never imports botocore (docs/adr/0018-handlers-read-lean.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from controlplane.storage import patience
from controlplane.storage.lean.client import READS, DynamoClient
from controlplane.storage.pynamo_client import PynamoClient

if TYPE_CHECKING:
    from controlplane.storage.table import Table

_BUDGET = 5.0
_READ_SECONDS = 2.0


class HandlerClient:
    """Offers `call(operation, payload)`; safe to share between threads."""

    def __init__(
        self, *, read: Callable[[str, dict[str, Any]], dict[str, Any]],
        write: Callable[[str, dict[str, Any]], dict[str, Any]],
    ) -> None:
        """Take how to send what only reads, and everything else."""
        self._read = read
        self._write = write

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request.

        Raises DynamoError for a refusal that stands, and StoreUnavailable when no answer is to be had in time; a
        write may then have happened.
        """
        return (self._read if operation in READS else self._write)(operation, payload)


class LeanClients:
    """Sends over the lean client: each thread over a connection of its own, and they are kept."""

    def __init__(self, connect: Callable[[], DynamoClient]) -> None:
        """Open nothing yet."""
        self._connect = connect
        self._idle: list[DynamoClient] = []

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request, again while its time and the request's last. Raises what `HandlerClient.call` raises."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._connect()
        try:
            return client.call(operation, payload, deadline=patience.deadline(_BUDGET))
        finally:
            self._idle.append(client)


def dynamodb_tables(name: str, *, region: str, endpoint: str = "", ca_file: str = "") -> tuple[Table, Table]:
    """Return a table as handlers reach it, and the same one for notes, which are to cost no import.

    Nothing is opened yet.
    """
    from controlplane.storage.wire_table import WireTable

    def connect() -> DynamoClient:
        return DynamoClient(endpoint=endpoint or None, region=region, timeout=_READ_SECONDS, ca_file=ca_file or None)

    lean = LeanClients(connect)
    client = HandlerClient(read=lean.call, write=PynamoClient(region=region, endpoint=endpoint).call)
    return WireTable(client.call, name), WireTable(lean.call, name)
