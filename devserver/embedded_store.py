"""The embedded DynamoDB: a process of ours on a private port, with its data in one file."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from devserver.dynoxide_binary import install_dynoxide
from devserver.errors import CannotStart
from devserver.processes import start_module, start_program, stop_process

HOST = "127.0.0.1"
START_SECONDS = 15.0
ATTEMPTS = 5

Launch = Callable[[int], "subprocess.Popen[bytes]"]


class EmbeddedStore:
    """A running DynamoDB stand-in. `endpoint` stays the same for its whole life, also when the process is replaced."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._lock = threading.Lock()
        self._stopped = False
        self._port, self._process = _start_on_a_free_port(launch)

    @property
    def endpoint(self) -> str:
        """The address that speaks the DynamoDB protocol."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the store."""
        return self._process.pid

    def keep_alive(self) -> bool:
        """Start the process again if it died; True when that was needed."""
        with self._lock:
            if self._stopped or self._process.poll() is None:
                return False
            self._process = _start_on(self._port, self._launch)
            return True

    def stop(self) -> None:
        """End the process; every acknowledged write is in the file."""
        with self._lock:
            self._stopped = True
            stop_process(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_file_store(data_file: Path) -> EmbeddedStore:
    """Start dynoxide on `data_file`, installing the pinned binary on first use."""
    binary = str(install_dynoxide())
    directory = data_file.parent.resolve()

    def launch(port: int) -> subprocess.Popen[bytes]:
        command = [binary, "serve", "--host", HOST, "--port", str(port), "--db-path", data_file.name]
        return start_program(command, environ={}, cwd=directory, quiet=True)

    return EmbeddedStore(launch)


def start_memory_store() -> EmbeddedStore:
    """Start moto's server: nothing survives a stop, and concurrent transactions are not isolated."""

    def launch(port: int) -> subprocess.Popen[bytes]:
        environ = {"PATH": os.environ.get("PATH", ""), "MOTO_IAM_LOAD_MANAGED_POLICIES": "false"}
        return start_module(
            "moto.server", "-H", HOST, "-p", str(port), environ=environ, cwd=Path(sys.prefix), quiet=True
        )

    return EmbeddedStore(launch)


def _start_on_a_free_port(launch: Launch) -> tuple[int, subprocess.Popen[bytes]]:
    """Choose a port and start on it; another program may take it in between, so try a few times."""
    for attempt in range(ATTEMPTS):
        port = _free_port()
        try:
            return port, _start_on(port, launch)
        except CannotStart:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _start_on(port: int, launch: Launch) -> subprocess.Popen[bytes]:
    process = launch(port)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart("the embedded store ended at once: its data file cannot be opened, or its port is taken")
        if _answers(port):
            return process
        time.sleep(0.005)
    stop_process(process)
    raise CannotStart(f"the embedded store did not answer within {START_SECONDS:.0f} s")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
