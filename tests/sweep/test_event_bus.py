"""Announcements reach EventBridge whole, and what it refuses is sent again."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from controlplane.domain.errors import BusUnavailable
from controlplane.messaging.eventbridge import EventBridge, Nowhere, event_bus
from controlplane.ports import Announcement

TOLD = [Announcement(id=f"ak_{n}:expired", kind="key.expired", detail={"key_id": f"ak_{n}"}) for n in range(11)]
REFUSED = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}


def _entry(number: int) -> dict[str, str]:
    detail = f'{{"id":"ak_{number}:expired","key_id":"ak_{number}"}}'
    return {"EventBusName": "bus", "Source": "ironflow", "DetailType": "key.expired", "Detail": detail}


@pytest.fixture
def bridge() -> tuple[EventBridge, Stubber]:
    """The adapter over botocore's own client, which answers as the test tells it."""
    client = botocore.session.get_session().create_client("events", region_name="eu-west-1")
    return EventBridge("bus", region="eu-west-1", client=client, pause=0), Stubber(client)


def _expect(stubber: Stubber, numbers: list[int], results: list[dict[str, Any]]) -> None:
    failed = sum("ErrorCode" in result for result in results)
    stubber.add_response("put_events", {"FailedEntryCount": failed, "Entries": results},
                         {"Entries": [_entry(number) for number in numbers]})


def test_announcements_go_ten_at_a_time(bridge: tuple[EventBridge, Stubber]) -> None:
    """EventBridge takes ten entries in one call; each carries the id by which subscribers tell repetitions."""
    bus, stubber = bridge
    _expect(stubber, list(range(10)), [{"EventId": "1"}] * 10)
    _expect(stubber, [10], [{"EventId": "1"}])

    with stubber:
        bus.publish(TOLD)

    stubber.assert_no_pending_responses()
    assert json.loads(_entry(3)["Detail"])["id"] == TOLD[3].id


def test_only_what_was_refused_is_sent_again(bridge: tuple[EventBridge, Stubber]) -> None:
    """A call that succeeds may still have refused some of its entries."""
    bus, stubber = bridge
    _expect(stubber, [0, 1, 2], [{"EventId": "1"}, REFUSED, {"EventId": "3"}])
    _expect(stubber, [1], [{"EventId": "2"}])

    with stubber:
        bus.publish(TOLD[:3])

    stubber.assert_no_pending_responses()


def test_what_is_refused_again_and_again_is_not_taken_for_delivered(bridge: tuple[EventBridge, Stubber]) -> None:
    """The sweep must know, or it would note a notice that nobody heard."""
    bus, stubber = bridge
    for _ in range(4):
        _expect(stubber, [0], [REFUSED])

    with stubber, pytest.raises(BusUnavailable):
        bus.publish(TOLD[:1])


def test_a_call_that_fails_is_not_taken_for_delivered(bridge: tuple[EventBridge, Stubber]) -> None:
    """The same for a bus that is gone, or that may not be used."""
    bus, stubber = bridge
    stubber.add_client_error("put_events", "ResourceNotFoundException")

    with stubber, pytest.raises(BusUnavailable):
        bus.publish(TOLD[:1])


def test_without_a_bus_nothing_is_delivered() -> None:
    """A development machine has no bus, and sweeps all the same."""
    bus = event_bus("", region="eu-west-1")

    bus.publish(TOLD)

    assert isinstance(bus, Nowhere)
