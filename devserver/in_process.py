"""Run handlers in the server's own process, one at a time, so that a debugger's breakpoints hold."""

from __future__ import annotations

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
        self._one_at_a_time = threading.RLock()

    def invoke(self, function: Function, event: Any, *, request_id: str, seconds: float) -> Outcome:
        """See `devserver.invocation.Functions`."""
        payload = json.dumps(event)
        if len(payload) > MAX_EVENT_BYTES:
            raise EventTooLarge
        with self._one_at_a_time:
            cold = function.arn not in self._handlers
            os.environ.update(self._environ(function))
            try:
                handler = self._handler(function)
                value = handler(json.loads(payload), _context(function, request_id, seconds))
                return Outcome(json.loads(json.dumps(value)), cold)
            except Exception as error:
                traceback.print_exc()
                raise FunctionFailed(type(error).__name__, str(error)) from error

    def recycle(self) -> None:
        """Forget every imported handler; what they imported from the layers stays loaded."""
        with self._one_at_a_time:
            self._handlers.clear()

    def close(self) -> None:
        """There is nothing to end."""

    def _handler(self, function: Function) -> Callable[[Any, Any], Any]:
        if function.arn not in self._handlers:
            module = _load(function)
            name = function.handler.rpartition(".")[2]
            self._handlers[function.arn] = getattr(module, name)
        return self._handlers[function.arn]


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
