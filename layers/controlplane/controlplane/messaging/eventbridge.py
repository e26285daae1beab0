"""The event bus in the cloud: EventBridge, which delivers at least once and says what it did not accept."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from controlplane.domain.errors import BusUnavailable
from controlplane.ports import Announcement, EventBus

SOURCE = "ironflow"
_MOST_AT_ONCE = 10
_TRIES, _PAUSE = 4, 0.2


class EventBridge:
    """Publishes to one bus; `client` is botocore's, or made at the first announcement."""

    def __init__(self, bus: str, *, region: str, client: Any = None, pause: float = _PAUSE) -> None:
        self._bus = bus
        self._region = region
        self._client = client
        self._pause = pause

    def publish(self, announcements: Sequence[Announcement]) -> None:
        """Hand over announcements, ten at a time; raise BusUnavailable when one was not accepted."""
        for start in range(0, len(announcements), _MOST_AT_ONCE):
            self._put([self._entry(each) for each in announcements[start:start + _MOST_AT_ONCE]])

    def _put(self, entries: list[dict[str, str]]) -> None:
        """Send entries; those that were refused, once more after a pause."""
        from botocore.exceptions import BotoCoreError, ClientError

        for attempt in range(_TRIES):
            try:
                reply = self._events().put_events(Entries=entries)
            except (BotoCoreError, ClientError):
                raise BusUnavailable from None
            entries = [entry for entry, result in zip(entries, reply["Entries"], strict=True) if "ErrorCode" in result]
            if not entries:
                return
            time.sleep(self._pause * 2**attempt)
        raise BusUnavailable

    def _entry(self, announcement: Announcement) -> dict[str, str]:
        detail = {"id": announcement.id, **announcement.detail}
        return {"EventBusName": self._bus, "Source": SOURCE, "DetailType": announcement.kind,
                "Detail": json.dumps(detail, separators=(",", ":"), ensure_ascii=False)}

    def _events(self) -> Any:
        if self._client is None:
            import botocore.session
            from botocore.config import Config

            config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
            self._client = botocore.session.get_session().create_client(
                "events", region_name=self._region, config=config
            )
        return self._client


class Nowhere:
    """The bus of a development machine: nobody subscribes, and the sweep's own line says what it did."""

    def publish(self, announcements: Sequence[Announcement]) -> None:
        """Accept announcements and deliver nothing."""


def event_bus(name: str, *, region: str) -> EventBus:
    """Return the bus of that name, or one that delivers nothing where there is none."""
    return EventBridge(name, region=region) if name else Nowhere()
