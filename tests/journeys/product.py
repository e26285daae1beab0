"""Servers of a test's own: started on a directory, killed, started again, or two of them on one store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.http.client import Ledger
from tests.http.world import World
from tests.running_server import RunningServer


def rounds(name: str, default: int) -> int:
    """Return how often a costly test repeats: `IRONFLOW_ROUNDS_<NAME>`, or the default."""
    return int(os.environ.get(f"IRONFLOW_ROUNDS_{name}", default))


class Product:
    """Starts servers on one data directory; all that still run are stopped at the end."""

    def __init__(self, data_dir: Path, closing: ExitStack) -> None:
        self._data_dir = data_dir
        self._closing = closing

    def start(self, *flags: str, data_dir: Path | None = None) -> World:
        """Start a server and return its callers; nothing may have failed, and no secret be out, when it ends."""
        ledger = Ledger()
        server = RunningServer("--no-reload", *flags, data_dir=data_dir or self._data_dir)
        self._closing.callback(_check, server, ledger)
        return World(server.wait_until_ready(), ledger)


def _check(server: RunningServer, ledger: Ledger) -> None:
    if server.process.poll() is None:
        server.stop()
    assert [] == ledger.failures, server.stderr[-5000:]
    assert [] == ledger.leaks(server.stdout, server.stderr)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """The product on an empty directory."""
    with ExitStack() as closing:
        yield Product(tmp_path / "data", closing)
