"""Processes that meet in one table of a real engine, all at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.errors import Problem
from controlplane.settings import Settings
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.wire_table import WireTable
from tests.conftest import REGION

MOST = 32


def process(endpoint: str, table: str, **more: Any) -> Services:
    """Return the use cases as a process of its own has them, with a connection of its own.

    The way to the engine costs next to nothing, so that contenders really meet in it.
    """
    client = DynamoClient(endpoint=endpoint, region=REGION)
    wire = WireTable(lambda operation, payload: client.call(operation, payload, deadline=time.monotonic() + 5), table)
    return Services(Settings(table=table, region=REGION, jwt_secret_file="never read", **more), table=wire)


def at_once(
    pool: ThreadPoolExecutor, attempts: Sequence[Callable[[], Any]], *, tell: Callable[[Problem], Any] = lambda one: one
) -> list[Any]:
    """Start all attempts, 32 at the most, at the same moment; return what each gave, or what is told of its refusal."""
    start = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return attempt()
        except Problem as problem:
            return tell(problem)

    return list(pool.map(run, attempts))
