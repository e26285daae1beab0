"""The Lambda Runtime API as one execution environment sees it: a private port, one invocation at a time."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Mapping
from typing import cast

from devserver.runtime_channel import EnvironmentGone, EnvironmentSilent

HOST = "127.0.0.1"
NEXT = "/2018-06-01/runtime/invocation/next"
MAX_HEAD_BYTES = 2 * 1024 * 1024
CHECK_SECONDS = 0.05
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class Message:
    """A request of the environment: what it reports, or its wish for the next event."""

    __slots__ = ("body", "method", "path")

    def __init__(self, method: str, path: str, body: bytes) -> None:
        self.method = method
        self.path = path
        self.body = body

    @property
    def wants_next(self) -> bool:
        """Whether the environment is ready for an event."""
        return self.method == "GET" and self.path == NEXT

    @property
    def is_result(self) -> bool:
        """Whether this is what the handler returned."""
        return self.method == "POST" and self.path.endswith("/response")


class RuntimeApi:
    """The server's end of one environment's Runtime API."""

    def __init__(self, *, alive: Callable[[], bool]) -> None:
        self._alive = alive
        self._listener = socket.create_server((HOST, 0), backlog=4)
        self._server: asyncio.Server | None = None
        self._speaker: _Speaker | None = None
        self._messages: list[Message] = []
        self._waiting: asyncio.Future[None] | None = None
        self.address = f"{HOST}:{self._listener.getsockname()[1]}"

    async def receive(self, deadline: float) -> Message:
        """Return the environment's next request; raises EnvironmentGone or EnvironmentSilent."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Speaker(self), sock=self._listener)
        while not self._messages:
            await self._wait(deadline)
        return self._messages.pop(0)

    def give(self, event: bytes, headers: Mapping[str, str]) -> None:
        """Answer the wish for the next event; raises EnvironmentGone."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(event)}\r\nContent-Type: application/json\r\n{lines}\r\n"
        self._send(head.encode("latin-1") + event)

    def acknowledge(self) -> None:
        """Accept a result or an error report; raises EnvironmentGone."""
        self._send(_ACCEPTED)

    def close(self) -> None:
        """Give up the port; the environment, if it still runs, ends by itself."""
        if self._speaker:
            self._speaker.transport.abort()
        if self._server:
            self._server.close()
        self._listener.close()

    def connected(self, speaker: _Speaker) -> None:
        """Speak on a new connection."""
        self._speaker = speaker

    def disconnected(self, speaker: _Speaker) -> None:
        """Note that the environment hung up."""
        if self._speaker is speaker:
            self._speaker = None
            self._wake()

    def heard(self, message: Message) -> None:
        """Take a whole message."""
        self._messages.append(message)
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    async def _wait(self, deadline: float) -> None:
        """Wait for news. Without a connection, the process is looked at now and then."""
        if self._speaker is None and not self._alive():
            raise EnvironmentGone
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise EnvironmentSilent
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(remaining if self._speaker else min(remaining, CHECK_SECONDS), self._wake)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    def _send(self, data: bytes) -> None:
        if self._speaker is None:
            raise EnvironmentGone
        self._speaker.transport.write(data)


class _Speaker(asyncio.Protocol):
    """Makes messages of what arrives on a connection."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._buffer = b""
        self._parts: list[bytes] = []
        self._missing = 0
        self._line = ("", "")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._api.connected(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._api.disconnected(self)

    def data_received(self, data: bytes) -> None:
        while data:
            data = self._body(data) if self._missing else self._head(data)

    def _head(self, data: bytes) -> bytes:
        """Take a head; returns what follows it, or nothing while it is not complete."""
        data = self._buffer + data if self._buffer else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._buffer = data
            if len(data) > MAX_HEAD_BYTES:
                self.transport.abort()
            return b""
        self._buffer = b""
        head = data[: end + 2]
        method, path, _ = head.split(b" ", 2)
        self._line = (method.decode("latin-1"), path.decode("latin-1"))
        found = _LENGTH.search(head)
        self._missing = int(found[1]) if found else 0
        if _EXPECTS.search(head):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self._missing:
            self._api.heard(Message(*self._line, b""))
        return data[end + 4 :]

    def _body(self, data: bytes) -> bytes:
        self._parts.append(data[: self._missing])
        rest = data[self._missing :]
        self._missing -= len(self._parts[-1])
        if not self._missing:
            body, self._parts = b"".join(self._parts), []
            self._api.heard(Message(*self._line, body))
        return rest
