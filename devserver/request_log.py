"""One readable line per request, by allow-list: never a query string, a header or a body."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from functools import lru_cache

import msgspec

MAX_PATH = 200
GATHER_SECONDS = 0.02
_KEY_VALUE = re.compile(r"(if(?:key|platform)_[0-9a-f]{8})[0-9a-f]+")  # put into a path for an id, by mistake


class LogLine(msgspec.Struct, frozen=True):
    """What the log says about a request; `cold` names the functions that were started for it."""

    method: str
    path: str
    status: int
    milliseconds: float
    request_id: str
    cold: tuple[str, ...]


class RequestLog:
    """Prints lines on stdout, those of a moment together; a reader that went away does not stop the server."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def note(self, line: LogLine) -> None:
        """Print the line within a moment."""
        if not self._lines:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self.flush)
        self._lines.append(_text(line))

    def flush(self) -> None:
        """Print what was noted, now."""
        lines, self._lines = self._lines, []
        try:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()
        except OSError:
            pass


def _text(line: LogLine) -> str:
    path = _KEY_VALUE.sub(r"\1…", line.path) if "_" in line.path else line.path
    path = path if len(path) <= MAX_PATH else path[:MAX_PATH] + "…"
    cold = f"  cold: {', '.join(line.cold)}" if line.cold else ""
    clock = _clock(int(time.time()))
    return f"{clock}  {line.status}  {line.method:<7} {path}  {line.milliseconds:.1f} ms  {line.request_id}{cold}\n"


@lru_cache(maxsize=1)
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))
