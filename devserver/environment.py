"""One execution environment: a process that runs a function under the real runtime client."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from devserver.deployment import Function
from devserver.function_output import FunctionOutput
from devserver.invocation import MAX_RESULT_BYTES, FunctionFailed, FunctionTimedOut
from devserver.processes import start_module
from devserver.runtime_api import EnvironmentGone, EnvironmentSilent, RuntimeApi, reported_error

INIT_SECONDS = 10.0
NEXT_SECONDS = 1.0
OUTPUT_SECONDS = 0.2


class Environment:
    """An environment, good for one invocation after the other until something goes wrong."""

    def __init__(self, function: Function, environ: Mapping[str, str]) -> None:
        self.function = function
        self.idle_since = 0.0
        self._environ = environ
        self._sound = False
        self._stopped = False
        self._api = RuntimeApi(alive=self._alive)
        self._process: subprocess.Popen[bytes] | None = None
        self._output: FunctionOutput | None = None

    async def start(self) -> None:
        """Start the process and wait until it asks for an event.

        Raises FunctionFailed when the function's module cannot be loaded, or takes too long to load.
        """
        environ = {**self._environ, "AWS_LAMBDA_RUNTIME_API": self._api.address}
        handler, code = self.function.handler, self.function.code
        self._process = process = await asyncio.to_thread(
            start_module, "awslambdaric", handler, environ=environ, cwd=code
        )
        if self._stopped:
            process.kill()
            await self._end(process)
            raise FunctionFailed("Runtime.Stopped", "the environment was not needed any more")
        self._output = await FunctionOutput.of(process, self.function.name)
        try:
            await self._become_ready(INIT_SECONDS)
        except EnvironmentGone:
            raise FunctionFailed("Runtime.ExitError", "the process ended while it started") from None
        except EnvironmentSilent:
            raise FunctionFailed("Sandbox.Timedout", f"the function did not start in {INIT_SECONDS:.0f} s") from None
        if not self._alive():  # it may have died after it asked
            raise FunctionFailed("Runtime.ExitError", "the process ended after it started")
        self._sound = True

    async def is_ready(self) -> bool:
        """Wait for the process to ask for the next event; False when it died while it was idle."""
        if not self._api.received_next():
            try:
                await self._become_ready(NEXT_SECONDS)
            except (EnvironmentGone, EnvironmentSilent, FunctionFailed):
                return False
        return self._alive()

    async def invoke(self, event: bytes, *, request_id: str, seconds: float) -> Any:
        """Hand an event to an environment that is ready, and return the handler's result.

        Raises FunctionFailed or FunctionTimedOut; `usable` tells whether the environment may serve again.
        """
        self._sound = False
        try:
            self._api.give(event, self._headers(request_id, seconds))
            message = await self._api.receive(time.monotonic() + seconds)
            if len(message.body) > MAX_RESULT_BYTES:
                raise FunctionFailed("Function.ResponseSizeTooLarge", f"over {MAX_RESULT_BYTES} bytes")
            self._api.acknowledge()
        except EnvironmentGone:
            raise FunctionFailed("Runtime.ExitError", "the process ended before it answered") from None
        except EnvironmentSilent:
            raise FunctionTimedOut(f"no answer in {seconds:.1f} s") from None
        self._sound = True
        if not message.is_result:
            raise FunctionFailed(*reported_error(message.body))
        return _result(message.body)

    @property
    def usable(self) -> bool:
        """Whether the environment may be given another event, as soon as it asks for one."""
        return self._sound

    def stop(self) -> asyncio.Task[None] | None:
        """End the process at once; it holds nothing that is worth a farewell. The task ends with it."""
        self._sound, self._stopped = False, True
        if self._process:
            self._process.kill()
        self._api.close()
        return asyncio.create_task(self._end(self._process)) if self._process else None

    async def _end(self, process: subprocess.Popen[bytes]) -> None:
        await asyncio.to_thread(process.wait)
        if self._output:
            await self._output.end(OUTPUT_SECONDS)

    async def _become_ready(self, seconds: float) -> None:
        message = await self._api.receive(time.monotonic() + seconds)
        if not message.wants_next:
            self._api.acknowledge()
            raise FunctionFailed(*reported_error(message.body))

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _headers(self, request_id: str, seconds: float) -> dict[str, str]:
        return {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function.arn,
        }


def _result(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        pass
    try:
        return json.loads(body)  # what Python's own encoder writes beyond JSON: NaN, halves of surrogates
    except ValueError:
        raise FunctionFailed("Runtime.MarshalError", "the result is not JSON") from None
