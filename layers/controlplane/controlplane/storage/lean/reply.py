"""Reading one HTTP/1.1 reply from a stream: strict, bounded, and whole or not at all."""

from __future__ import annotations

from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_CAP = 32 * 1024
BODY_CAP = 20 * 1024 * 1024
_CHUNK_LINE_CAP = 256


class BrokenReply(ConnectionError):
    """Not one whole, well-formed reply; its connection must not be used again."""


class ReplyReader:
    """Reads one reply from `receive`, which gives the next bytes, or none at the end."""

    __slots__ = ("_buffer", "_receive")

    def __init__(self, receive: Callable[[], bytes]) -> None:
        """Start at the first byte of a reply."""
        self._receive = receive
        self._buffer = bytearray()

    def read(self) -> tuple[int, dict[str, str], bytes, bool]:
        """Give status, headers in lower case, body, and whether to keep the connection.

        Raises BrokenReply when the reply ends early, breaks a cap or the grammar, or fails its own checksum.
        """
        first = self._receive()
        if reply := _in_one_piece(first):
            return reply
        self._buffer += first
        return self._in_pieces()

    def _in_pieces(self) -> tuple[int, dict[str, str], bytes, bool]:
        version, status, headers = _head(self._until(b"\r\n\r\n", cap=HEAD_CAP))
        body = self._body(headers)
        return _checked(version, status, headers, body, more=bool(self._buffer))

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("content-encoding", "identity") != "identity":
            raise BrokenReply("the body is encoded in a way that was not asked for")
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if (length is None) == (coding is None):
            raise BrokenReply("the body has no length, or two")
        if length is not None:
            return self._exactly(_number(length, base=10))
        if coding != "chunked":
            raise BrokenReply("unknown transfer coding")
        return self._chunks()

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            body += self._exactly(size, taken=len(body))
            if self._exactly(2) != b"\r\n":
                raise BrokenReply("a chunk does not end where it says")
        trailers = 0
        while trailer := self._until(b"\r\n", cap=HEAD_CAP - trailers):
            trailers += len(trailer) + 2
        return bytes(body)

    def _chunk_size(self) -> int:
        size, _, _ = self._until(b"\r\n", cap=_CHUNK_LINE_CAP).decode("latin-1").partition(";")
        return _number(size.strip(" \t"), base=16)

    def _until(self, mark: bytes, *, cap: int) -> bytes:
        buffer, seen = self._buffer, 0
        while (end := buffer.find(mark, seen, max(cap, 0))) < 0:
            if len(buffer) >= cap:
                raise BrokenReply("a head, chunk size or trailer is over its cap")
            seen = max(0, len(buffer) - len(mark) + 1)
            self._more()
        taken = bytes(buffer[:end])
        del buffer[: end + len(mark)]
        return taken

    def _exactly(self, size: int, *, taken: int = 0) -> bytes:
        if size + taken > BODY_CAP:
            raise BrokenReply("the body is over its cap")
        buffer = self._buffer
        while len(buffer) < size:
            self._more()
        body = bytes(buffer[:size])
        del buffer[:size]
        return body

    def _more(self) -> None:
        received = self._receive()
        if not received:
            raise BrokenReply("the connection ended before the reply did")
        self._buffer += received


def _in_one_piece(received: bytes) -> tuple[int, dict[str, str], bytes, bool] | None:
    """Read the usual reply: head and sized body arrived together, and nothing after them; None for any other."""
    end = received.find(b"\r\n\r\n", 0, HEAD_CAP)
    if end < 0:
        return None
    version, status, headers = _head(received[:end])
    body = received[end + 4:]
    if headers.get("content-length") != str(len(body)) or "transfer-encoding" in headers:
        return None
    if "content-encoding" in headers or len(body) > BODY_CAP:
        return None
    return _checked(version, status, headers, body, more=False)


def _checked(
    version: bytes, status: int, headers: dict[str, str], body: bytes, *, more: bool
) -> tuple[int, dict[str, str], bytes, bool]:
    if (checksum := headers.get("x-amz-crc32")) is not None and checksum != str(crc32(body)):
        raise BrokenReply("the body does not match its checksum")
    closing = "close" in headers.get("connection", "") or version == b"HTTP/1.0"
    return status, headers, body, not (closing or more)


def _head(head: bytes) -> tuple[bytes, int, dict[str, str]]:
    first, _, others = head.partition(b"\r\n")
    version, _, rest = first.partition(b" ")
    status, _, _ = rest.partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or not (len(status) == 3 and status.isdigit()):
        raise BrokenReply("not the first line of an HTTP/1 reply")
    if status < b"200":
        raise BrokenReply("not a final reply")
    return version, int(status), _headers(others.decode("latin-1").lower()) if others else {}


def _headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    lines = text.split("\r\n")
    printable = "".join(lines).isprintable()  # of all lines at once; a tab around a value needs a closer look
    for line in lines:
        name, colon, value = line.partition(":")
        value = value.strip(" \t")
        if not (colon and name) or " " in name or not (printable or (name.isprintable() and value.isprintable())):
            raise BrokenReply("not a header line")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _number(text: str, *, base: int) -> int:
    digits = "0123456789abcdefABCDEF"[: 10 if base == 10 else 22]
    if not 0 < len(text) <= 16 or text.strip(digits):
        raise BrokenReply("not a length")
    return int(text, base)
