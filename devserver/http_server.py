"""Listen on a port and serve connections, one thread each; hostile or slow clients cost a bounded amount."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator

from devserver.errors import CannotStart
from devserver.http_message import ConnectionEnded, HttpRequest, RequestReader, UnreadableRequest
from devserver.http_reply import Reply, to_bytes

MAX_CONNECTIONS = 512
SEND_SECONDS = 30.0
LINGER_SECONDS = 3.0

Answer = Callable[[HttpRequest], Reply]
Refuse = Callable[[int, str], Reply]


class HttpServer:
    """Serves `answer` on a port; `refuse` words the reply to what is no request at all (status, address)."""

    def __init__(self, host: str, port: int, *, answer: Answer, refuse: Refuse) -> None:
        self._answer = answer
        self._refuse = refuse
        self._listener = _listen(host, port)
        self._connections: set[socket.socket] = set()
        self._busy = 0
        self._changed = threading.Condition()
        self._stopping = False
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        """Begin to accept connections."""
        threading.Thread(target=self._accept, name="http-accept", daemon=True).start()

    def stop(self, *, patience: float) -> None:
        """Accept nothing more, let requests in flight finish within `patience` seconds, close everything."""
        deadline = time.monotonic() + patience
        with self._changed:
            self._stopping = True
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            while self._busy and (remaining := deadline - time.monotonic()) > 0:
                self._changed.wait(remaining)
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, address = self._listener.accept()
            except OSError as error:
                if error.errno in (errno.EBADF, errno.EINVAL):  # closed by stop()
                    return
                time.sleep(0.05)  # out of file descriptors: wait for some to come back
                continue
            threading.Thread(target=self._serve, args=(connection, address[0]), daemon=True).start()

    def _serve(self, connection: socket.socket, source_ip: str) -> None:
        with connection, self._registered(connection) as accepted:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = RequestReader(connection, source_ip=source_ip)
            try:
                if not accepted:
                    raise UnreadableRequest(429)
                while self._serve_one(connection, reader):
                    pass
            except UnreadableRequest as error:
                self._send_last(connection, reader, self._refuse(error.status, source_ip))
            except (ConnectionEnded, OSError):
                return

    def _serve_one(self, connection: socket.socket, reader: RequestReader) -> bool:
        """Answer one request; False when the connection ends with it."""
        request = reader.read_request()
        with self._working():
            reply = self._answer(request)
            keep_alive = request.keep_alive and not self._stopping
            connection.settimeout(SEND_SECONDS)
            connection.sendall(to_bytes(reply, method=request.method, keep_alive=keep_alive))
        return keep_alive

    @staticmethod
    def _send_last(connection: socket.socket, reader: RequestReader, reply: Reply) -> None:
        """Send a reply to a client that may still be sending: without reading on, it would see a reset instead."""
        with contextlib.suppress(OSError):
            connection.settimeout(SEND_SECONDS)
            connection.sendall(to_bytes(reply, method="", keep_alive=False))
            connection.shutdown(socket.SHUT_WR)
            reader.discard(LINGER_SECONDS)

    @contextlib.contextmanager
    def _registered(self, connection: socket.socket) -> Iterator[bool]:
        with self._changed:
            self._connections.add(connection)
            accepted = len(self._connections) <= MAX_CONNECTIONS
        try:
            yield accepted
        finally:
            with self._changed:
                self._connections.discard(connection)

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        why = "it is in use; set IRONFLOW_PORT to another" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotStart(f"cannot listen on {host}:{port}: {why}") from error
    return listener
