"""What a command may touch of the world around it; tests hand in another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from ironflow.client import HttpTransport, Transport
from ironflow.server import Server


def utc_now() -> datetime:
    """Return the machine's time, by which a stored login has expired or not."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Streams, variables, the keyboard, the network and the passing of time."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    ask_secret: Callable[[str, TextIO], str]
    open_transport: Callable[[Server], Transport] = HttpTransport
    sleep: Callable[[float], None] = time.sleep
    stopwatch: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now


def ask_secret(prompt: str, stream: TextIO) -> str:
    """Ask on the terminal without echo; the prompt goes to `stream`."""
    import getpass

    return getpass.getpass(prompt, stream)
