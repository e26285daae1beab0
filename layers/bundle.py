"""Put what the authorizer imports into one file of the layer; run with the runtime's own Python.

`python3.13 -I -S bundle.py LAYER/python ../functions/authorizer`, by finish.py. What is imported is found by importing
it in a process of its own, so nothing has to be listed; controlplane/start.py loads the file and says why.
"""

from __future__ import annotations

import marshal
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

INSTALLED = "/opt/python"  # where the layer's folder is on Lambda, for tracebacks
SPEAKS_TLS = "controlplane.storage.lean.tls"  # imported by the first request
FINDS = f"""
import sys
sys.dont_write_bytecode = True
sys.path[:0] = sys.argv[1:]
from _frozen_importlib_external import _LoaderBasics
made, execute = [], _LoaderBasics.exec_module
def noted(loader, module):
    execute(loader, module)
    made.append(module.__name__)
_LoaderBasics.exec_module = noted
import controlplane.start
there = len(made)
import app, {SPEAKS_TLS}
print(*[name for name in made[there:] if name.startswith("controlplane.")])
"""


def imported(layer: Path, function: Path) -> list[str]:
    """Return the names of the core's modules that a start imports, in the order in which they are complete."""
    command = [sys.executable, "-I", "-S", "-c", FINDS, str(layer), str(function)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def row(layer: Path, name: str) -> tuple[str, str, bool, object]:
    """Return one row of the bundle: see start.py."""
    place = Path(*name.split("."))
    is_package = (layer / place).is_dir()
    place = place / "__init__.py" if is_package else place.with_suffix(".py")
    source = (layer / place).read_bytes()
    return name, str(place), is_package, compile(source, f"{INSTALLED}/{place}", "exec", dont_inherit=True)


def main(layer: Path, function: Path) -> None:
    """Write the bundle anew."""
    bundle = layer / "controlplane" / "start.bundle"
    bundle.unlink(missing_ok=True)
    rows = tuple([row(layer, name) for name in imported(layer, function)])
    bundle.write_bytes(MAGIC_NUMBER + marshal.dumps(rows))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
