"""The environments of one function: started when requests have to wait, kept while idle, the last used first."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Mapping

from devserver.deployment import Function
from devserver.environment import Environment
from devserver.invocation import Outcome, TooManyInvocations

# Lambda starts an environment for every request that finds none idle. On one machine more processes than processors
# compute no faster, so a few start soon, and further ones when the queue stands still: they wait for something.
FEW = (os.cpu_count() or 1) + 1
LOOK_SECONDS = 0.01
SOON_SECONDS = 0.002
STUCK_SECONDS = 0.1
LONG_SECONDS = 1.0
QUEUE_SECONDS = 20.0
IDLE_SECONDS = 900.0
SPARE_SECONDS = 30.0

Grant = Environment | None
"""What a request in the queue gets: an environment, or the right to start one."""


class Pool:
    """Runs one function. The environment used last is used next; who waits longest is served first."""

    def __init__(self, function: Function, environ: Callable[[Function], Mapping[str, str]], *, limit: int) -> None:
        self._function = function
        self._environ = environ
        self._limit = limit
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._starting = 0
        self._queue: deque[tuple[float, asyncio.Future[Grant]]] = deque()
        self._moved = 0.0
        self._ready_at = 0.0  # when an environment was last started
        self._looking: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def invoke(self, payload: bytes, *, request_id: str, seconds: float) -> Outcome:
        """Run one invocation in an environment that nobody else uses meanwhile."""
        environment, cold = await self._take()
        try:
            value = await environment.invoke(payload, request_id=request_id, seconds=seconds)
        finally:
            self._give_back(environment)
        return Outcome(value, cold)

    def reap(self, *, now: float) -> None:
        """End environments that are idle for too long."""
        last = len(self._idle) - 1
        old = [
            environment
            for place, environment in enumerate(self._idle)
            if now - environment.idle_since > (IDLE_SECONDS if place == last else SPARE_SECONDS)
        ]
        self._idle = [environment for environment in self._idle if environment not in old]
        for environment in old:
            self._forget(environment)

    def close(self, *, kill: bool = False) -> None:
        """End what is idle, and with `kill` what is busy; nothing given back later is kept."""
        self._closed = True
        for environment in list(self._all if kill else self._idle):
            self._forget(environment)
        self._idle.clear()
        while self._queue:
            self._let_start()

    async def ended(self) -> None:
        """Wait until the processes that were ended are gone."""
        while self._ending:
            await asyncio.wait(set(self._ending))

    async def _take(self) -> tuple[Environment, bool]:
        """Return a ready environment, and whether it was started for this invocation."""
        while True:
            environment = self._idle.pop() if self._idle else await self._wait()
            if environment is None:
                return await self._start(), True
            if environment.usable:
                return environment, False
            self._forget(environment)

    async def _wait(self) -> Grant:
        """Wait for an environment, or for the right to start one, which the first of all requests has at once."""
        if self._closed or not (self._all or self._starting):
            self._starting += 1
            return None
        waiting: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()
        self._queue.append((time.monotonic(), waiting))
        if self._looking is None:
            self._look_later()
        return await waiting

    async def _start(self) -> Environment:
        environment = Environment(self._function, self._environ(self._function))
        self._all.add(environment)
        try:
            await environment.start()
        except BaseException:
            self._starting -= 1
            self._forget(environment)
            raise
        self._starting -= 1
        self._moved = self._ready_at = time.monotonic()
        return environment

    def _give_back(self, environment: Environment) -> None:
        if not environment.usable or self._closed:
            self._forget(environment)
            return
        self._moved = environment.idle_since = time.monotonic()
        if self._queue:
            self._queue.popleft()[1].set_result(environment)
        else:
            self._idle.append(environment)

    def _forget(self, environment: Environment) -> None:
        self._all.discard(environment)
        if task := environment.stop():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        if self._queue and not self._all:
            self._let_start()

    def _let_start(self) -> None:
        self._starting += 1
        self._queue.popleft()[1].set_result(None)

    def _look_later(self) -> None:
        self._looking = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Let those start an environment who waited for too long, as long as there is room.

        What they waited while the last one started does not count: it serves them now.
        """
        self._looking = None
        now = time.monotonic()
        while self._queue and now - self._queue[0][0] > QUEUE_SECONDS:
            self._queue.popleft()[1].set_exception(TooManyInvocations())
        room, patience = self._room_and_patience(now)
        while room > 0 and self._queue and now - max(self._queue[0][0], self._ready_at) >= patience:
            self._let_start()
            room -= 1
        if self._queue:
            self._look_later()

    def _room_and_patience(self, now: float) -> tuple[int, float]:
        """Return how many environments may be started now, and after what wait of a request."""
        there = len(self._all)
        if there < FEW:
            return min(FEW, self._limit) - there, SOON_SECONDS
        if self._starting:
            return 0, 0.0
        return self._limit - there, STUCK_SECONDS if now - self._moved >= STUCK_SECONDS else LONG_SECONDS
