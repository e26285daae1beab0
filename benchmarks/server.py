"""The dev server on the measured table, as a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.world import ROOT, World

_READY = re.compile(rb"ready on http://127\.0\.0\.1:(\d+)")


@contextmanager
def dev_server(place: World, folder: Path) -> Iterator[int]:
    """Start the server with a folder for its own files; yields its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "devserver", "--no-reload", "--port", "0", "--no-bootstrap-key", "--data-dir",
         str(folder), "--dynamodb-endpoint", place.endpoint],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )
    try:
        yield _port(process)
    finally:
        process.terminate()
        process.wait(20)


def _port(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None:
        raise RuntimeError("no output")
    for line in process.stdout:
        if found := _READY.search(line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return int(found[1])
    raise RuntimeError("the dev server did not start")
