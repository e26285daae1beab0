"""The server's end of one environment's socket.

A frame is a length (4 bytes, big-endian) and as many bytes. To the environment: `REQUEST_ID DEADLINE_MS\n` and the
event. From it: one letter, N (ready for the first event), R (the handler's result) or E (an error report, its own or
of a handler that cannot be loaded), and the JSON. After every R and E of an invocation the environment is ready again.
"""

from __future__ import annotations

import asyncio
import json
import socket
from typing import cast

READY, RESULT = b"N", b"R"


class EnvironmentGone(Exception):
    """The process ended."""


class EnvironmentSilent(Exception):
    """The deadline passed without a word from the process."""


class RuntimeChannel(asyncio.Protocol):
    """Hands events to an environment and takes its reports, one at a time."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._transport: asyncio.Transport | None = None
        self._gone = False
        self._parts: list[bytes] = []
        self._missing = 0  # how much is to come before the parts are worth a look
        self._report: tuple[bytes, bytes] | None = None
        self._waiting: asyncio.Future[None] | None = None

    @property
    def descriptor(self) -> int:
        """The end that the process inherits; `open` closes it here."""
        return self._theirs.fileno()

    async def open(self) -> None:
        """Begin to listen, once the process has its end; raises EnvironmentGone when it was closed meanwhile."""
        self._theirs.close()
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=self._ours)
        except (OSError, ValueError):
            raise EnvironmentGone from None

    @property
    def gone(self) -> bool:
        """Whether the process has hung up."""
        return self._gone

    def give(self, event: bytes, *, request_id: str, deadline_ms: int) -> None:
        """Hand over an event; raises EnvironmentGone."""
        if self._gone or self._transport is None:
            raise EnvironmentGone
        head = b"%b %d\n" % (request_id.encode("ascii"), deadline_ms)
        self._transport.write((len(head) + len(event)).to_bytes(4, "big") + head + event)

    async def receive(self, seconds: float) -> tuple[bytes, bytes]:
        """Return the next report, its letter and its JSON; raises EnvironmentGone or EnvironmentSilent."""
        if self._report is None:
            await self._wait(seconds)
        report, self._report = self._report, None
        if report is None:
            raise EnvironmentGone if self._gone else EnvironmentSilent
        return report

    def close(self) -> None:
        """Hang up; the environment, if it still runs, ends by itself."""
        self._theirs.close()
        if self._transport:
            self._transport.abort()
        else:
            self._ours.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; see asyncio.Protocol for this and what follows."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes, until a frame is whole."""
        if self._parts:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return
            data, self._parts = b"".join(self._parts), []
        self._missing = _missing(data)
        if self._missing > 0:
            self._parts.append(data)
        else:
            self._report = data[4:5], data[5:]
            self._wake()

    def connection_lost(self, _error: Exception | None) -> None:
        """Note that the environment hung up."""
        self._gone = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    async def _wait(self, seconds: float) -> None:
        if self._gone:
            return
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, self._wake)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None


def _missing(data: bytes) -> int:
    """Return how many bytes are to come until a frame is whole, or until its length is known."""
    return 4 + int.from_bytes(data[:4], "big") - len(data) if len(data) >= 4 else 4 - len(data)


def reported_error(body: bytes) -> tuple[str, str]:
    """Return type and message of an error that an environment reports."""
    try:
        report = json.loads(body)
        return str(report.get("errorType", "")), str(report.get("errorMessage", ""))
    except (ValueError, AttributeError):
        return "Runtime.Unknown", ""
