"""The same store over each table that it may stand on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.pynamo_client import PynamoClient
from controlplane.storage.store import TableStore
from controlplane.storage.table import Table
from controlplane.storage.wire_table import WireTable
from tests.conftest import REGION

KINDS = ("memory", "pynamodb", "lean")


@pytest.fixture(params=KINDS)
def table(request: pytest.FixtureRequest) -> Table:
    """A table: the fake, and a real engine through the handlers' client and through the authorizer's."""
    if request.param == "memory":
        return MemoryTable()
    name, endpoint = request.getfixturevalue("fresh_table"), request.getfixturevalue("dynamodb_endpoint")
    if request.param == "pynamodb":
        return WireTable(PynamoClient(region=REGION, endpoint=endpoint).call, name)
    client = DynamoClient(endpoint=endpoint, region=REGION)

    def call(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        return client.call(operation, payload, deadline=time.monotonic() + 5)

    return WireTable(call, name)


@pytest.fixture
def store(table: Table) -> TableStore:
    """The store over that table."""
    return TableStore(table)
