"""The transport: one HTTP request out, one reply in, and plain words when that does not work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ironflow.problems import Failure, Unreachable
from ironflow.server import Server

if TYPE_CHECKING:
    from http.client import HTTPConnection

TIMEOUT_SECONDS = 35.0  # a little more than a gateway lets its functions run
START_A_SERVER = "Start one with `make dev`, or name another with IRONFLOW_SERVER_URL or --server."
MAY_BE_DONE = "The change may have been made all the same: look before you repeat it."


@dataclass(frozen=True, slots=True)
class Request:
    """What goes over the wire; `target` is path and query, header values may be UTF-8."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON; raises Failure when the server is not the one we think."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Failure(f"the server's answer (HTTP {self.status}) is not JSON: is it an Ironflow server?") from error


class Transport(Protocol):
    """Whatever carries a request to a server."""

    def send(self, request: Request) -> Reply:
        """Deliver the request once; raises Unreachable when there is no answer."""


class HttpTransport:
    """HTTP/1.1 by the standard library, with TLS verified and a limit on waiting."""

    def __init__(self, server: Server, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout

    def send(self, request: Request) -> Reply:
        """Deliver the request once, on a connection of its own."""
        from http.client import HTTPException

        connection = self._connection()
        sent = False
        try:
            connection.connect()
            sent = request.method != "GET"
            return _exchange(connection, request)
        except (OSError, HTTPException) as error:
            self._explain(error, sent=sent)
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        server = self._server
        if server.scheme == "http":
            return HTTPConnection(server.host, server.port, timeout=self._timeout)
        import ssl

        context = ssl.create_default_context()
        return HTTPSConnection(server.host, server.port, timeout=self._timeout, context=context)

    def _explain(self, error: Exception, *, sent: bool) -> NoReturn:
        hint = MAY_BE_DONE if sent else START_A_SERVER
        raise Unreachable(f"cannot reach {self._server.url}: {_reason(error)}", hint) from error


def _exchange(connection: HTTPConnection, request: Request) -> Reply:
    headers = {name: value.encode() for name, value in request.headers.items()}
    connection.request(request.method, request.target, body=request.body, headers=headers)
    answer = connection.getresponse()
    names = {name.lower(): value for name, value in answer.getheaders()}
    return Reply(answer.status, names, answer.read())


def _reason(error: Exception) -> str:
    import socket
    import ssl

    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError):
        return error.strerror or "the connection broke"
    return "the answer is not HTTP, or was cut off"
