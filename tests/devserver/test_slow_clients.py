"""Clients that take their time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from devserver import http_connection, http_parser, http_server
from devserver.http_message import HttpRequest
from devserver.http_reply import Reply
from devserver.http_server import HttpServer

POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LARGE = 8_000_000

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every limit in time, shortened."""
    for name in ("IDLE_SECONDS", "HEAD_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(http_parser, name, 0.3)
    monkeypatch.setattr(http_connection, "SEND_SECONDS", 0.3)
    monkeypatch.setattr(http_connection, "LINGER_SECONDS", 0.3)
    monkeypatch.setattr(http_server, "LOOK_SECONDS", 0.05)


def _with_server(act: Callable[[Client, HttpServer], Awaitable[None]], *, size: int = 2) -> None:
    """Let a client act on a connection to a server whose replies have `size` bytes."""

    async def answer(request: HttpRequest) -> Reply:
        return Reply(200, (), b"x" * size)

    async def run() -> None:
        server = HttpServer("127.0.0.1", 0, answer=answer, refuse=lambda status, _: Reply(status, (), b"no"))
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            await asyncio.wait_for(act((reader, writer), server), 5)
        finally:
            writer.close()
            await server.stop(patience=0)

    asyncio.run(run())


@pytest.mark.parametrize("start", [b"G", POST])
def test_a_trickle_of_bytes_does_not_extend_the_time_for_a_request(start: bytes) -> None:
    """The limit is for the whole head, and for the whole body, however many packets they come in."""
    seen: list[tuple[bytes, bool]] = []

    async def act(client: Client, _: HttpServer) -> None:
        reader, writer = client
        began = time.monotonic()
        writer.write(start)
        reply = asyncio.create_task(reader.readline())
        while not reply.done():
            writer.write(b"E")
            await asyncio.sleep(0.05)
        seen.append((await reply, time.monotonic() - began < 1))

    _with_server(act)

    assert [(b"HTTP/1.1 408 Request Timeout\r\n", True)] == seen


@pytest.mark.parametrize("before", [b"", GET])
def test_an_idle_connection_ends_without_a_word(before: bytes) -> None:
    """A kept-alive connection that nobody uses is given back, whether or not it ever was used."""
    seen: list[int] = []

    async def act(client: Client, _: HttpServer) -> None:
        reader, writer = client
        writer.write(before)
        seen.append((await reader.read()).count(b"HTTP/1.1 "))

    _with_server(act)

    assert [before.count(b"GET")] == seen


def test_a_client_that_does_not_read_its_reply_is_given_up() -> None:
    """A reply in memory is held for as long as a client may take, and no longer."""
    seen: list[int] = []

    async def act(client: Client, server: HttpServer) -> None:
        _, writer = client
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(GET)
        while not server._connections:
            await asyncio.sleep(0.01)
        (connection,) = server._connections
        while not connection.busy:
            await asyncio.sleep(0.01)
        while server._connections:
            await asyncio.sleep(0.01)
        seen.append(len(server._connections))

    _with_server(act, size=LARGE)

    assert [0] == seen


def test_a_client_that_was_refused_and_sends_on_is_given_up() -> None:
    """Whoever is refused gets the time to read why; sending for ever, it does not stay for ever."""
    seen: list[bytes] = []

    async def act(client: Client, server: HttpServer) -> None:
        reader, writer = client
        writer.write(b"nonsense\r\n\r\n")
        seen.append(await reader.readline())
        while server._connections:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    _with_server(act)

    assert [b"HTTP/1.1 400 Bad Request\r\n"] == seen


def test_requests_that_are_sent_before_the_last_one_is_answered_are_not_gathered_without_end() -> None:
    """Who pipelines more than the server serves is read no further: its requests wait in its own buffers."""
    held: list[int] = []

    async def act(client: Client, server: HttpServer) -> None:
        _, writer = client
        release = asyncio.Event()
        taken = server.answer

        async def answer(request: HttpRequest) -> Reply:
            await release.wait()
            return await taken(request)

        server.answer = answer
        writer.write(GET * 400_000)
        await asyncio.sleep(0.2)
        (connection,) = server._connections
        held.append(connection._parser.buffered)
        release.set()

    _with_server(act)

    assert held[0] < 2 * http_connection.MAX_WAITING_BYTES
