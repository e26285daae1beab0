"""A caller of the API over a real socket: one connection per thread, kept alive, and every reply looked through."""

from __future__ import annotations

import http.client
import json as json_text
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tests.http.documented import is_documented

V1, PLATFORM = "/api/v1", "/api/v1/platform"
TIMEOUT_SECONDS = 60
IDLE_SECONDS = 20.0  # the server waits for a minute
SHORTEST_SECRET, FEWEST_SIGNS = 12, 6  # nothing that could stand in a text by chance
_SECRET_FIELDS = frozenset({"key", "token", "password", "current_password", "new_password"})
_REQUEST_ID = re.compile(rb'"request_id":"[^"]*"')
Pairs = Iterable[tuple[str, str]]
LEDGERS: list[Ledger] = []


@dataclass(frozen=True)
class Reply:
    """What came back; header names are in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json_text.loads(self.body)

    @property
    def sentence(self) -> str:
        """What an error says."""
        return str(self.json()["error"])

    @property
    def code(self) -> str:
        """The stable code of an error."""
        return str(self.json()["code"])

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and sentence of an error, after its shape was checked (contract, section 1)."""
        body = self.json()
        assert {"error", "message", "code", "request_id"} <= set(body) <= {*body, "required", "retryable"}, body
        assert body["error"] == body["message"]
        assert body["request_id"]
        return self.status, body["code"], body["error"]

    @property
    def unidentified(self) -> tuple[int, bytes]:
        """Status and bytes, apart from the id of the request."""
        return self.status, _REQUEST_ID.sub(b"", self.body.replace(b'": "', b'":"'))

    def ok(self) -> Any:
        """The JSON of a reply that must be a success; None for an empty body."""
        assert self.status < http.client.BAD_REQUEST, (self.method, self.path, self.status, self.body)
        return self.json() if self.body else None


@dataclass
class Ledger:
    """What one server was told and said: the secrets that it must keep, and what it answered when it refused."""

    secrets: set[str] = field(default_factory=set)
    refusals: set[bytes] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def note(self, reply: Reply, sent: Any) -> None:
        """Keep what the sweep at the end needs; an error that the OpenAPI document does not name is a failure too."""
        if reply.status >= http.client.INTERNAL_SERVER_ERROR:
            self.failures.append(f"{reply.method} {reply.path[:200]} {reply.status} {reply.body[:200]!r}")
        if reply.status >= http.client.BAD_REQUEST:
            self.refusals.add(reply.body)
            if not is_documented(reply.method, reply.path, reply.status):
                self.failures.append(f"not documented: {reply.method} {reply.path[:200]} {reply.status}")
        elif reply.body.startswith(b"{"):
            self.secrets.update(_secrets(reply.json()))
        self.secrets.update(_secrets(sent))

    def __post_init__(self) -> None:
        """Be remembered for the search at the end of the run."""
        LEDGERS.append(self)

    def leaks(self, *texts: str) -> list[str]:
        """Return the secrets that stand in a refusal or in one of the texts."""
        told = b"\n".join(self.refusals).decode(errors="replace") + "\n".join(texts)
        return [secret for secret in self.secrets if secret in told]


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name in _SECRET_FIELDS and isinstance(member, str) and _is_telling(member):
                yield member
            yield from _secrets(member)


def _is_telling(value: str) -> bool:
    return len(value) >= SHORTEST_SECRET and len(set(value)) >= FEWEST_SIGNS


class Client:
    """Somebody who calls one server, with a credential or without."""

    def __init__(
        self, port: int, credential: str = "", *, headers: Mapping[str, str] | None = None, ledger: Ledger | None = None
    ) -> None:
        self.port = port
        self.credential = credential
        self.ledger = ledger or Ledger()
        self._headers = dict(headers or {})
        self._local = threading.local()

    def having(self, credential: str | None = None, **headers: str) -> Self:
        """Return a caller of the same server with another credential, or with further headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        wanted = self.credential if credential is None else credential
        return type(self)(self.port, wanted, headers=self._headers | named, ledger=self.ledger)

    def entering(self, org_id: str) -> Self:
        """Return the same caller, acting inside an organization."""
        return self.having(**{"X-Ironflow-Org": org_id})

    def request(
        self, method: str, path: str, json: Any = None, *, body: bytes | None = None, headers: Pairs = ()
    ) -> Reply:
        """Send one request and read its reply; `headers` may repeat a name."""
        sent = body if json is None else json_text.dumps(json).encode()
        connection = self._connection()
        try:
            reply = self._exchange(connection, method, path, sent, headers)
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        self._local.used_at = time.monotonic()
        self.ledger.note(reply, json)
        return reply

    def get(self, path: str, **options: Any) -> Reply:
        """Read."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Reply:
        """Create or do."""
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Reply:
        """Replace."""
        return self.request("PUT", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Reply:
        """Change."""
        return self.request("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Reply:
        """Remove."""
        return self.request("DELETE", path, **options)

    def pages(self, path: str, *, limit: int) -> Iterator[list[Any]]:
        """Read a list page by page, by the header that announces the next one."""
        glue, cursor = "&" if "?" in path else "?", ""
        while True:
            reply = self.get(f"{path}{glue}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
            yield reply.ok()
            cursor = reply.headers.get("x-next-cursor", "")
            if not cursor:
                return

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection:
            connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, sent: bytes | None, headers: Pairs
    ) -> Reply:
        connection.putrequest(method, path)
        for name, value in self._all_headers(sent, headers):
            connection.putheader(name, value)
        connection.endheaders(sent)
        answer = connection.getresponse()
        return Reply(method, path, answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def _connection(self) -> http.client.HTTPConnection:
        """Return this thread's connection; one that was idle for long may be closed at the other end already."""
        if time.monotonic() - getattr(self._local, "used_at", 0.0) > IDLE_SECONDS:
            self.close()
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        connection: http.client.HTTPConnection = self._local.connection
        return connection

    def _all_headers(self, sent: bytes | None, more: Pairs) -> Iterator[tuple[str, str]]:
        if self.credential:
            yield "Authorization", f"Bearer {self.credential}"
        yield from self._headers.items()
        if sent is not None:
            yield "Content-Type", "application/json"
            yield "Content-Length", str(len(sent))
        yield from more
