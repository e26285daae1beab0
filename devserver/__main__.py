"""`python -m devserver`: start, serve until SIGTERM or SIGINT, stop cleanly; or sweep once."""

from __future__ import annotations

import os
import signal
import sys
import threading

from devserver.errors import BadOption, CannotStart
from devserver.options import read_options
from devserver.scheduled import run_scheduled
from devserver.server import Server


def main() -> int:
    """Return the exit code: 0 after a clean stop, 1 when the server cannot start, 2 for a bad option."""
    stop = threading.Event()
    try:
        options = read_options(sys.argv[1:], os.environ)
        server = Server(options, os.environ)
        if options.sweep:
            return run_scheduled(server)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        server.start()
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadOption) else 1
    try:
        server.run_until(stop)
    finally:
        server.close()
    print("stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
