"""What the system says of itself (contract, section 5)."""

from __future__ import annotations

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import StoreUnavailable
from controlplane.services.system import SystemService
from controlplane.storage.pynamo_client import PynamoClient
from controlplane.storage.store import TableStore
from controlplane.storage.wire_table import WireTable
from tests.conftest import REGION
from tests.services.conftest import SettableClock


def test_ready_while_the_table_can_be_read(services: Services) -> None:
    """Readiness is the table's: without it no request can be decided."""
    assert "ready" == services.system.ready()


def test_not_ready_without_the_table(dynamodb_endpoint: str, clock: SettableClock) -> None:
    """A store that answers, but has no such table or does not let us read it, is no store."""
    table = WireTable(PynamoClient(region=REGION, endpoint=dynamodb_endpoint).call, "no-such-table")
    system = SystemService(TableStore(table), clock=clock)

    with pytest.raises(StoreUnavailable):
        system.ready()
