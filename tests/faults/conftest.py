"""The bench: the product in one process over a table in memory, at a virtual time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controlplane.gateway import binder
from controlplane.storage import identity_reader, identity_writer, patience
from controlplane.storage.lean import client
from tests.faults.bench import Bench


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The bench; the handlers find its services, and everything that waits waits in its time."""
    made = Bench(tmp_path_factory.mktemp("bench"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binder, "services_for", lambda: made.plant.services)
        patch.setattr(patience, "time", made.time)
        for module in (client, identity_reader, identity_writer):
            patch.setattr(module, "monotonic", made.time.monotonic)
        patch.setattr(client, "sleep", made.time.sleep)
        yield made
