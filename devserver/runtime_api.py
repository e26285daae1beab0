"""The Lambda Runtime API as one execution environment sees it: a private port, one invocation at a time.

The thread that invokes speaks with the environment itself, without a queue or another thread in between; what the
environment asks for next is read when there is something to give to it.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Mapping

HOST = "127.0.0.1"
NEXT = "/2018-06-01/runtime/invocation/next"
MAX_HEAD_BYTES = 2 * 1024 * 1024
CHECK_SECONDS = 0.05


class EnvironmentGone(Exception):
    """The process ended, or broke the protocol."""


class EnvironmentSilent(Exception):
    """The deadline passed without a word from the process."""


class Message:
    """A request of the environment: what it reports, or its wish for the next event."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.headers = headers
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
        self._connection: socket.socket | None = None
        self._buffer = b""
        self.address = f"{HOST}:{self._listener.getsockname()[1]}"

    def receive(self, deadline: float) -> Message:
        """Return the environment's next request; raises EnvironmentGone or EnvironmentSilent."""
        while True:
            connection = self._connection or self._accept(deadline)
            try:
                return self._read(connection, deadline)
            except (ConnectionError, EOFError):
                self._disconnect()
                if self._buffer or not self._alive():
                    raise EnvironmentGone from None

    def give(self, event: bytes, headers: Mapping[str, str]) -> None:
        """Answer the wish for the next event."""
        self._send("200 OK", event, {"Content-Type": "application/json", **headers})

    def acknowledge(self) -> None:
        """Accept a result or an error report."""
        self._send("202 Accepted", b'{"status":"OK"}\n', {"Content-Type": "application/json"})

    def close(self) -> None:
        """Give up the port; the environment, if it still runs, ends by itself."""
        self._disconnect()
        self._listener.close()

    def _accept(self, deadline: float) -> socket.socket:
        while (remaining := deadline - time.monotonic()) > 0:
            self._listener.settimeout(min(remaining, CHECK_SECONDS))
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if not self._alive():
                    raise EnvironmentGone from None
                continue
            except OSError:
                raise EnvironmentGone from None
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection = connection
            return connection
        raise EnvironmentSilent

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _read(self, connection: socket.socket, deadline: float) -> Message:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise EnvironmentGone
            self._buffer += self._more(connection, deadline)
        head, rest = self._buffer[:end], self._buffer[end + 4 :]
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in fields)}
        method, path, _ = line.split(" ", 2)
        size = int(headers.get("content-length", 0))
        if headers.get("expect"):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        parts, have = [rest], len(rest)
        while have < size:
            parts.append(self._more(connection, deadline))
            have += len(parts[-1])
        body = b"".join(parts)
        self._buffer = body[size:]
        return Message(method, path, headers, body[:size])

    @staticmethod
    def _more(connection: socket.socket, deadline: float) -> bytes:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise EnvironmentSilent
        connection.settimeout(remaining)
        try:
            data = connection.recv(262_144)
        except TimeoutError:
            raise EnvironmentSilent from None
        except OSError as error:
            raise ConnectionError from error
        if not data:
            raise EOFError
        return data

    def _send(self, status: str, body: bytes, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if self._connection is None:
            raise EnvironmentGone
        try:
            self._connection.settimeout(10)
            self._connection.sendall(head + body)
        except OSError:
            raise EnvironmentGone from None


def reported_error(body: bytes) -> tuple[str, str]:
    """Return type and message of an error that an environment reports."""
    try:
        report = json.loads(body)
        return str(report.get("errorType", "")), str(report.get("errorMessage", ""))
    except (ValueError, AttributeError):
        return "Runtime.Unknown", ""
