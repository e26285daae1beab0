"""One execution environment: a process that runs a function in the runtime client's own loop."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from devserver.deployment import Function
from devserver.function_output import FunctionOutput
from devserver.invocation import MAX_RESULT_BYTES, FunctionFailed, FunctionTimedOut
from devserver.processes import start_script
from devserver.runtime_channel import READY, RESULT, EnvironmentGone, EnvironmentSilent, RuntimeChannel, reported_error

RUNTIME_PROCESS = Path(__file__).with_name("runtime_process.py")
INIT_SECONDS = 10.0
OUTPUT_SECONDS = 0.2


class Environment:
    """An environment, good for one invocation after the other until something goes wrong."""

    def __init__(self, function: Function, environ: Mapping[str, str]) -> None:
        self.function = function
        self.idle_since = 0.0
        self._environ = environ
        self._sound = False
        self._stopped = False
        self._channel = RuntimeChannel()
        self._process: subprocess.Popen[bytes] | None = None
        self._output: FunctionOutput | None = None

    async def start(self) -> None:
        """Start the process and wait until it asks for an event.

        Raises FunctionFailed when the function's module cannot be loaded, or takes too long to load.
        """
        descriptor = self._channel.descriptor
        arguments = str(descriptor), self.function.arn, self.function.handler
        try:
            self._process = process = await asyncio.to_thread(
                start_script, RUNTIME_PROCESS, *arguments, environ=self._environ, cwd=self.function.code,
                keep=descriptor,
            )  # fmt: skip
        except BaseException:
            self._channel.close()
            raise
        if self._stopped:
            process.kill()
            self._channel.close()
            await self._end(process)
            raise FunctionFailed("Runtime.Stopped", "the environment was not needed any more")
        self._output = await FunctionOutput.of(process, self.function.name)
        try:
            await self._channel.open()
            letter, body = await self._channel.receive(INIT_SECONDS)
        except EnvironmentGone:
            raise FunctionFailed("Runtime.ExitError", "the process ended while it started") from None
        except EnvironmentSilent:
            raise FunctionFailed("Sandbox.Timedout", f"the function did not start in {INIT_SECONDS:.0f} s") from None
        if letter != READY:
            raise FunctionFailed(*reported_error(body))
        self._sound = True

    async def invoke(self, event: bytes, *, request_id: str, seconds: float) -> Any:
        """Hand over an event and return the handler's result.

        Raises FunctionFailed or FunctionTimedOut; `usable` tells whether the environment may serve again.
        """
        self._sound = False
        try:
            self._channel.give(event, request_id=request_id, deadline_ms=int((time.time() + seconds) * 1000))
            letter, body = await self._channel.receive(seconds)
            if len(body) > MAX_RESULT_BYTES:
                raise FunctionFailed("Function.ResponseSizeTooLarge", f"over {MAX_RESULT_BYTES} bytes")
        except EnvironmentGone:
            raise FunctionFailed("Runtime.ExitError", "the process ended before it answered") from None
        except EnvironmentSilent:
            raise FunctionTimedOut(f"no answer in {seconds:.1f} s") from None
        self._sound = True
        if letter != RESULT:
            raise FunctionFailed(*reported_error(body))
        return _result(body)

    @property
    def usable(self) -> bool:
        """Whether the environment may be given another event."""
        return self._sound and not self._channel.gone

    def stop(self) -> asyncio.Task[None] | None:
        """End the process at once; it holds nothing that is worth a farewell. The task ends with it."""
        self._sound, self._stopped = False, True
        if self._process is None:  # `start` may be under way, and looks: until then its end of the channel is needed
            return None
        self._process.kill()
        self._channel.close()
        return asyncio.create_task(self._end(self._process))

    async def _end(self, process: subprocess.Popen[bytes]) -> None:
        await asyncio.to_thread(process.wait)
        if self._output:
            await self._output.end(OUTPUT_SECONDS)


def _result(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        pass
    try:
        return json.loads(body)  # what Python's own encoder writes beyond JSON: NaN, halves of surrogates
    except ValueError:
        raise FunctionFailed("Runtime.MarshalError", "the result is not JSON") from None
