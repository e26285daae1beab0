"""Functions as Lambda starts them: built, compiled, under the real runtime interface client."""

from __future__ import annotations

import asyncio
import compileall
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from benchmarks.runtime_api import RuntimeApi
from benchmarks.sampling import Cost

ROOT = Path(__file__).parents[1]
START_SECONDS = 900.0  # under valgrind, on a busy machine
_RUNTIME_S_OWN = ("awslambdaric", "simplejson")  # both are in /var/runtime
_COLLECTED = re.compile(rb"Collected : (\d+)")


def interpreter() -> str:
    """Return the interpreter behind the virtual environment; with -S it imports nothing by itself."""
    return str(getattr(sys, "_base_executable", sys.executable))


@dataclass(frozen=True, slots=True)
class Built:
    """A function's folder and its layer, copied and compiled; `path` is what it is started with."""

    folder: Path
    layer: Path

    @property
    def path(self) -> str:
        """The folders that the function imports from, as PYTHONPATH."""
        import awslambdaric

        return os.pathsep.join([str(self.folder), str(self.layer), str(Path(awslambdaric.__file__).parents[1])])


def build(source: Path, into: Path) -> Built:
    """Copy a function and the core, and make of them what the build makes of the authorizer and its layer."""
    folder, layer = into / source.name, into / "layer"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if not layer.exists():
        shutil.copytree(ROOT / "layers/controlplane/controlplane", layer / "controlplane",
                        ignore=shutil.ignore_patterns("__pycache__"))
        bundle = [str(ROOT / "layers/bundle.py"), str(layer), str(ROOT / "functions/authorizer")]
        subprocess.run([interpreter(), "-I", "-S", *bundle], check=True)
    for place in (folder, layer):
        compileall.compile_dir(place, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return Built(folder, layer)


def without_byte_code(
    built: Built, environ: Mapping[str, str], event: Mapping[str, Any], folder: Path,
) -> dict[str, str]:
    """Return the variables for a start that finds no byte-code for the function and what it installed.

    One start writes byte-code into a tree of its own; what belongs to the runtime stays there, the rest is removed.
    """
    import awslambdaric

    tree, installed = folder / "byte-code", Path(awslambdaric.__file__).parents[1]
    first = Environment(built, {**environ, "PYTHONPYCACHEPREFIX": str(tree)})
    first.invoke(event)
    first.stop()
    shutil.rmtree(tree / built.folder.relative_to("/"))
    for place in (tree / installed.relative_to("/")).iterdir():
        if place.is_file():
            place.unlink()
        elif place.name not in _RUNTIME_S_OWN:
            shutil.rmtree(place)
    return {"PYTHONPYCACHEPREFIX": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


def instructions_of_start(built: Built, environ: Mapping[str, str], event: Mapping[str, Any]) -> int:
    """Return the instructions that one start runs until its first reply; valgrind counts them."""
    under = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    environment = Environment(built, environ, under=under)
    environment.invoke(event)
    return environment.stop_counted()


class Environment:
    """One execution environment; the process ends with `stop`, which tells what it cost."""

    def __init__(self, built: Built, environ: Mapping[str, str], *, under: Sequence[str] = ()) -> None:
        self._began = time.perf_counter()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        self._loop = asyncio.Runner()
        self._api = RuntimeApi(alive=self._alive)
        variables = {
            "PATH": os.defpath, "LANG": "C.UTF-8", "TZ": ":UTC", "PYTHONHASHSEED": "0", "PYTHONPATH": built.path,
            "LAMBDA_TASK_ROOT": str(built.folder), "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME": "bench", "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "_HANDLER": "app.handler", **environ,
        }
        self._process = subprocess.Popen(
            [*under, interpreter(), "-S", "-m", "awslambdaric", "app.handler"], env=variables, cwd=built.folder,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
        )

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Wait until the environment is ready, hand it an event, and return its result."""
        return self._loop.run(self._invoke(event))

    async def _invoke(self, event: Mapping[str, Any]) -> Any:
        deadline = time.monotonic() + START_SECONDS
        message = await self._api.receive(deadline)
        if not message.wants_next:
            raise RuntimeError(self._said().decode())
        self._api.give(json.dumps(event).encode(), {
            "Lambda-Runtime-Aws-Request-Id": "00000000-0000-4000-8000-000000000000",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + START_SECONDS) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:bench",
            "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        })
        message = await self._api.receive(deadline)
        self._api.acknowledge()
        if not message.is_result:
            raise RuntimeError(self._said().decode())
        return json.loads(message.body)

    def stop(self) -> Cost:
        """End the process; wall clock is from its start until now, CPU is all that it ever used."""
        wall = time.perf_counter() - self._began
        self._process.kill()
        _, _, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        self._close()
        return Cost(wall, usage.ru_utime + usage.ru_stime)

    def stop_counted(self) -> int:
        """End a process that valgrind watches; return how many instructions it ran."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(START_SECONDS)
        found = _COLLECTED.search(self._said())
        self._close()
        return int(found[1]) if found else 0

    def _close(self) -> None:
        self._api.close()
        self._loop.close()
        self._log.close()

    def _said(self) -> bytes:
        self._log.seek(0)
        return self._log.read()

    def _alive(self) -> bool:
        return self._process.poll() is None
