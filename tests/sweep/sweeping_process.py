"""A sweep in a process of its own, to be killed: `python -m tests.sweep.sweeping_process TABLE ENDPOINT BUS_FILE`.

Its bus is a file that announcements are appended to, one JSON line each; it prints what the sweep returned.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from controlplane.bootstrap import Services
from controlplane.ports import Announcement
from controlplane.settings import Settings
from controlplane.storage.handler_client import dynamodb_tables
from tests.services.conftest import SettableClock


class FileBus:
    """Appends each batch with one write, as a bus takes a batch or does not."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def publish(self, announcements: Sequence[Announcement]) -> None:
        """Append announcements."""
        lines = [json.dumps([each.id, each.kind]) + "\n" for each in announcements]
        os.write(self._file, "".join(lines).encode())


def main(table: str, endpoint: str, bus: str) -> None:
    """Sweep once."""
    settings = Settings(table=table, region="us-east-1", endpoint=endpoint)
    services = Services(settings, clock=SettableClock())
    services.bus = FileBus(bus)
    # The first write imports for longer than a kill waits: after this one, kills fall into the work.
    dynamodb_tables(table, region=settings.region, endpoint=endpoint)[0].delete_batch([("nothing", "nothing")])
    sys.stdout.write(json.dumps(asdict(services.sweep.run(seconds=600))))


if __name__ == "__main__":
    main(*sys.argv[1:])
