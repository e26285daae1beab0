"""The lean client's one socket, against a server that misbehaves on purpose."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from controlplane.storage.lean.reply import BrokenReply
from controlplane.storage.lean.wire import Connection, Endpoint, Socket

REPLY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
REQUEST = b"POST / HTTP/1.1\r\n\r\n"
Behave = Callable[[socket.socket], None]


class Server:
    """Accepts connections, counts them, and treats each request as `behave` says."""

    def __init__(self) -> None:
        self.accepted = 0
        self.behave: Behave = lambda peer: peer.sendall(REPLY)
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = Endpoint(f"http://127.0.0.1:{self._listening.getsockname()[1]}")
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                self.accepted += 1
                self._open.append(peer)
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while peer.recv(65536):
                self.behave(peer)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test."""
    serving = Server()
    yield serving
    serving.close()


def ask(connection: Connection, seconds: float = 5.0) -> bytes:
    return connection.exchange(REQUEST, time.monotonic() + seconds)[2]


def test_requests_leave_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel does not hold back the tail of a request until the head is acknowledged."""
    opened: list[Socket] = []

    class Noted(Socket):
        def connect(self, address: object) -> None:
            opened.append(self)
            super().connect(address)  # type: ignore[arg-type]

    monkeypatch.setattr("controlplane.storage.lean.wire.Socket", Noted)

    ask(Connection(server.endpoint, timeout=5, ca_file=None))

    assert [True] == [bool(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) for each in opened]


def test_a_connection_that_the_server_gives_up_is_not_used_again(server: Server) -> None:
    """After `Connection: close` the next request takes a new connection, even if the old one still stands."""
    connection = Connection(server.endpoint, timeout=5, ca_file=None)
    server.behave = lambda peer: peer.sendall(REPLY.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    bodies = [ask(connection), ask(connection)]

    assert ([b"{}", b"{}"], 2) == (bodies, server.accepted)


def test_bytes_nobody_asked_for_are_never_the_next_answer(server: Server) -> None:
    """A second reply to one request, together with it or later, is thrown away with its connection."""
    connection = Connection(server.endpoint, timeout=5, ca_file=None)
    forged = REPLY.replace(b"{}", b"[]")

    def twice(peer: socket.socket) -> None:
        peer.sendall(REPLY)
        time.sleep(0.02)
        peer.sendall(forged)

    server.behave = lambda peer: peer.sendall(REPLY + forged)
    together = [ask(connection), ask(connection)]
    server.behave = twice
    later = []
    for _ in range(3):
        later.append(ask(connection))
        time.sleep(0.05)

    assert ([b"{}"] * 2, [b"{}"] * 3) == (together, later)


def test_an_interrupted_exchange_leaves_nothing_for_the_next(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that arrives after its asker was interrupted reaches nobody else."""
    connection = Connection(server.endpoint, timeout=5, ca_file=None)
    ask(connection)

    def interrupt(self: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("controlplane.storage.lean.wire.ReplyReader.read", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ask(connection)

    assert (b"{}", 2) == (ask(connection), server.accepted)


@pytest.mark.parametrize(("timeout", "seconds"), [(5.0, 0.15), (0.15, 5.0)], ids=["deadline", "timeout"])
@pytest.mark.parametrize("drop", [b"", b"x"], ids=["silent", "dripping"])
def test_no_server_holds_an_exchange_beyond_its_end(
    server: Server, timeout: float, seconds: float, drop: bytes
) -> None:
    """Neither silence nor a byte now and then keeps the caller longer than timeout or deadline allow."""

    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        for _ in range(40):
            peer.sendall(drop)
            time.sleep(0.02)

    server.behave = drip
    started = time.monotonic()

    with pytest.raises(TimeoutError):
        ask(Connection(server.endpoint, timeout=timeout, ca_file=None), seconds)

    assert 0.1 < time.monotonic() - started < 0.4


def test_a_cut_reply_is_a_dead_connection(server: Server) -> None:
    """Half a body is no body; the next exchange starts afresh."""
    connection = Connection(server.endpoint, timeout=5, ca_file=None)

    def cut(peer: socket.socket) -> None:
        peer.sendall(REPLY[:-1])
        peer.shutdown(socket.SHUT_RDWR)

    server.behave = cut
    with pytest.raises(BrokenReply):
        ask(connection)
    server.behave = lambda peer: peer.sendall(REPLY)

    assert (b"{}", 2) == (ask(connection), server.accepted)


def test_a_closed_connection_opens_again(server: Server) -> None:
    """Closing gives the socket back and leaves a client that still works."""
    connection = Connection(server.endpoint, timeout=5, ca_file=None)
    ask(connection)

    connection.close()
    connection.close()

    assert (b"{}", 2) == (ask(connection), server.accepted)


def test_a_request_larger_than_what_fits_at_once_arrives_whole(server: Server) -> None:
    """A peer that reads slowly gets every byte, in order, and its reply is heard."""
    connection = Connection(server.endpoint, timeout=10, ca_file=None)
    request = bytes(range(255)) * 65536 + b"\xff"
    arrived = bytearray()

    def read_on(peer: socket.socket) -> None:
        time.sleep(0.05)
        while not arrived.endswith(b"\xff"):
            arrived.extend(peer.recv(1 << 20))
        peer.sendall(REPLY)

    server.behave = read_on
    status, _, body = connection.exchange(request, time.monotonic() + 10)

    assert (200, b"{}") == (status, body)
    assert request.endswith(arrived)  # the server itself has taken up to 64 KB before
    assert len(arrived) >= len(request) - 65536


def test_a_peer_that_reads_nothing_holds_nobody_beyond_the_end(server: Server) -> None:
    """A request that does not fit and is not taken ends at the deadline."""
    server.behave = lambda peer: time.sleep(1)
    started = time.monotonic()

    with pytest.raises(TimeoutError):
        Connection(server.endpoint, timeout=5, ca_file=None).exchange(b"x" * (1 << 26), started + 0.2)

    assert time.monotonic() - started < 0.8
