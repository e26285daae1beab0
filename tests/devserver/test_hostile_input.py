"""Bytes on the socket that no well-behaved client sends."""

from __future__ import annotations

import socket
import time

import pytest

from tests.running_server import RunningServer

HEAD = b"GET /public/x HTTP/1.1\r\nHost: h\r\n"
BAD_REQUESTS = {
    "no request": b"hello\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: h\n\n",
    "nul in the path": b"GET /public/\x00 HTTP/1.1\r\nHost: h\r\n\r\n",
    "nul in a header": HEAD + b"X: a\x00b\r\n\r\n",
    "control character in a header": HEAD + b"X: a\x01b\r\n\r\n",
    "carriage return in a header": HEAD + b"X: a\rb\r\n\r\n",
    "space in the path": b"GET /public/a b HTTP/1.1\r\nHost: h\r\n\r\n",
    "bytes in the path": b"GET /public/\xff HTTP/1.1\r\nHost: h\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\nHost: h\r\n\r\n",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown version": b"GET /public/x HTTP/9.9\r\nHost: h\r\n\r\n",
    "no host": b"GET /public/x HTTP/1.1\r\n\r\n",
    "two hosts": HEAD + b"Host: i\r\n\r\n",
    "space before the colon": HEAD + b"X : a\r\n\r\n",
    "folded header": HEAD + b"X: a\r\n b\r\n\r\n",
    "header without a colon": HEAD + b"nonsense\r\n\r\n",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "length with a sign": HEAD + b"Content-Length: +3\r\n\r\nabc",
    "length that is no number": HEAD + b"Content-Length: 1_0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "length and chunks": HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown encoding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "bad chunk size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "chunk without its end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "a header of 11,000 bytes": HEAD + b"X: " + b"a" * 11_000 + b"\r\n\r\n",
    "a path of 20,000 bytes": b"GET /public/" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    "an endless head": HEAD + b"X: y\r\n" * 5_000,
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_an_unreadable_request_is_refused_at_once_in_the_gateways_shape(toy: RunningServer, name: str) -> None:
    """No 500, no hang, no silence: a 4xx with a JSON body, and the connection ends."""
    began = time.monotonic()

    head, body = _exchange(toy, BAD_REQUESTS[name])

    assert head.split()[1] in (b"400", b"431")
    assert (b'{"error":', True) == (body[:9], time.monotonic() - began < 2)


def test_413_for_a_declared_body_over_10_mb_that_is_still_being_sent(toy: RunningServer) -> None:
    """The client reads the reply although it sends on, instead of seeing its connection reset."""
    head, body = _exchange(toy, HEAD + b"Content-Length: 11000000\r\n\r\n" + b"x" * 11_000_000)

    assert (b"413", b'{"error": "too large"') == (head.split()[1], body[:21])


def test_413_for_chunks_that_add_up_to_more_than_10_mb(toy: RunningServer) -> None:
    """A body without a declared size is bounded as well."""
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"

    head, _ = _exchange(toy, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 11 + b"0\r\n\r\n")

    assert b"413" == head.split()[1]


def test_413_for_a_body_that_no_function_could_be_given(toy: RunningServer) -> None:
    """Between the gateway's limit and the smaller one of a function, the answer is still 413."""
    reply = toy.request("POST", "/public/x", body=b"x" * 7_000_000)

    assert 413 == reply.status


def test_chunked_bodies_and_pipelined_requests_are_served(toy: RunningServer) -> None:
    """Framing is exact: the second request starts where the first one's body ends."""
    chunks = b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: x\r\n\r\n"
    first = b"POST /public/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    second = b"GET /public/2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    head, body = _exchange(toy, first + second)

    assert (b"200", 2) == (head.split()[1], body.count(b'"resource": "/public/{proxy+}"'))
    assert b'"body": "abc"' in body


def test_100_continue_is_sent_to_a_client_that_waits_for_it(toy: RunningServer) -> None:
    """curl with a large body does not stall for a second."""
    with socket.create_connection(("127.0.0.1", toy.port), timeout=5) as client:
        client.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        interim = client.recv(1000)
        client.sendall(b"hi")
        final = client.recv(100)

    assert (b"HTTP/1.1 100 Continue\r\n\r\n", b"200") == (interim, final.split()[1])


def test_clients_that_stall_do_not_keep_others_waiting(toy: RunningServer) -> None:
    """A hundred connections that send half a request cost nobody else anything."""
    stalled = [socket.create_connection(("127.0.0.1", toy.port), timeout=5) for _ in range(100)]
    for client in stalled:
        client.sendall(b"GET /public/x HT")

    began = time.monotonic()
    reply = toy.request("GET", "/public/x")
    took = time.monotonic() - began
    for client in stalled:
        client.close()

    assert (200, True) == (reply.status, took < 2)


def test_the_log_line_never_shows_a_query_string(toy: RunningServer) -> None:
    """`?token=` is a credential; it stays out of the terminal."""
    reply = toy.request("GET", "/public/x?token=ifkey_secret", headers={"Authorization": "Bearer hush"})
    time.sleep(0.1)

    (line,) = [row for row in toy.stdout.splitlines() if reply.headers["x-amzn-requestid"] in row]
    assert ("200", "GET", "/public/x") == tuple(line.split()[1:4])
    assert "ifkey_secret" not in toy.stdout + toy.stderr


def _exchange(toy: RunningServer, data: bytes) -> tuple[bytes, bytes]:
    """Send bytes, read until the server closes; returns the head and what follows it."""
    with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as client:
        client.sendall(data)
        received = b""
        while more := client.recv(65_536):
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body
