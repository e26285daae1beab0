"""A container engine of our own: `dockerd` in this process's private network, gone with it."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BRIDGE = "172.29.0.1"
START_SECONDS = 60.0
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41


class Engine:
    """A running engine: `host` is its address for every client."""

    def __init__(self, folder: Path) -> None:
        self.host = f"unix://{folder}/docker.sock"
        self._log = (folder / "dockerd.log").open("wb")
        self._process = subprocess.Popen(
            ["dockerd", "--host", self.host, "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
             "--pidfile", str(folder / "dockerd.pid"), "--bip", f"{BRIDGE}/24"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def environ(self) -> dict[str, str]:
        """What a client of the engine is given."""
        return {**os.environ, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "0"}

    def wait_until_ready(self) -> bool:
        """Return True when it answers, and False when it ends or keeps silent."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            asked = subprocess.run(["docker", "version"], env=self.environ, capture_output=True, check=False)
            if asked.returncode == 0:
                return True
            time.sleep(0.2)
        return False

    def import_image(self, root: Path, name: str, *, environment: dict[str, str]) -> None:
        """Make a folder an image."""
        changes = [part for key, value in environment.items() for part in ("--change", f"ENV {key}={value}")]
        with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
            subprocess.run(["docker", "import", *changes, "--change", "WORKDIR /var/task", "-", name],
                           env=self.environ, stdin=archive.stdout, check=True, capture_output=True)

    def why_no_container(self, image: str) -> str:
        """Return what the engine says when it cannot run a container; empty when it can."""
        command = ["docker", "run", "--rm", "--entrypoint", "/bin/sh", image, "-c", ":"]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        return done.stderr.strip() if done.returncode else ""

    def stop(self) -> None:
        """End every container, and then the engine."""
        running = subprocess.run(["docker", "ps", "-q"], env=self.environ, capture_output=True, text=True, check=False)
        if ids := running.stdout.split():
            subprocess.run(["docker", "kill", *ids], env=self.environ, capture_output=True, check=False)
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def bring_loopback_up() -> None:
    """A new network has a loopback interface that is down."""
    with socket.socket() as control:
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))


@contextmanager
def running_engine(folder: Path) -> Iterator[Engine | None]:
    """Give an engine, or None where none can be started."""
    bring_loopback_up()
    engine = Engine(folder)
    try:
        yield engine if engine.wait_until_ready() else None
    finally:
        engine.stop()
