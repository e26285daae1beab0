"""The handlers' client: reads at once, none for longer than the request; and nothing heavy for what only reads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from controlplane.adapters import Adapters
from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.records import ApiKey
from controlplane.ports import AuditFilter, Holdings
from controlplane.settings import Settings
from controlplane.storage import patience
from controlplane.storage.handler_client import LeanClients
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.together import each
from tests.conftest import REGION

if TYPE_CHECKING:
    from controlplane.storage.lean.wire import Transport


@dataclass
class Meeting:
    """Holds requests back until eight are under way at once; counts connections and what went over them."""

    endpoint: str
    asked: int = 0
    opened: int = 0
    gate: threading.Barrier = field(default_factory=lambda: threading.Barrier(8))

    def connect(self) -> DynamoClient:
        """Open a connection that waits for the others."""
        self.opened += 1
        client = DynamoClient(endpoint=self.endpoint, region=REGION)
        client.transport = Waiting(client.transport, self)
        return client


@dataclass
class Waiting:
    """A transport that sends nothing before the meeting is complete."""

    transport: Transport
    meeting: Meeting

    def exchange(self, request: bytes, deadline: float) -> tuple[int, dict[str, str], bytes]:
        """Wait, then send."""
        self.meeting.gate.wait(10)
        self.meeting.asked += 1
        return self.transport.exchange(request, deadline)


@pytest.fixture
def meeting(dynamodb_endpoint: str) -> Meeting:
    """A real engine, eight at a time."""
    return Meeting(dynamodb_endpoint)


def test_every_question_has_a_connection_of_its_own(meeting: Meeting, fresh_table: str) -> None:
    """Eight questions wait for the table together, not for each other, and the next eight find the lines open."""
    lean = LeanClients(meeting.connect)

    replies = each(lambda _: lean.call("DescribeTable", {"TableName": fresh_table}), range(24))

    assert {fresh_table} == {reply["Table"]["TableName"] for reply in replies}
    assert (24, 8) == (meeting.asked, meeting.opened)


def test_nothing_is_asked_once_the_request_is_over(meeting: Meeting, fresh_table: str) -> None:
    """What nobody waits for any more is not sent."""
    lean = LeanClients(meeting.connect)

    with patience.within(0), pytest.raises(StoreUnavailable):
        each(lambda _: lean.call("DescribeTable", {"TableName": fresh_table}), range(24))

    assert 0 == meeting.asked


REFUSED = """
import os, sys
from controlplane.adapters import Adapters
from controlplane.domain.denials import denial
from controlplane.domain.principal import Principal
from controlplane.settings import Settings

adapters = Adapters(Settings.from_environment(os.environ))
by = Principal(type="api_key", id="ak_1", org_id="org_1", home_org_id="org_1", role_ids=())
event = denial(id=sys.argv[1], now=120, principal=by, action="keys:create", method="POST", path="/api/v1/apikeys")
adapters.store.append_denial(event)
assert not {"botocore", "pynamodb"} & set(sys.modules)
"""


def test_a_refusal_is_counted_by_a_function_that_never_wrote(fresh_table: str, dynamodb_endpoint: str) -> None:
    """The note of a denial has half a second, and importing botocore takes longer: every repeat stands in the trail."""
    environ = os.environ | {"IRONFLOW_TABLE": fresh_table, "AWS_REGION": REGION,
                            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint}  # fmt: skip

    for number in range(3):
        subprocess.run([sys.executable, "-c", REFUSED, f"{number:026}"], env=environ, check=True)

    store = Adapters(Settings(table=fresh_table, region=REGION, endpoint=dynamodb_endpoint)).store
    (event,) = store.events(AuditFilter(trail="org_1"), limit=9, after="").items
    assert {event.id: 2} == dict(store.repeats([event]))


def test_handlers_read_what_they_wrote_the_other_way(fresh_table: str, dynamodb_endpoint: str) -> None:
    """The store that functions get writes over one client and reads over the other, and both mean the same."""
    adapters = Adapters(Settings(table=fresh_table, region=REGION, endpoint=dynamodb_endpoint))
    transaction = adapters.store.transaction()
    for number in range(3):
        transaction.create(ApiKey(id=f"ak_{number}", org_id=f"org_{number % 2}", name="k", prefix="ifkey_1",
                                  hash="ab" * 32, role_ids=(), created_at=1))  # fmt: skip
    transaction.commit()

    assert [Holdings(0, 2), Holdings(0, 1)] == adapters.store.holdings_of_orgs(["org_0", "org_1"])
