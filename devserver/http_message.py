"""HTTP/1.1 requests as bytes become values: strict about syntax, bounded in size and in time."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass

MAX_HEAD_BYTES = 10_240
MAX_BODY_BYTES = 10 * 1024 * 1024
IDLE_SECONDS = 60.0
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([!-~]+) (HTTP/1\.[01])")
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came: nothing decoded, no path normalised, header lines in their order."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    version: str
    source_ip: str

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case; None without one."""
        values = self.header_values(name)
        return values[-1] if values else None

    def header_values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants to send another request on this connection."""
        options = ",".join(self.header_values("connection")).lower()
        return "close" not in options and self.version == "HTTP/1.1"


class UnreadableRequest(Exception):
    """The bytes on the connection are no request that can be served; the connection ends with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ConnectionEnded(Exception):
    """The client is gone, or idle for too long; there is nobody to answer."""


class RequestReader:
    """Reads one request after the other from a connection."""

    def __init__(self, connection: socket.socket, *, source_ip: str) -> None:
        self._connection = connection
        self._source_ip = source_ip
        self._buffer = b""

    def read_request(self) -> HttpRequest:
        """Return the next request; raises UnreadableRequest or ConnectionEnded."""
        self._await_first_byte()
        head = self._read_head(time.monotonic() + HEAD_SECONDS)
        line, *fields = head.split(b"\r\n")
        method, target, version = _parse_request_line(line)
        headers = tuple(_parse_header(field) for field in fields)
        path, query = _split_target(target)
        request = HttpRequest(method, path, query, headers, b"", version, self._source_ip)
        if version == "HTTP/1.1" and len(request.header_values("host")) != 1:
            raise UnreadableRequest(400)
        body = self._read_body(request)
        return HttpRequest(method, path, query, headers, body, version, self._source_ip) if body else request

    def discard(self, seconds: float) -> None:
        """Swallow what the client is still sending, so that it gets to read the reply."""
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                self._connection.settimeout(max(deadline - time.monotonic(), 0.01))
                if not self._connection.recv(1 << 18):
                    return
        except OSError:
            return

    def _await_first_byte(self) -> None:
        deadline = time.monotonic() + IDLE_SECONDS
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            if self._buffer:
                return
            self._receive(deadline, on_timeout=ConnectionEnded())

    def _read_head(self, deadline: float) -> bytes:
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            head = self._buffer if end < 0 else self._buffer[:end]
            if _BARE_LF.search(head) or b"\x00" in head:
                raise UnreadableRequest(400)
            if len(head) > MAX_HEAD_BYTES:
                raise UnreadableRequest(431)
            if end >= 0:
                self._buffer = self._buffer[end + 4 :]
                return head
            self._receive(deadline, on_timeout=UnreadableRequest(408))

    def _read_body(self, request: HttpRequest) -> bytes:
        lengths = request.header_values("content-length")
        encodings = request.header_values("transfer-encoding")
        if not lengths and not encodings:
            return b""
        if (lengths and encodings) or len(lengths) > 1 or len(encodings) > 1:
            raise UnreadableRequest(400)
        size = _parse_length(lengths[0]) if lengths else 0
        if encodings and encodings[0].strip().lower() != "chunked":
            raise UnreadableRequest(400)
        if (request.header("expect") or "").lower() == "100-continue" and not self._buffer:
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        deadline = time.monotonic() + BODY_SECONDS
        return self._read_chunks(deadline) if encodings else self._take(size, deadline)

    def _read_chunks(self, deadline: float) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while size := self._chunk_size(deadline):
            total += size
            if total > MAX_BODY_BYTES:
                raise UnreadableRequest(413)
            chunks.append(self._take(size, deadline))
            if self._take(2, deadline) != b"\r\n":
                raise UnreadableRequest(400)
        trailers = 0
        while line := self._line(deadline):
            trailers += len(line)
            if trailers > MAX_HEAD_BYTES:
                raise UnreadableRequest(431)
        return b"".join(chunks)

    def _chunk_size(self, deadline: float) -> int:
        digits = self._line(deadline).split(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(digits):
            raise UnreadableRequest(400)
        return int(digits, 16)

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise UnreadableRequest(400)
            self._receive(deadline, on_timeout=UnreadableRequest(408))
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _take(self, size: int, deadline: float) -> bytes:
        """Return exactly `size` bytes; what lies beyond stays for the next request."""
        parts = [self._buffer]
        have = len(self._buffer)
        self._buffer = b""
        while have < size:
            self._receive(deadline, on_timeout=UnreadableRequest(408))
            parts.append(self._buffer)
            have += len(self._buffer)
            self._buffer = b""
        data = b"".join(parts)
        self._buffer = data[size:]
        return data[:size]

    def _receive(self, deadline: float, *, on_timeout: Exception) -> None:
        """Append what arrives next to the buffer; the deadline is for the whole part, not for one packet."""
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise on_timeout
        try:
            self._connection.settimeout(remaining)
            data = self._connection.recv(65_536)
        except TimeoutError:
            raise on_timeout from None
        except OSError:
            raise ConnectionEnded from None
        if not data:
            raise ConnectionEnded
        self._buffer += data


def _parse_request_line(line: bytes) -> tuple[str, str, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if not found:
        raise UnreadableRequest(400)
    return found[1].decode(), found[2].decode(), found[3].decode()


def _split_target(target: str) -> tuple[str, str]:
    """Split into path and query, both undecoded; the absolute form that proxies use is accepted."""
    if not target.startswith("/"):
        found = re.fullmatch(r"https?://[^/?#]+(/[^#]*)?", target, re.IGNORECASE)
        if not found:
            raise UnreadableRequest(400)
        target = found[1] or "/"
    path, _, query = target.partition("?")
    return path, query


def _parse_header(field: bytes) -> tuple[str, str]:
    name, colon, value = field.partition(b":")
    value = value.strip(b" \t")
    if not colon or not _HEADER_NAME.fullmatch(name) or _FORBIDDEN_IN_VALUE.search(value):
        raise UnreadableRequest(400)
    try:
        return name.decode("ascii"), value.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("ascii"), value.decode("latin-1")


def _parse_length(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise UnreadableRequest(400)
    size = int(text)
    if size > MAX_BODY_BYTES:
        raise UnreadableRequest(413)
    return size
