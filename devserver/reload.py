"""Notice that code changed, by looking at modification times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_SKIPPED = frozenset({"__pycache__", "node_modules", ".git", ".aws-sam"})
_WATCHED = (".py", ".json", ".yaml", ".html", ".js", ".css", ".pem", ".txt")

Snapshot = frozenset[tuple[str, int, int]]


def take_snapshot(paths: Iterable[Path]) -> Snapshot:
    """Return name, time and size of every source file below the paths; two that are equal mean: no change."""
    return frozenset(row for path in paths for row in _rows(path))


def _rows(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        if path.is_file():
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size
            return
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED:
                        yield from _rows(Path(entry.path))
                elif entry.name.endswith(_WATCHED):
                    found = entry.stat()
                    yield entry.path, found.st_mtime_ns, found.st_size
    except OSError:
        return  # a file that vanishes between two looks is a change that the next look sees
