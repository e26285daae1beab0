"""What an operation takes from the table, which docs/cost.md multiplies by AWS's prices."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controlplane.authorizer_bootstrap import AuthorizerParts
from controlplane.bootstrap import Services
from controlplane.domain.names import BOOTSTRAP_KEY, OPERATOR_ORG
from controlplane.domain.principal import Principal
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.security.clock import SystemClock
from controlplane.security.ids import SystemIds
from controlplane.services.apikeys import KeyRequest
from controlplane.settings import Settings
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.wire_table import WireTable

PAGE = Path(__file__).parents[2] / "docs/cost.md"
ADMIN = Principal(type="api_key", id=BOOTSTRAP_KEY, home_org_id=OPERATOR_ORG, org_id=OPERATOR_ORG,
                  role_ids=("role_admin",))
READING = {"GetItem", "BatchGetItem", "Query"}


class Meter:
    """A way to the table that adds up the read and write units that the store says it took."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.units = [0.0, 0.0]

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a request and count it."""
        method = getattr(self.client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        reply: dict[str, Any] = method(**payload, ReturnConsumedCapacity="TOTAL")
        taken = reply["ConsumedCapacity"]
        units = sum(one["CapacityUnits"] for one in (taken if isinstance(taken, list) else [taken]))
        self.units[operation not in READING] += units
        return reply

    def of(self, ask: Callable[[], Any]) -> tuple[float, float]:
        """Return the read and write units of one use case."""
        self.units = [0.0, 0.0]
        ask()
        return self.units[0], self.units[1]


def _gate(meter: Meter, table: str) -> Callable[[str, str], Any]:
    """Return how to ask an authorizer whose requests to the table are counted."""
    def batch_get(table: str, keys: list[dict[str, Any]], deadline: float) -> list[dict[str, Any]]:
        wanted = {table: {"Keys": keys, "ConsistentRead": True}}
        found: list[dict[str, Any]] = meter.call("BatchGetItem", {"RequestItems": wanted})["Responses"][table]
        return found

    def write(operation: str, payload: dict[str, Any], **_: object) -> dict[str, Any]:
        return meter.call(operation, payload)

    clock = SystemClock()
    authorizer = Authorizer(AuthorizerParts(
        reader=LeanIdentityReader(batch_get, table), writer=LeanIdentityWriter(write, table), clock=clock,
        ids=SystemIds(clock), tokens=_never, conditions=_never,
    ))
    return lambda method, key: authorizer.authorize({
        "methodArn": "arn", "resource": "/api/v1/apikeys", "path": "/api/v1/apikeys", "httpMethod": method,
        "headers": {"Authorization": f"Bearer {key}"}, "requestContext": {"requestId": uuid.uuid4().hex},
    })


def _never() -> Any:
    raise AssertionError("an API key needs neither a token's secret nor, with built-in roles, a condition")


@pytest.fixture
def meter(dynamodb_client: Any) -> Meter:
    """A meter at zero."""
    return Meter(dynamodb_client)


def _on_the_page() -> dict[str, tuple[float, float]]:
    rows = re.findall(r"^\| `(\w+)` +\| ([\d.]+) +\| ([\d.]+) +\|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (float(reads), float(writes)) for name, reads, writes in rows}


def test_the_page_tells_what_operations_take(meter: Meter, fresh_table: str) -> None:
    """The units on the page are those that a store counts, for each operation of a key's life."""
    settings = Settings(table=fresh_table, region="us-east-1")
    services = Services(settings, table=WireTable(meter.call, fresh_table))
    services.first_boot.issue_bootstrap_key()
    first = services.keys.create_key(KeyRequest(name="k", role_ids=("role_viewer",)), by=ADMIN)
    latest = [first]

    ask = _gate(meter, fresh_table)
    measured = {
        "first_sight": meter.of(lambda: ask("GET", first.value)),
        "authorize": meter.of(lambda: ask("GET", first.value)),
        "deny": meter.of(lambda: ask("POST", first.value)),
        "create_key": meter.of(lambda: services.keys.create_key(KeyRequest(name="n"), by=ADMIN)),
        "get_key": meter.of(lambda: services.keys.get_key(first.key.id, by=ADMIN)),
        "list_keys": meter.of(lambda: services.keys.list_keys(
            platform=False, expiring_within="", limit=100, after="", by=ADMIN)),
        "rotate_key": meter.of(lambda: latest.append(services.keys.rotate_key(first.key.id, by=ADMIN))),
        "delete_key": meter.of(lambda: services.keys.delete_key(latest[-1].key.id, by=ADMIN)),
    }

    assert measured == _on_the_page()
