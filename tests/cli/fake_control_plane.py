"""A server that stands in for the control plane while a command runs."""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from controlplane.api.routes import ROUTES, Route

MISSING = {"error": "not found", "message": "not found", "code": "not_found", "request_id": "req_404"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived: the operation of the route table that it is, and what it carried."""

    operation: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class FakeControlPlane:
    """A real HTTP server on a port of its own that answers the route table's operations as it was told.

    Paths are matched against the route table, so a command that asks for anything else gets the contract's 404.
    Answers to one operation are given in the order in which they were set; the last one stays. Every request is
    remembered in `asked`, complete, so that tests see what travelled.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self._answers: dict[str, list[Answer]] = defaultdict(list)

    def answers(
        self, operation: str, body: Any = None, *, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Set the next answer to an operation; `bytes` are sent as they are, None sends no body."""
        (route,) = (route for route in ROUTES if route.operation == operation)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self._answers[operation].append(Answer(status or route.success, raw, headers or {}))

    def refuses(self, operation: str, status: int, sentence: str, **more: Any) -> None:
        """Set a refusal in the contract's shape as the next answer to an operation."""
        body = {"error": sentence, "message": sentence, "code": "code", "request_id": "req_1", **more}
        self.answers(operation, body, status=status)

    def take(self, request: Asked) -> Answer:
        """Remember a request and return what it is answered with."""
        self.asked.append(request)
        waiting = self._answers[request.operation]
        if not waiting:
            return Answer(404, json.dumps(MISSING).encode(), {})
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def running_fake() -> Iterator[FakeControlPlane]:
    """Serve a fake on a free port of the loopback for as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.fake = FakeControlPlane(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.fake  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        url = urlsplit(self.path)
        route, path = _find(self.command, url.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(route, path, dict(parse_qsl(url.query)), headers, json.loads(raw) if raw else None)
        self._reply(self.server.fake.take(asked))  # type: ignore[attr-defined]

    def _reply(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests look at `asked`."""


def _find(method: str, path: str) -> tuple[str, dict[str, str]]:
    for route in sorted(ROUTES, key=lambda route: "{" in route.path):
        if route.method == method and (found := _pattern(route).fullmatch(path)):
            return route.operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return "unknown_path", {"path": path}


def _pattern(route: Route) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route.path)))
