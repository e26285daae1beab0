"""The bench: the product in one process over a table in memory, at a virtual time."""

from __future__ import annotations

import pytest

from controlplane.gateway import binder
from controlplane.storage import identity_reader, identity_writer, patience
from controlplane.storage.lean import client
from tests.faults.bench import Bench


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The bench, made once; nothing of the product knows of it yet."""
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def bench(built: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench, in use for one test: the handlers find its services, and everything that waits waits in its time."""
    monkeypatch.setattr(binder, "services_for", lambda: built.plant.services)
    monkeypatch.setattr(patience, "time", built.time)
    for module in (client, identity_reader, identity_writer):
        monkeypatch.setattr(module, "monotonic", built.time.monotonic)
    monkeypatch.setattr(client, "sleep", built.time.sleep)
    return built
