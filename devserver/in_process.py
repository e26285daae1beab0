"""Run handlers in the server's own process, one at a time, so that a debugger's breakpoints hold."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from devserver.deployment import Function
from devserver.invocation import MAX_EVENT_BYTES, EventTooLarge, FunctionFailed, Outcome

Environ = Callable[[Function], Mapping[str, str]]


class FunctionsInProcess:
    """Imports each function's module once, under a name of its own. Timeouts do not apply: people think slowly."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._handlers: dict[str, Callable[[Any, Any], Any]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def invoke(self, function: Function, event: Any, *, request_id: str, seconds: float) -> Outcome:
        """See `devserver.invocation.Functions`."""
        payload = json.dumps(event)
        if len(payload) > MAX_EVENT_BYTES:
            raise EventTooLarge
        async with self._one_at_a_time:
            return await _in_a_thread(lambda: self._run(function, payload, request_id, seconds))

    def recycle(self) -> None:
        """Forget every imported handler; what they imported from the layers stays loaded."""
        self._handlers.clear()

    async def close(self) -> None:
        """There is nothing to end."""

    def _run(self, function: Function, payload: str, request_id: str, seconds: float) -> Outcome:
        cold = function.arn not in self._handlers
        os.environ.update(self._environ(function))
        try:
            handler = self._handler(function)
            value = handler(json.loads(payload), _context(function, request_id, seconds))
            return Outcome(json.loads(json.dumps(value)), cold)
        except Exception as error:
            traceback.print_exc()
            raise FunctionFailed(type(error).__name__, str(error)) from error

    def _handler(self, function: Function) -> Callable[[Any, Any], Any]:
        handler = self._handlers.get(function.arn)
        if handler is None:
            name = function.handler.rpartition(".")[2]
            handler = self._handlers[function.arn] = getattr(_load(function), name)
        return handler


async def _in_a_thread(run: Callable[[], Outcome]) -> Outcome:
    """Run beside the server, which serves on; a thread at a breakpoint does not hold up the server's end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()

    def tell(outcome: Outcome | None, error: Exception | None) -> None:
        if done.cancelled():
            return
        if error:
            done.set_exception(error)
        elif outcome:
            done.set_result(outcome)

    def work() -> None:
        outcome, failure = None, None
        try:
            outcome = run()
        except Exception as error:  # noqa: BLE001 - raised by the one who waits
            failure = error
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(tell, outcome, failure)

    threading.Thread(target=work, daemon=True).start()
    return await done


def _load(function: Function) -> ModuleType:
    for folder in function.layers:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    file = function.code / (function.handler.rpartition(".")[0].replace(".", "/") + ".py")
    specification = importlib.util.spec_from_file_location(f"function_{function.name}", file)
    if specification is None or specification.loader is None:
        raise ImportError(f"cannot load {file}")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def _context(function: Function, request_id: str, seconds: float) -> Any:
    from awslambdaric.lambda_context import LambdaContext

    deadline = int((time.time() + seconds) * 1000)
    return LambdaContext(request_id, None, None, deadline, function.arn)
