"""What is told while the table cannot be read (contract, sections 1 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devserver.embedded_store import start_file_store
from tests.http.client import V1, Client
from tests.running_server import RunningServer

UNAVAILABLE = (503, "unavailable")


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that was ready once, and whose store has gone."""
    folder = tmp_path_factory.mktemp("cut_off")
    store = start_file_store(folder / "store.db")
    flags = ("--no-reload", "--dynamodb-endpoint", store.endpoint)
    with RunningServer(*flags, data_dir=folder / "data") as server:
        client = Client(server.port, server.bootstrap_key)
        assert client.get("/ready").json() == {"status": "ready"}
        store.stop()
        yield client


@pytest.mark.parametrize("path", ["/ready", f"{V1}/apikeys"])
def test_503_says_that_retrying_is_safe(cut_off: Client, path: str) -> None:
    """Neither readiness nor a decision is guessed: the error says that it passes, and when to come back."""
    reply = cut_off.get(path)

    status, code, _ = reply.error
    assert (UNAVAILABLE, True) == ((status, code), reply.json()["retryable"])
    assert int(reply.headers["retry-after"]) >= 1


def test_a_process_without_its_table_is_alive(cut_off: Client) -> None:
    """Whoever restarts dead processes must not restart those that wait for their store."""
    assert "healthy" == cut_off.get("/health").json()["status"]
