"""Pools of environments: one environment per concurrent invocation, started on demand, kept while idle."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from devserver.deployment import Function
from devserver.environment import Environment
from devserver.invocation import (
    MAX_EVENT_BYTES,
    EventTooLarge,
    FunctionFailed,
    FunctionTimedOut,
    Outcome,
    TooManyInvocations,
)

MAX_ENVIRONMENTS = 8
PATIENCE_SECONDS = 0.01
QUEUE_SECONDS = 20.0
IDLE_SECONDS = 900.0
SPARE_SECONDS = 30.0

Environ = Callable[[Function], Mapping[str, str]]


class FunctionProcesses:
    """Runs every function of a deployment in processes of their own."""

    def __init__(self, environ: Environ, *, limit: int = MAX_ENVIRONMENTS) -> None:
        self._environ = environ
        self._limit = limit
        self._pools: dict[str, Pool] = {}
        self._lock = threading.Lock()
        self._closed = False

    def invoke(self, function: Function, event: Any, *, request_id: str, seconds: float) -> Outcome:
        """See `devserver.invocation.Functions`."""
        payload = json.dumps(event, separators=(",", ":")).encode("utf-8")
        if len(payload) > MAX_EVENT_BYTES:
            raise EventTooLarge
        try:
            return self._pool(function).invoke(payload, request_id=request_id, seconds=seconds)
        except (FunctionFailed, FunctionTimedOut) as error:
            kind = "timed out" if isinstance(error, FunctionTimedOut) else "failed"
            print(f"[{function.name}] {kind}: {error} ({request_id})", file=sys.stderr, flush=True)
            raise

    def recycle(self) -> None:
        """Drop all pools: idle environments end now, busy ones after their answer."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def reap(self) -> None:
        """End environments that nobody has needed for a while; the last one of a function stays for longer."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.reap(now=time.monotonic())

    def close(self) -> None:
        """End every environment, busy ones too."""
        with self._lock:
            self._closed = True
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close(kill=True)

    def _pool(self, function: Function) -> Pool:
        with self._lock:
            if self._closed:
                raise FunctionFailed("Runtime.Stopped", "the server is stopping")
            pool = self._pools.get(function.arn)
            if pool is None:
                pool = self._pools[function.arn] = Pool(function, self._environ, limit=self._limit)
            return pool


class Pool:
    """The environments of one function; the one used last is used next."""

    def __init__(self, function: Function, environ: Environ, *, limit: int) -> None:
        self._function = function
        self._environ = environ
        self._limit = limit
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._starting = 0
        self._changed = threading.Condition()
        self._closed = False

    def invoke(self, payload: bytes, *, request_id: str, seconds: float) -> Outcome:
        """Run one invocation in an environment that nobody else uses meanwhile."""
        environment, cold = self._take()
        try:
            value = environment.invoke(payload, request_id=request_id, seconds=seconds)
        finally:
            self._give_back(environment)
        return Outcome(value, cold)

    def reap(self, *, now: float) -> None:
        """End environments that are idle for too long."""
        with self._changed:
            last = len(self._idle) - 1
            old = [
                environment
                for place, environment in enumerate(self._idle)
                if now - environment.idle_since > (IDLE_SECONDS if place == last else SPARE_SECONDS)
            ]
            self._idle = [environment for environment in self._idle if environment not in old]
            self._all.difference_update(old)
        for environment in old:
            environment.stop()

    def close(self, *, kill: bool = False) -> None:
        """End what is idle, and with `kill` what is busy; nothing given back later is kept."""
        with self._changed:
            self._closed = True
            ending = list(self._all) if kill else list(self._idle)
            self._idle.clear()
            self._all.difference_update(ending)
            self._changed.notify_all()
        for environment in ending:
            environment.stop()

    def _take(self) -> tuple[Environment, bool]:
        """Return a ready environment, and whether it was started for this invocation."""
        while True:
            environment = self._idle_or_room()
            if environment is None:
                return self._start(), True
            if self._ready(environment):
                return environment, False
            self._forget(environment)

    def _idle_or_room(self) -> Environment | None:
        """Return an idle environment, or None once a new one may be started; a short wait comes before a start."""
        began = time.monotonic()
        with self._changed:
            while not self._idle:
                waited = time.monotonic() - began
                room = len(self._all) + self._starting < self._limit
                patience = PATIENCE_SECONDS if room and self._all else QUEUE_SECONDS
                if self._closed or (room and (not self._all or waited >= patience)):
                    self._starting += 1
                    return None
                if waited >= patience:
                    raise TooManyInvocations
                self._changed.wait(patience - waited)
            return self._idle.pop()

    def _start(self) -> Environment:
        try:
            environment = Environment(self._function, self._environ(self._function))
        except BaseException:
            with self._changed:
                self._starting -= 1
            raise
        with self._changed:
            self._starting -= 1
            self._all.add(environment)
        self._ready(environment)
        return environment

    def _ready(self, environment: Environment) -> bool:
        try:
            return environment.wait_until_ready()
        except FunctionFailed:
            self._forget(environment)
            raise

    def _give_back(self, environment: Environment) -> None:
        with self._changed:
            if environment.usable and not self._closed:
                environment.idle_since = time.monotonic()
                self._idle.append(environment)
                self._changed.notify()
                return
        self._forget(environment)

    def _forget(self, environment: Environment) -> None:
        with self._changed:
            self._all.discard(environment)
            self._changed.notify()
        environment.stop()
