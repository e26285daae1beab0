"""HTTP/1.1 requests as bytes become values: strict about syntax, bounded in size and in time.

The parser is given bytes as they arrive and says what they make; it never reads and never waits.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import TypeVar

from devserver.http_message import HttpRequest, UnreadableRequest

MAX_HEAD_BYTES = 10_240
MAX_BODY_BYTES = 10 * 1024 * 1024
IDLE_SECONDS = 60.0
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([!-~]+) (HTTP/1\.[01])")
_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_ABSOLUTE_FORM = re.compile(r"https?://[^/?#]+(/[^#]*)?", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,19}")

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Returns its value once enough bytes are there; every step on the way asks for more."""


class RequestParser:
    """Makes one request after the other from a connection's bytes; `send` takes an interim reply to the client.

    `deadline` is when, by `time.monotonic()`, the part that is being awaited has to be there. `begun` tells whether a
    part of a request came already: past the deadline that client gets a reply, an idle one gets none.
    """

    def __init__(self, *, source_ip: str, send: Callable[[bytes], None]) -> None:
        self.deadline = 0.0
        self.begun = False
        self._source_ip = source_ip
        self._send = send
        self._buffer = b""
        self._at = 0  # what stands before it in the buffer is parsed
        self._requests = self._parse()

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._at = 0

    def next_request(self) -> HttpRequest | None:
        """Return the next request when all of it is there; raises UnreadableRequest, and nothing follows then."""
        return next(self._requests)

    @property
    def buffered(self) -> int:
        """How many bytes wait for the request before them to be answered."""
        return len(self._buffer) - self._at

    def _parse(self) -> Generator[HttpRequest | None, None, None]:
        while True:
            yield (yield from self._request())

    def _request(self) -> Steps[HttpRequest]:
        self.begun, self.deadline = False, time.monotonic() + IDLE_SECONDS
        while not self._skip_empty_lines():
            yield
        self.begun, self.deadline = True, time.monotonic() + HEAD_SECONDS
        line, *fields = (yield from self._head()).split(b"\r\n")
        method, target, version = _parse_request_line(line)
        headers = tuple([_parse_header(field) for field in fields])
        path, query = _split_target(target)
        request = HttpRequest(method, path, query, headers, b"", version, self._source_ip)
        if version == "HTTP/1.1" and len(request.header_values("host")) != 1:
            raise UnreadableRequest(400)
        body = yield from self._body(request)
        return HttpRequest(method, path, query, headers, body, version, self._source_ip) if body else request

    def _skip_empty_lines(self) -> bool:
        """Return whether anything else is there."""
        while self._buffer[self._at : self._at + 1] in (b"\r", b"\n"):
            self._at += 1
        return self._at < len(self._buffer)

    def _head(self) -> Steps[bytes]:
        while True:
            end = self._buffer.find(b"\r\n\r\n", self._at)
            head = self._buffer[self._at : end if end >= 0 else self._at + MAX_HEAD_BYTES + 1]
            if head.count(b"\n") > head.count(b"\r\n") or b"\x00" in head:
                raise UnreadableRequest(400)
            if len(head) > MAX_HEAD_BYTES:
                raise UnreadableRequest(431)
            if end >= 0:
                self._at = end + 4
                return head
            yield

    def _body(self, request: HttpRequest) -> Steps[bytes]:
        lengths = request.header_values("content-length")
        encodings = request.header_values("transfer-encoding")
        if not lengths and not encodings:
            return b""
        if (lengths and encodings) or len(lengths) > 1 or len(encodings) > 1:
            raise UnreadableRequest(400)
        size = _parse_length(lengths[0]) if lengths else 0
        if encodings and encodings[0].strip().lower() != "chunked":
            raise UnreadableRequest(400)
        if (request.header("expect") or "").lower() == "100-continue" and not self.buffered:
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.deadline = time.monotonic() + BODY_SECONDS
        return (yield from self._chunks()) if encodings else (yield from self._take(size))

    def _chunks(self) -> Steps[bytes]:
        chunks: list[bytes] = []
        total = 0
        while size := _parse_chunk_size((yield from self._line())):
            total += size
            if total > MAX_BODY_BYTES:
                raise UnreadableRequest(413)
            chunks.append((yield from self._take(size)))
            if (yield from self._take(2)) != b"\r\n":
                raise UnreadableRequest(400)
        trailers = 0
        while line := (yield from self._line()):
            trailers += len(line)
            if trailers > MAX_HEAD_BYTES:
                raise UnreadableRequest(431)
        return b"".join(chunks)

    def _line(self) -> Steps[bytes]:
        while (end := self._buffer.find(b"\r\n", self._at)) < 0:
            if self.buffered > MAX_HEAD_BYTES:
                raise UnreadableRequest(400)
            yield
        line, self._at = self._buffer[self._at : end], end + 2
        return line

    def _take(self, size: int) -> Steps[bytes]:
        """Return exactly `size` bytes; what lies beyond stays for the next request."""
        parts: list[bytes] = []
        while self.buffered < size:
            parts.append(self._buffer[self._at :])
            size -= self.buffered
            self._at = len(self._buffer)
            yield
        parts.append(self._buffer[self._at : self._at + size])
        self._at += size
        return b"".join(parts)


def _parse_request_line(line: bytes) -> tuple[str, str, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if not found:
        raise UnreadableRequest(400)
    return found[1].decode(), found[2].decode(), found[3].decode()


def _split_target(target: str) -> tuple[str, str]:
    """Split into path and query, both undecoded; the absolute form that proxies use is accepted."""
    if not target.startswith("/"):
        found = _ABSOLUTE_FORM.fullmatch(target)
        if not found:
            raise UnreadableRequest(400)
        target = found[1] or "/"
    path, _, query = target.partition("?")
    return path, query


def _parse_header(field: bytes) -> tuple[str, str]:
    name, colon, value = field.partition(b":")
    value = value.strip(b" \t")
    if not colon or _FORBIDDEN_IN_VALUE.search(value):
        raise UnreadableRequest(400)
    try:
        return _header_name(name), value.decode("utf-8")
    except UnicodeDecodeError:
        return _header_name(name), value.decode("latin-1")


@lru_cache(maxsize=1000)
def _header_name(name: bytes) -> str:
    """Return a header's name as it stands; clients use few, again and again."""
    if not _HEADER_NAME.fullmatch(name):
        raise UnreadableRequest(400)
    return name.decode("ascii")


def _parse_length(text: str) -> int:
    if not _LENGTH.fullmatch(text):
        raise UnreadableRequest(400)
    size = int(text)
    if size > MAX_BODY_BYTES:
        raise UnreadableRequest(413)
    return size


def _parse_chunk_size(line: bytes) -> int:
    digits = line.split(b";")[0].strip()
    if not _CHUNK_SIZE.fullmatch(digits):
        raise UnreadableRequest(400)
    return int(digits, 16)
