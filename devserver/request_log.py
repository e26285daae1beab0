"""One readable line per request, by allow-list: never a query string, a header or a body."""

from __future__ import annotations

import re
import sys
import threading
import time
from dataclasses import dataclass

MAX_PATH = 200
_KEY_VALUE = re.compile(r"(if(?:key|platform)_[0-9a-f]{8})[0-9a-f]+")  # put into a path for an id, by mistake
_lock = threading.Lock()


@dataclass(frozen=True)
class LogLine:
    """What the log says about a request; `cold` names the functions that were started for it."""

    method: str
    path: str
    status: int
    milliseconds: float
    request_id: str
    cold: tuple[str, ...]


def print_line(line: LogLine) -> None:
    """Print the line on stdout; a reader that went away does not stop the server."""
    clock = time.strftime("%H:%M:%S")
    path = _KEY_VALUE.sub(r"\1…", line.path)
    path = path if len(path) <= MAX_PATH else path[:MAX_PATH] + "…"
    cold = f"  cold: {', '.join(line.cold)}" if line.cold else ""
    text = f"{clock}  {line.status}  {line.method:<7} {path}  {line.milliseconds:.1f} ms  {line.request_id}{cold}\n"
    try:
        with _lock:
            sys.stdout.write(text)
            sys.stdout.flush()
    except OSError:
        pass
