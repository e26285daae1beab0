"""The folder that holds everything a server keeps: database, bootstrap key, token secret."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import tempfile
from pathlib import Path

from devserver.errors import CannotStart

DATABASE = "ironflow.db"
LOCK = ".lock"
FIGURES = ".figures"
JWT_SECRET_FILE = ".ironflow_jwt_secret"  # noqa: S105 - the name of a file


def open_data_directory(path: Path) -> Path:
    """Create the directory, or take it over, for nobody but its owner (mode 0700)."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise CannotStart(f"cannot write to the data directory {path}: {error.strerror}") from error
    return path.resolve()


def lock_database(directory: Path) -> int:
    """Keep a second server off the same database until this process ends, however it ends."""
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise CannotStart(
            f"another server uses the data directory {directory}; set IRONFLOW_DATA_DIR to another"
        ) from None
    return descriptor


def empty_figures(directory: Path) -> Path:
    """Return the folder where the functions' processes add their figures up; those of an earlier run are gone."""
    path = directory / FIGURES
    path.mkdir(mode=0o700, exist_ok=True)
    for old in path.iterdir():
        old.unlink(missing_ok=True)
    return path


def ensure_jwt_secret(directory: Path) -> Path:
    """Return the file that holds the token secret, made of 32 random bytes on first use (mode 0600).

    Raises CannotStart when the file is there and is not 64 hexadecimal characters: it is never replaced.
    """
    path = directory / JWT_SECRET_FILE
    try:
        if not path.exists():
            _publish(path, secrets.token_hex(32))
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"cannot use the token secret in {path}: {type(error).__name__}") from None
    if not re.fullmatch(r"[0-9a-fA-F]{64,}", text):
        raise CannotStart(
            f"the token secret in {path} is broken: 64 hexadecimal characters are needed; delete the file"
        )
    return path


def _publish(path: Path, text: str) -> None:
    """Make a file appear complete or not at all; of two servers that try, the first one's stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)
