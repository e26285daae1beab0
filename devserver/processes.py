"""Start child processes that die with this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")

# The kernel ties a child to the *thread* that started it, so one thread that lives as long as we do starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")


def start_program(
    argv: Sequence[str], *, environ: Mapping[str, str], cwd: Path, quiet: bool = False
) -> subprocess.Popen[bytes]:
    """Start a binary, tied to this process; with `quiet`, what it prints is dropped."""
    return _start(["exec", *argv], environ=environ, cwd=cwd, output=subprocess.DEVNULL if quiet else subprocess.PIPE)


def start_module(
    module: str, *arguments: str, environ: Mapping[str, str], cwd: Path, quiet: bool = False
) -> subprocess.Popen[bytes]:
    """Start a Python module under this interpreter, tied to this process; stdout and stderr come as one pipe."""
    output = subprocess.DEVNULL if quiet else subprocess.PIPE
    return _start(["module", module, *arguments], environ=environ, cwd=cwd, output=output)


def start_script(
    script: Path, *arguments: str, environ: Mapping[str, str], cwd: Path, keep: int
) -> subprocess.Popen[bytes]:
    """Start a Python script likewise, and let it inherit the descriptor `keep`."""
    command = ["script", str(script), *arguments]
    return _start(command, environ=environ, cwd=cwd, output=subprocess.PIPE, keep=(keep,))


def stop_process(process: subprocess.Popen[bytes], *, patience: float = 1.0) -> None:
    """End a child: politely, then after `patience` seconds by force. Returns when it is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def _start(
    arguments: Sequence[str], *, environ: Mapping[str, str], cwd: Path, output: int, keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(TETHER), str(os.getpid()), *arguments]
    return _starter.submit(
        subprocess.Popen,
        command,
        env=dict(environ),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=keep,
    ).result()
