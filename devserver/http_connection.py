"""One client's connection: requests in, one at a time, replies out; a hostile or slow client costs a bounded amount."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from devserver.http_message import HttpRequest, UnreadableRequest
from devserver.http_parser import RequestParser
from devserver.http_reply import Reply, to_bytes

MAX_WAITING_BYTES = 256 * 1024
SEND_SECONDS = 30.0
LINGER_SECONDS = 3.0

Answer = Callable[[HttpRequest], Awaitable[Reply]]
Refuse = Callable[[int, str], Reply]


class Owner(Protocol):
    """Whom a connection belongs to."""

    answer: Answer
    refuse: Refuse
    stopping: bool

    def enter(self, connection: Connection) -> bool:
        """Take a new connection in; False when there are too many."""
        ...

    def leave(self, connection: Connection) -> None:
        """Forget a connection that ended."""
        ...


class Connection(asyncio.Protocol):
    """Serves a connection; `busy` while a request is being answered."""

    def __init__(self, owner: Owner) -> None:
        self.busy = False
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._source_ip = ""
        self._linger = math.inf  # until when a client that was refused may go on sending
        self._ended = False  # the client sends no more
        self._last = False  # the reply under way is the last one: what comes in is dropped
        self._paused = False  # nothing is read for the time being
        self._patience = math.inf  # how long it may last as it is, by time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._drained: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; see asyncio.Protocol for this and what follows."""
        self._transport = cast(asyncio.Transport, transport)
        self._source_ip = transport.get_extra_info("peername")[0]
        self._parser = RequestParser(source_ip=self._source_ip, send=self._transport.write)
        if self._owner.enter(self):
            self._parser.next_request()
        else:
            self._refuse(429)

    def data_received(self, data: bytes) -> None:
        """Parse on; while a request is being answered, the next one waits, and a long queue is not read at all."""
        if self._last:
            return
        self._parser.feed(data)
        if not self.busy:
            self._serve_next()
        elif self._parser.buffered > MAX_WAITING_BYTES:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Answer what was asked before the client went silent, then end."""
        self._ended = True
        return self.busy

    def pause_writing(self) -> None:
        """Wait for a client that is slow to read."""
        self._drained = self._loop.create_future()
        self._patience = time.monotonic() + SEND_SECONDS

    def resume_writing(self) -> None:
        """Go on."""
        self._patience = self._linger
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def connection_lost(self, _error: Exception | None) -> None:
        """End; a request in flight is carried out all the same."""
        self._last = True
        self.resume_writing()
        self._owner.leave(self)

    def close(self) -> None:
        """End as soon as everything is sent."""
        self._last = True
        self._transport.close()

    def abort(self) -> None:
        """End at once."""
        self._last = True
        self._transport.abort()

    def look(self, now: float) -> None:
        """End what took too long."""
        if now > self._patience:
            self.abort()
        elif not self.busy and not self._last and now > self._parser.deadline:
            if self._parser.begun:
                self._refuse(408)
            else:
                self.close()

    def _serve_next(self) -> None:
        try:
            request = self._parser.next_request()
        except UnreadableRequest as error:
            self._refuse(error.status)
            return
        if request:
            self.busy = True
            self._task = self._loop.create_task(self._serve(request))
        elif self._ended:
            self._transport.close()

    async def _serve(self, request: HttpRequest) -> None:
        try:
            reply = await self._owner.answer(request)
            keep_alive = request.keep_alive and not self._owner.stopping
            self._transport.write(to_bytes(reply, method=request.method, keep_alive=keep_alive))
            if self._drained:
                await self._drained
        finally:
            self.busy = False
        if not keep_alive:
            self.close()
        elif not self._last:
            if self._paused:
                self._paused = False
                self._transport.resume_reading()
            self._serve_next()

    def _refuse(self, status: int) -> None:
        """Send a reply to a client that may still be sending: without reading on, it would see a reset instead."""
        self._last = True
        reply = self._owner.refuse(status, self._source_ip)
        self._transport.write(to_bytes(reply, method="", keep_alive=False))
        if self._ended:
            self._transport.close()
            return
        self._transport.write_eof()
        self._linger = time.monotonic() + LINGER_SECONDS
        self._patience = min(self._patience, self._linger)
