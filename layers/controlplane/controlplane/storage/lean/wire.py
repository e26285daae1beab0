"""HTTP/1.1 over one kept-alive socket, the interpreter's own: `socket` wraps it in names that are not used here."""

from __future__ import annotations

import select
from _socket import IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, getaddrinfo, socket
from _thread import allocate_lock
from time import monotonic

from controlplane.storage.lean.reply import ReplyReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _ssl import _SSLContext
    from typing import Protocol

    from controlplane.storage.lean.tls import Secured

    class Transport(Protocol):
        """Takes a whole request there and a whole reply back; tests wrap it to lose one."""

        def exchange(self, request: bytes, deadline: float) -> tuple[int, dict[str, str], bytes]:
            """Give status, headers and body; raise OSError without a whole one by `deadline`."""


_READ_SIZE = 65536
_TOO_LATE = "no whole reply in time"
_HOST_SIGNS, _ADDRESS_SIGNS = str.maketrans("", "", ".-_"), str.maketrans("", "", ":.")


class Endpoint:
    """Where the table is: an address such as `https://dynamodb.eu-west-1.amazonaws.com`."""

    __slots__ = ("authority", "host", "port", "secure")

    def __init__(self, address: str) -> None:
        """Take the address apart.

        Raises ValueError unless it is http or https, a host, perhaps a port, and nothing after it.
        """
        scheme, _, rest = address.partition("://")
        self.authority = rest.removesuffix("/")
        host, _, port = self.authority.rpartition(":")
        if not host or self.authority.endswith("]"):
            host, port = self.authority, ""
        self.secure = scheme == "https"
        self.host = host.removeprefix("[").removesuffix("]")
        if scheme not in ("http", "https") or not _is_host(host) or (port and not _is_port(port)):
            raise ValueError("a DynamoDB endpoint is http:// or https://, a host, and perhaps a port")
        self.port = int(port) if port else (443 if self.secure else 80)


class Socket(socket):
    """A socket that TLS can be spoken over: `_ssl` wants to refer to it weakly."""

    __slots__ = ("__weakref__",)


class Connection:
    """One socket to one endpoint: opened at first use, kept, replaced when it fails.

    `timeout` bounds each exchange in seconds, so that a silent peer costs one attempt and not the whole
    deadline (name resolution is the system's own affair). Threads take turns: two replies never mix.
    """

    __slots__ = ("_ca_file", "_context", "_endpoint", "_idle", "_lock", "_not_yet", "_socket", "_timeout")

    def __init__(self, endpoint: Endpoint, *, timeout: float, ca_file: str | None) -> None:
        """Open nothing yet.

        `ca_file` holds the roots to trust; None means Amazon's own for amazonaws.com, and the system's for
        other hosts.
        """
        self._endpoint = endpoint
        self._timeout = timeout
        self._ca_file = ca_file
        self._context: _SSLContext | None = None
        self._socket: Socket | Secured | None = None
        self._idle: select.poll | None = None
        self._not_yet: tuple[type[OSError], ...] = (BlockingIOError,)
        self._lock = allocate_lock()

    def exchange(self, request: bytes, deadline: float) -> tuple[int, dict[str, str], bytes]:
        """Send a request and read its reply; after a failure the next socket is a new one.

        Raises OSError (BrokenReply, TimeoutError and the TLS errors among them).
        """
        until = min(deadline, monotonic() + self._timeout)
        if not self._lock.acquire(blocking=False) and not self._lock.acquire(timeout=_left(until)):
            raise TimeoutError("the connection is busy")
        try:
            status, headers, body, keep = self._exchange(request, until)
        except BaseException:  # an interrupt too: what it leaves unread would be the next request's answer
            self._drop()
            raise
        else:
            if not keep:
                self._drop()
            return status, headers, body
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the socket, if there is one; the next exchange opens another."""
        with self._lock:
            self._drop()

    def _exchange(self, request: bytes, until: float) -> tuple[int, dict[str, str], bytes, bool]:
        # Anything readable before we ask is the peer's good-bye: noticed here, no request is in doubt.
        if self._idle is not None and self._idle.poll(0):
            self._drop()
        peer = self._socket or self._open(until)
        self._send(peer, request, until)
        self._wait(until)
        return ReplyReader(lambda: self._received(peer, until)).read()

    def _send(self, peer: Socket | Secured, request: bytes, until: float) -> None:
        """Hand the request over; a part that does not fit at once is waited for."""
        try:
            sent = peer.send(request)
        except self._not_yet:
            sent = 0
        if sent < len(request):
            peer.settimeout(_left(until))
            peer.sendall(request[sent:])
            peer.settimeout(0)

    def _received(self, peer: Socket | Secured, until: float) -> bytes:
        """Return the next bytes, or none at the end; TLS may have some that cannot be seen from outside."""
        while True:
            try:
                return peer.recv(_READ_SIZE)
            except self._not_yet:
                self._wait(until)

    def _wait(self, until: float) -> None:
        if self._idle is None or not self._idle.poll(_left(until) * 1000):
            raise TimeoutError(_TOO_LATE)

    def _open(self, until: float) -> Socket | Secured:
        endpoint = self._endpoint
        self._socket = peer = _connected(endpoint, until)  # from here on a failure closes it
        peer.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        if endpoint.secure:
            from controlplane.storage.lean.tls import Secured, trusting  # which a plain local endpoint does not need

            self._context = self._context or trusting(self._ca_file, endpoint.host)
            peer.settimeout(_left(until))
            self._socket = secured = Secured(self._context, peer, endpoint.host)
            self._not_yet = secured.not_yet
        peer.settimeout(0)  # a socket with a time limit of its own asks the kernel twice as often
        self._idle = select.poll()
        self._idle.register(peer, select.POLLIN)
        return self._socket

    def _drop(self) -> None:
        peer, self._socket, self._idle = self._socket, None, None
        if peer is not None:
            peer.close()


def _connected(endpoint: Endpoint, until: float) -> Socket:
    """Try each address in turn; bytes as the host spare the import of the IDNA tables."""
    failure: OSError = ConnectionError("the endpoint has no address")
    places = getaddrinfo(endpoint.host.encode(), endpoint.port, type=SOCK_STREAM)
    for family, kind, protocol, _, address in places:
        peer = Socket(family, kind, protocol)
        try:
            peer.settimeout(_left(until))
            peer.connect(address)
        except OSError as error:
            peer.close()
            failure = error
        else:
            return peer
    raise failure


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError(_TOO_LATE)
    return left


def _is_host(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):  # an IPv6 address, and nothing else, has colons
        text, signs = text[1:-1], _ADDRESS_SIGNS
    else:
        signs = _HOST_SIGNS
    return text.isascii() and text.translate(signs).isalnum()


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536
