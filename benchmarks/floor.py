"""The least that a read can cost: sign a GetItem, send it on a kept-alive socket, read the answer, parse its JSON."""

from __future__ import annotations

import hmac
import json
import socket
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from benchmarks.world import REGION


class RawGetItem:
    """Written for this one purpose: no retries, no limits, no errors handled; the day's signing key is kept."""

    def __init__(self, endpoint: str, request: dict[str, Any]) -> None:
        """Open the socket and derive the key."""
        place = urlsplit(endpoint)
        self._host = place.netloc
        self._socket = socket.create_connection((place.hostname or "", place.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._body = json.dumps(request)
        day = time.strftime("%Y%m%d", time.gmtime())
        self._scope = f"{day}/{REGION}/dynamodb/aws4_request"
        self._key = b"AWS4local"
        for part in self._scope.split("/"):
            self._key = hmac.digest(self._key, part.encode(), "sha256")

    def __call__(self) -> Any:
        """Read once."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        names = "content-type;host;x-amz-date;x-amz-target"
        target = "DynamoDB_20120810.GetItem"
        canonical = (
            f"POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:{self._host}\nx-amz-date:{stamp}\n"
            f"x-amz-target:{target}\n\n{names}\n{sha256(self._body.encode()).hexdigest()}"
        )
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{self._scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key, text.encode(), "sha256").hex()
        self._socket.sendall((
            f"POST / HTTP/1.1\r\nhost: {self._host}\r\ncontent-type: application/x-amz-json-1.0\r\n"
            f"x-amz-date: {stamp}\r\nx-amz-target: {target}\r\nauthorization: AWS4-HMAC-SHA256 "
            f"Credential=local/{self._scope}, SignedHeaders={names}, Signature={signature}\r\n"
            f"content-length: {len(self._body)}\r\n\r\n{self._body}"
        ).encode())
        return json.loads(self._answer())

    def _answer(self) -> bytes:
        received = self._socket.recv(65536)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._socket.recv(65536)
        head = received[:end].lower()
        size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(received) < end + 4 + size:
            received += self._socket.recv(65536)
        return received[end + 4:]
