"""A development server as a user starts it: a process of its own, on a free port, with its data in a folder."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.at_large import RUN

ROOT = Path(__file__).parents[1]
START_SECONDS = 120.0  # of a machine that has other things to do
_READY = re.compile(r"ready on (http://127\.0\.0\.1:(\d+)) in")


@dataclass(frozen=True)
class Answer:
    """A reply over the socket."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class RunningServer:
    """`python -m devserver`, started by the constructor; `stdout` and `stderr` grow while it runs."""

    def __init__(self, *flags: str, data_dir: Path, cwd: Path = ROOT, environ: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self._read_lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devserver", "--data-dir", str(data_dir), *flags],
            cwd=cwd,
            env={**os.environ, "IRONFLOW_PORT": "0", "IRONFLOW_PASSWORD_COST": "4", **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._readers = [
            threading.Thread(target=self._read, args=(name,), daemon=True) for name in ("stdout", "stderr")
        ]
        for reader in self._readers:
            reader.start()

    @property
    def stdout(self) -> str:
        """What it printed so far."""
        return "".join(self._read_lines["stdout"])

    @property
    def stderr(self) -> str:
        """What it said so far of its troubles."""
        return "".join(self._read_lines["stderr"])

    def wait_until_ready(self) -> Self:
        """Return when the server says that it is ready; fails with what it printed otherwise."""
        deadline = time.monotonic() + START_SECONDS
        while not self._ready.wait(0.05):
            assert self.process.poll() is None, f"the server ended: {self.wait()} {self.stdout}{self.stderr}"
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server is not ready: {self.stdout}{self.stderr}")
        return self

    @property
    def base_url(self) -> str:
        """Where the server listens."""
        return self._match[1]

    @property
    def port(self) -> int:
        """The port alone."""
        return int(self._match[2])

    @property
    def bootstrap_key(self) -> str:
        """The first admin key, from its file."""
        document = json.loads((self.data_dir / ".ironflow_bootstrap_key.json").read_text())
        key: str = document["key"]
        return key

    def request(
        self, method: str, path: str, *, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            reply = connection.getresponse()
            answer = Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
            RUN.answered(answer.status, answer.body)
            return answer
        finally:
            connection.close()

    def children(self) -> list[int]:
        """The process ids of everything that the server started and that still runs."""
        return [pid for pid, parent in _parents().items() if parent == self.process.pid]

    def wait(self, seconds: float = 20) -> int:
        """Return the exit code, with everything read that was printed."""
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        RUN.said("logs", self.stdout, self.stderr)
        RUN.stored(self.data_dir)
        return code

    def stop(self) -> int:
        """Stop it as an operator does; returns the exit code."""
        self.process.terminate()
        return self.wait()

    def kill(self) -> int:
        """End it as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        return self.wait()

    def __enter__(self) -> Self:
        return self.wait_until_ready()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()

    @cached_property
    def _match(self) -> re.Match[str]:
        found = _READY.search(self.stdout)
        assert found, self.stdout
        return found

    def _read(self, name: str) -> None:
        stream = getattr(self.process, name)
        for line in stream:
            self._read_lines[name].append(line)
            if _READY.search(line):
                self._ready.set()


def _parents() -> dict[int, int]:
    """Process id → the id of its parent, for everything that runs."""
    parents = {}
    for path in Path("/proc").iterdir():
        try:
            state = (path / "stat").read_text().rpartition(")")[2].split() if path.name.isdigit() else []
        except OSError:
            continue
        if state and state[0] != "Z":
            parents[int(path.name)] = int(state[1])
    return parents


def running_processes() -> set[int]:
    """The ids of all processes that run, zombies apart."""
    return set(_parents())
