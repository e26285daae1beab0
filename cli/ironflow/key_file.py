"""The one file that holds a bootstrap key: made ready before the key exists, readable by its owner only."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ironflow.problems import Failure


class KeyFile:
    """A private file beside the wanted one, which takes its place in one step once there is a key."""

    def __init__(self, path: Path, descriptor: int, draft: Path) -> None:
        self._path = path
        self._descriptor = descriptor
        self._draft = draft

    def write(self, document: Mapping[str, object]) -> None:
        """Write the document, make it durable, and put it in place with mode 0400; raises OSError."""
        with os.fdopen(os.dup(self._descriptor), "w", encoding="ascii") as handle:
            handle.write(json.dumps(document, indent=2) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        self._draft.chmod(0o400)
        self._draft.replace(self._path)


@contextmanager
def reserved(path: Path, *, replace: bool) -> Iterator[KeyFile]:
    """Prepare the file before anything is asked for; raise Failure when it could not be written later."""
    if path.is_dir():
        raise Failure(f"cannot write {path}: it is a directory")
    if path.exists() and not replace:
        raise Failure(f"{path} exists", "Name another file, or replace the key and the file with --reset.")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".bootstrap-key-")
        os.write(descriptor, b" " * 512)  # a full disk is noticed now
        os.fsync(descriptor)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from None
    try:
        yield KeyFile(path, descriptor, Path(name))
    finally:
        os.close(descriptor)
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
