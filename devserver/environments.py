"""Every function of a deployment, each in a pool of processes of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from devserver.deployment import Function
from devserver.invocation import MAX_EVENT_BYTES, EventTooLarge, FunctionFailed, FunctionTimedOut, Outcome
from devserver.pool import Pool

MAX_ENVIRONMENTS = 8

Environ = Callable[[Function], Mapping[str, str]]
_encode = msgspec.json.Encoder().encode


class FunctionProcesses:
    """Runs every function of a deployment in processes of their own."""

    def __init__(self, environ: Environ, *, limit: int = MAX_ENVIRONMENTS) -> None:
        self._environ = environ
        self._limit = limit
        self._pools: dict[str, Pool] = {}
        self._closed = False

    async def invoke(self, function: Function, event: Any, *, request_id: str, seconds: float) -> Outcome:
        """See `devserver.invocation.Functions`."""
        payload = _encode(event)
        if len(payload) > MAX_EVENT_BYTES:
            raise EventTooLarge
        try:
            return await self._pool(function).invoke(payload, request_id=request_id, seconds=seconds)
        except (FunctionFailed, FunctionTimedOut) as error:
            kind = "timed out" if isinstance(error, FunctionTimedOut) else "failed"
            print(f"[{function.name}] {kind}: {error} ({request_id})", file=sys.stderr, flush=True)
            raise

    def recycle(self) -> None:
        """Drop all pools: idle environments end now, busy ones after their answer."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def reap(self) -> None:
        """End environments that nobody has needed for a while; the last one of a function stays for longer."""
        for pool in self._pools.values():
            pool.reap(now=time.monotonic())

    async def close(self) -> None:
        """End every environment, busy ones too."""
        self._closed = True
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close(kill=True)
        await asyncio.gather(*(pool.ended() for pool in pools.values()))

    def _pool(self, function: Function) -> Pool:
        pool = self._pools.get(function.arn)
        if pool is None:
            if self._closed:
                raise FunctionFailed("Runtime.Stopped", "the server is stopping")
            pool = self._pools[function.arn] = Pool(function, self._environ, limit=self._limit)
        return pool
