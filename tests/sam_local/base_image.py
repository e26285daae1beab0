"""A stand-in for Lambda's base image, from what is on this machine: its interpreter and the runtime's own client.

It proves handlers, packaging and events. It does not prove that a wheel works with the C library of the real image.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import awslambdaric

TOOLS = ("sh", "mv", "cp", "rm", "chmod")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
NOT_NEEDED = ("test", "tests", "idlelib", "tkinter", "ensurepip", "lib2to3", "site-packages", "__pycache__", "config-*")
CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py.py", "runtime_client*.so")
IMAGE_ENVIRONMENT = {
    "PATH": "/var/lang/bin:/bin", "LANG": "C.UTF-8", "TZ": ":UTC", "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}  # fmt: skip
BOOTSTRAP = f"""#!/bin/sh
export PYTHONPATH=/opt/python/lib/python{VERSION}/site-packages:/opt/python:/var/runtime
cd /var/task
exec /var/lang/bin/python{VERSION} -m awslambdaric "$_HANDLER"
"""


def build_root(root: Path, *, layers: Path) -> None:
    """Fill an empty folder with a root file system that runs Python functions.

    The shared libraries are those of the interpreter, of the runtime client, and of the wheels below `layers`.
    """
    _copy_interpreter(root)
    runtime = root / "var" / "runtime"
    _copy_client(runtime)
    bootstrap = runtime / "bootstrap"
    bootstrap.write_text(BOOTSTRAP)
    bootstrap.chmod(0o755)
    for tool in TOOLS:
        _copy_file(Path(shutil.which(tool) or tool), root / "bin" / tool)
    programs = [*(root / "bin").iterdir(), root / "var" / "lang" / "bin" / f"python{VERSION}"]
    _copy_libraries(root, [*programs, *root.rglob("*.so*"), *layers.rglob("*.so")])
    for folder in ("tmp", "etc", "opt", "var/task", "var/rapid", "proc", "dev"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")


def _copy_interpreter(root: Path) -> None:
    source, target = Path(sys.base_prefix) / "lib", root / "var" / "lang"
    _copy_file(Path(sys.base_prefix) / "bin" / f"python{VERSION}", target / "bin" / f"python{VERSION}")
    name = f"python{VERSION}"
    shutil.copytree(source / name, target / "lib" / name, ignore=shutil.ignore_patterns(*NOT_NEEDED))
    for library in source.glob("libpython*.so*"):
        _copy_file(library, target / "lib" / library.name)


def _copy_client(runtime: Path) -> None:
    installed = Path(awslambdaric.__file__).parents[1]
    for pattern in CLIENT:
        for found in installed.glob(pattern):
            if found.is_dir():
                shutil.copytree(found, runtime / found.name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                _copy_file(found, runtime / found.name)


def _copy_libraries(root: Path, programs: Iterable[Path]) -> None:
    needed: set[str] = set()
    for program in programs:
        told = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
        needed.update(re.findall(r"(?:=> |^\s+)(/\S+)", told, re.MULTILINE))
    for path in needed:
        if not path.startswith(str(root)):
            _copy_file(Path(path), root / path.lstrip("/"))


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source.resolve(), target)
