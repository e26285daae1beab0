"""A reply as the gateway decides it, and the bytes that it becomes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

import msgspec

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_WITHOUT_BODY = frozenset({204, 304})
_OVER_TLS_ONLY = "strict-transport-security"  # a promise that plain HTTP must not make (RFC 6797, section 7.2)


class Reply(msgspec.Struct, frozen=True):
    """Status, header lines in order, and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def with_headers(self, extra: Iterable[tuple[str, str]]) -> Reply:
        """The same reply with more header lines."""
        return Reply(self.status, (*self.headers, *extra), self.body)


def to_bytes(reply: Reply, *, method: str, keep_alive: bool) -> bytes:
    """Return the reply as it goes over the wire; without a body where HTTP allows none."""
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers if name.lower() != _OVER_TLS_ONLY]
    lines.append(f"Date: {_date(int(time.time()))}")
    if reply.status not in _WITHOUT_BODY:
        lines.append(f"Content-Length: {len(reply.body)}")
    lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    head = "\r\n".join(lines).encode("latin-1", errors="replace") + b"\r\n\r\n"
    return head if method == "HEAD" or reply.status in _WITHOUT_BODY else head + reply.body


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
