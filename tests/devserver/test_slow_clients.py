"""Clients that take their time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from devserver import http_message
from devserver.http_message import ConnectionEnded, RequestReader, UnreadableRequest


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every limit in time, shortened."""
    for name in ("IDLE_SECONDS", "HEAD_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(http_message, name, 0.3)


@pytest.mark.parametrize("start", [b"", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"])
def test_a_trickle_of_bytes_does_not_extend_the_time_for_a_request(
    pair: tuple[socket.socket, socket.socket], start: bytes
) -> None:
    """The limit is for the whole head, and for the whole body, however many packets they come in."""
    client, server = pair
    stop = threading.Event()

    def trickle() -> None:
        client.sendall(start or b"G")
        while not stop.wait(0.05):
            client.sendall(b"E")

    thread = threading.Thread(target=trickle)
    thread.start()
    began = time.monotonic()
    with pytest.raises(UnreadableRequest) as caught:
        RequestReader(server, source_ip="::").read_request()
    stop.set()
    thread.join()

    assert (408, True) == (caught.value.status, time.monotonic() - began < 1)


def test_an_idle_connection_ends_without_a_word(pair: tuple[socket.socket, socket.socket]) -> None:
    """A kept-alive connection that nobody uses is given back."""
    with pytest.raises(ConnectionEnded):
        RequestReader(pair[1], source_ip="::").read_request()
