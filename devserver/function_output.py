"""Copy what a function prints to stderr, line by line, with its name in front."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import cast

PAUSE_SECONDS = 0.02
MUCH = 16 * 1024


class FunctionOutput(asyncio.Protocol):
    """Reads a pipe now and then: many lines at once cost little more than one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()

    @classmethod
    async def of(cls, process: subprocess.Popen[bytes], name: str) -> FunctionOutput:
        """Begin to copy what a process prints."""
        _, output = await asyncio.get_running_loop().connect_read_pipe(lambda: cls(name), process.stdout)
        return output

    async def end(self, seconds: float) -> None:
        """Wait until everything that the process printed is copied."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._ended), seconds)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; see asyncio.Protocol for this and what follows."""
        self._transport = cast(asyncio.ReadTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Copy whole lines, and let more of them gather, unless there are many already."""
        lines, end, rest = (self._rest + data).rpartition(b"\n")
        self._rest = rest
        if end:
            self._copy(lines)
        if len(data) < MUCH:
            self._transport.pause_reading()
            self._loop.call_later(PAUSE_SECONDS, self._read_on)

    def connection_lost(self, _error: Exception | None) -> None:
        """Copy a last line that has no end."""
        if self._rest:
            self._copy(self._rest)
        if not self._ended.done():
            self._ended.set_result(None)

    def _read_on(self) -> None:
        if not self._ended.done() and not self._transport.is_closing():
            self._transport.resume_reading()

    def _copy(self, lines: bytes) -> None:
        name = f"[{self._name}] "
        text = name + lines.decode("utf-8", errors="replace").replace("\n", f"\n{name}") + "\n"
        if "\r" in text:  # how the runtime client ends the lines of one message
            text = text.replace("\r\n", "\n").replace("\r", "\n    ")
        with contextlib.suppress(OSError, ValueError):  # a reader that went away does not stop the function
            sys.stderr.write(text)
            sys.stderr.flush()
