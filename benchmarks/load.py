"""Clients that ask over kept-alive connections, one request after the other, and note how long each took."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.sampling import percentile

Request = Callable[[int], bytes]
"""Makes the bytes of a client's n-th request, head and body."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients saw: requests a second, and seconds for one."""

    throughput: float
    p50: float
    p99: float


def median_load(loads: Sequence[Load]) -> Load:
    """Return the medians, each of its own column."""
    return Load(median(one.throughput for one in loads), median(one.p50 for one in loads),
                median(one.p99 for one in loads))


def get(path: str, headers: dict[str, str]) -> bytes:
    """Spell a GET request."""
    return _spell("GET", path, headers, b"")


def post(path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Spell a POST request with a JSON body."""
    return _spell("POST", path, {"Content-Type": "application/json", **headers}, body)


def run_load(port: int, requests: Sequence[Request], *, seconds: float, expected: int) -> Load:
    """Let one client for each request maker ask for a while; raise when a status is not the expected one."""
    took: list[list[float]] = [[] for _ in requests]
    failures: list[BaseException] = []
    began = time.perf_counter()
    end = began + seconds

    def ask(number: int) -> None:
        try:
            with Client(port) as client:
                turn = 0
                while time.perf_counter() < end:
                    started = time.perf_counter()
                    status, body = client.ask(requests[number](turn))
                    took[number].append(time.perf_counter() - started)
                    turn += 1
                    if status != expected:
                        raise RuntimeError(f"status {status}: {body[:300]!r}")
        except BaseException as error:  # noqa: BLE001 - shown by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    every = [one for client in took for one in client]
    return Load(len(every) / (time.perf_counter() - began), percentile(every, 0.5), percentile(every, 0.99))


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return status and body."""
        self._socket.sendall(request)
        head = self._until(b"\r\n\r\n").lower()
        status = int(head.split(b" ", 2)[1])
        if b"transfer-encoding: chunked" in head:
            return status, self._chunks()
        size = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        return status, self._exactly(int(size or 0))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._exactly(2)
        self._exactly(2)
        return body

    def _until(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            self._more()
        found, self._buffer = self._buffer[:end], self._buffer[end + len(mark):]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection")
        self._buffer += received


def _spell(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
