"""One execution environment: a process that runs a function under the real runtime client."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from devserver.deployment import Function
from devserver.invocation import MAX_RESULT_BYTES, FunctionFailed, FunctionTimedOut
from devserver.processes import start_module
from devserver.runtime_api import EnvironmentGone, EnvironmentSilent, RuntimeApi, reported_error

INIT_SECONDS = 10.0
NEXT_SECONDS = 1.0


class Environment:
    """A started environment, good for one invocation after the other until something goes wrong."""

    def __init__(self, function: Function, environ: Mapping[str, str]) -> None:
        self.function = function
        self.idle_since = 0.0
        self._ready = False
        self._api = RuntimeApi(alive=self._alive)
        self._process = start_module(
            "awslambdaric",
            function.handler,
            environ={**environ, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            cwd=function.code,
        )
        threading.Thread(target=_pass_on_output, args=(self._process, function.name), daemon=True).start()

    def wait_until_ready(self) -> bool:
        """Wait for the process to ask for an event; False when it died while it was idle.

        Raises FunctionFailed when the function's module cannot be loaded, or takes too long to load.
        """
        first = not self._ready
        try:
            message = self._api.receive(time.monotonic() + (INIT_SECONDS if first else NEXT_SECONDS))
        except EnvironmentGone:
            return self._gone(first, "Runtime.ExitError", "the process ended while it started")
        except EnvironmentSilent:
            return self._gone(first, "Sandbox.Timedout", f"the function did not start in {INIT_SECONDS:.0f} s")
        if not message.wants_next:
            self._api.acknowledge()
            raise FunctionFailed(*reported_error(message.body))
        self._ready = self._alive()  # it may have died after it asked
        return self._ready or self._gone(first, "Runtime.ExitError", "the process ended after it started")

    def invoke(self, event: bytes, *, request_id: str, seconds: float) -> Any:
        """Hand an event to a ready environment and return the handler's result.

        Raises FunctionFailed or FunctionTimedOut; `usable` tells whether the environment may serve again.
        """
        deadline = time.monotonic() + seconds
        self._ready = False
        try:
            self._api.give(event, self._headers(request_id, seconds))
            message = self._api.receive(deadline)
            if len(message.body) > MAX_RESULT_BYTES:
                raise FunctionFailed("Function.ResponseSizeTooLarge", f"over {MAX_RESULT_BYTES} bytes")
            self._api.acknowledge()
        except EnvironmentGone:
            raise FunctionFailed("Runtime.ExitError", "the process ended before it answered") from None
        except EnvironmentSilent:
            raise FunctionTimedOut(f"no answer in {seconds:.1f} s") from None
        self._ready = True
        if not message.is_result:
            raise FunctionFailed(*reported_error(message.body))
        try:
            return json.loads(message.body)
        except ValueError:
            raise FunctionFailed("Runtime.MarshalError", "the result is not JSON") from None

    @property
    def usable(self) -> bool:
        """Whether the environment may be given another event."""
        return self._ready and self._alive()

    def stop(self) -> None:
        """End the process at once; it holds nothing that is worth a farewell."""
        self._ready = False
        self._process.kill()
        self._api.close()
        self._process.wait()

    def _alive(self) -> bool:
        return self._process.poll() is None

    def _gone(self, first: bool, kind: str, message: str) -> bool:
        self._ready = False
        if first:
            raise FunctionFailed(kind, message)
        return False

    def _headers(self, request_id: str, seconds: float) -> dict[str, str]:
        return {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function.arn,
        }


def _pass_on_output(process: subprocess.Popen[bytes], name: str) -> None:
    """Copy what a function prints to stderr, line by line, with its name in front."""
    if process.stdout is None:
        return
    with process.stdout as lines:
        for line in lines:
            text = line.decode("utf-8", errors="replace").rstrip().replace("\r", "\n    ")
            try:
                print(f"[{name}] {text}", file=sys.stderr, flush=True)
            except OSError:
                continue
