"""Listen on a port and serve its connections, all of them in one thread."""

from __future__ import annotations

import asyncio
import errno
import socket
import time

from devserver.errors import CannotStart
from devserver.http_connection import Answer, Connection, Refuse

MAX_CONNECTIONS = 512
LOOK_SECONDS = 0.2
STEP_SECONDS = 0.01


class HttpServer:
    """Serves `answer` on a port; `refuse` words the reply to what is no request at all (status, address)."""

    def __init__(self, host: str, port: int, *, answer: Answer, refuse: Refuse) -> None:
        """Take the port; clients wait until `start`. Raises CannotStart."""
        self.answer = answer
        self.refuse = refuse
        self.stopping = False
        self._listener = _listen(host, port)
        self._connections: set[Connection] = set()
        self.port: int = self._listener.getsockname()[1]

    async def start(self) -> None:
        """Begin to accept connections."""
        self._server = await asyncio.get_running_loop().create_server(lambda: Connection(self), sock=self._listener)
        self._looking = asyncio.create_task(self._look())

    async def stop(self, *, patience: float) -> None:
        """Accept nothing more, let requests in flight finish within `patience` seconds, close everything."""
        deadline = time.monotonic() + patience
        self.stopping = True
        self._server.close()
        while any(connection.busy for connection in self._connections) and time.monotonic() < deadline:
            await asyncio.sleep(STEP_SECONDS)
        self._looking.cancel()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(STEP_SECONDS)
        for connection in list(self._connections):
            connection.abort()

    def release(self) -> None:
        """Give the port back, also when `start` never came."""
        self._listener.close()

    def enter(self, connection: Connection) -> bool:
        """Take a new connection in; False when there are too many."""
        self._connections.add(connection)
        return len(self._connections) <= MAX_CONNECTIONS

    def leave(self, connection: Connection) -> None:
        """Forget a connection that ended."""
        self._connections.discard(connection)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            for connection in list(self._connections):
                connection.look(now)


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
