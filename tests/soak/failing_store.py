"""A store that fails now and then: a proxy before the real one, on loopback, that a server is pointed at."""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
_REFUSALS = {
    "throttled": (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":""}'),
    "internal error": (500, b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":""}'),
}
_KINDS = (*_REFUSALS, "closed before", "reply lost")


class FailingStore:
    """Passes requests on, but for a `share` of them, which fail in one of four ways; `failed` counts those."""

    def __init__(self, endpoint: str, *, share: float, seed: int) -> None:
        self.failed: Counter[str] = Counter()
        self.passed, self.share = 0, share
        chance, local, outer = random.Random(seed), threading.local(), self
        address = endpoint.removeprefix("http://")

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = chance.choice(_KINDS) if chance.random() < outer.share else ""
                outer.failed[kind] += bool(kind)
                if kind in _REFUSALS:
                    self._say(*_REFUSALS[kind])
                elif kind != "closed before":
                    status, answer = self._forward(body)
                    if not kind:
                        outer.passed += 1
                        self._say(status, answer)
                self.close_connection = self.close_connection or kind in ("closed before", "reply lost")

            def _forward(self, body: bytes) -> tuple[int, bytes]:
                if not hasattr(local, "store"):
                    local.store = http.client.HTTPConnection(address, timeout=30)
                names = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                local.store.request("POST", self.path, body=body, headers=names)
                reply = local.store.getresponse()
                return reply.status, reply.read()

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
