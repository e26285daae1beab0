"""`make test-sam-local`: bring an engine up in a private network, and run the checks of this folder in it.

Nothing outlives the run: the engine, its network and every process end with the namespace. Where no engine can be
started it says `skipped: …` and succeeds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.events.stage import SECRET
from tests.sam_local.base_image import IMAGE_ENVIRONMENT, build_root
from tests.sam_local.engine import running_engine
from tests.sam_local.machine import BUILD, RUNTIME, image_name

NAMESPACE = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
CHECKS = ("tests/sam_local/check_events.py", "tests/sam_local/check_api.py")
INSIDE, AT_ONCE = "inside", 4
PACKAGE = "docker.io"


def why_not() -> str:
    """Return why no engine can be started here; empty when one may be."""
    if not sys.platform.startswith("linux"):
        return "needs Linux"
    if os.geteuid() != 0:
        return "needs root, for a network and an engine of its own"
    if not shutil.which("dockerd"):
        return _install()
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode != 0:
        return "needs the right to make namespaces"
    return ""


def _install() -> str:
    """Install Debian's engine on a build server, where nothing else was installed before."""
    if not os.environ.get("CI") or not shutil.which("apt-get"):
        return f"no dockerd on PATH (Debian: apt-get install {PACKAGE})"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", PACKAGE]):
        command = ["apt-get", "--quiet", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=0", *words]
        done = subprocess.run(command, env=quiet, capture_output=True, check=False)
        if done.returncode != 0:
            return f"{PACKAGE} cannot be installed"
    return "" if shutil.which("dockerd") else f"{PACKAGE} has no dockerd"


def run_inside(arguments: list[str]) -> int:
    """Start the engine in the namespace that this process is already in, and run the checks with it."""
    import pytest

    with tempfile.TemporaryDirectory(prefix="engine-") as folder, running_engine(Path(folder)) as engine:
        if engine is None:
            sys.stdout.write(f"skipped: dockerd does not start here:\n{_last_lines(Path(folder))}")
            return 0
        os.environ.update(engine.environ)
        root = Path(folder) / "root"
        build_root(root, layers=BUILD)
        engine.import_image(root, image_name(), environment=IMAGE_ENVIRONMENT)
        if reason := engine.why_no_container(image_name()):
            sys.stdout.write(f"skipped: the engine runs no container here: {reason}\n")
            return 0
        shared = ["-n", str(min(os.cpu_count() or 1, AT_ONCE)), "--dist", "loadgroup"]  # one engine, a table for each
        return int(pytest.main(["-p", "no:cacheprovider", *shared, *CHECKS, *arguments]))


def _last_lines(folder: Path) -> str:
    return "".join((folder / "dockerd.log").read_text(errors="replace").splitlines(keepends=True)[-5:])


def main(arguments: list[str]) -> int:
    """Say why not, or go into a namespace and run."""
    if arguments[:1] == [INSIDE]:
        return run_inside(arguments[1:])
    if reason := why_not():
        sys.stdout.write(f"skipped: {reason}\n")
        return 0
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(SECRET)
        secret.flush()
        command = ["make", "build-local", f"RUNTIME={RUNTIME}", f"JWT_SECRET_FILE={secret.name}"]
        subprocess.run(command, check=True)
    command = [*NAMESPACE, sys.executable, "-m", "tests.sam_local", INSIDE, *arguments]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
