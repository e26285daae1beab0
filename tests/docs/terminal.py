"""A person at a terminal in a new home: types commands into a shell, and a password where one is asked for."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.at_large import RUN
from tests.running_server import RunningServer

PASSWORD = "a long enough password"
SERVER_ON_THE_PAGE = "localhost:9123"
_SECONDS = 60.0
_COLUMNS = 250
_PROMPT = re.compile(rb"[Pp]assword: $")
_REMEMBERING = """
[ -f "$HOME/.exported" ] && . "$HOME/.exported"
{command}
code=$?
export -p > "$HOME/.exported"
exit $code
"""


class Terminal:
    """A shell in a home of its own, beside the data directory of a server; what is exported stays exported."""

    def __init__(self, server: RunningServer, home: Path) -> None:
        self._server = server
        self._home = home
        self._environ = {
            "HOME": str(home), "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "IRONFLOW_SERVER_URL": server.base_url, "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    def type(self, command: str) -> tuple[int, list[str]]:
        """Run one command; return its exit code and the lines that appeared."""
        here = command.replace(SERVER_ON_THE_PAGE, f"127.0.0.1:{self._server.port}")
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, _COLUMNS, 0, 0))
        process = subprocess.Popen(
            ["/bin/sh", "-c", _REMEMBERING.format(command=here)], cwd=self._home, env=self._environ,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # getpass asks on the terminal itself
        )  # fmt: skip
        os.close(theirs)
        try:
            seen = _read(ours).decode().replace("\r\n", "\n")
            if command.startswith("ironflow "):
                RUN.printed(seen)
            return process.wait(_SECONDS), seen.splitlines()
        finally:
            process.kill()
            os.close(ours)


def _read(terminal: int) -> bytes:
    """Return everything that appears until the command ends, typing the password at each prompt."""
    seen, deadline = b"", time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 1.0)
        if not ready:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            return seen
        if not part:
            return seen
        seen += part
        if _PROMPT.search(seen):
            os.write(terminal, f"{PASSWORD}\n".encode())
    raise AssertionError(f"the command does not end: {seen.decode()}")
