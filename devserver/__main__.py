"""`python -m devserver`: start, serve until SIGTERM or SIGINT, stop cleanly; or sweep once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import closing

from devserver.errors import BadOption, CannotStart
from devserver.options import read_options
from devserver.scheduled import run_scheduled
from devserver.server import Server

STOPPING = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Return the exit code: 0 after a clean stop, 1 when the server cannot start, 2 for a bad option."""
    stopped: list[int] = []
    try:
        options = read_options(sys.argv[1:], os.environ)
        server = Server(options, os.environ)
        if options.sweep:
            return run_scheduled(server)
        for number in STOPPING:
            signal.signal(number, lambda number, _: stopped.append(number))
        server.open()
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadOption) else 1
    with closing(server):
        run_until_stopped(server, stopped)
    print("stopped", flush=True)
    return 0


def run_until_stopped(server: Server, stopped: list[int]) -> None:
    """Serve until a signal comes, or came while the server was starting."""

    async def serve() -> None:
        stop = asyncio.Event()
        for number in STOPPING:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        if stopped:
            stop.set()
        await server.serve(stop)

    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(serve())


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # where it has no wheel, the standard library's loop serves as well, and slower
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


if __name__ == "__main__":
    sys.exit(main())
