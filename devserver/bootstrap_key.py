"""Issue the bootstrap key on first boot: its value goes into one file, and nowhere else (contract, section 2)."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

KEY_FILE = ".ironflow_bootstrap_key.json"
EVENT = "BOOTSTRAP_ADMIN_KEY_ISSUED"


class BootstrapKey(Protocol):
    """What the product says about its bootstrap key."""

    @property
    def raw(self) -> str:
        """The key itself when this very call made it, else empty."""
        ...

    @property
    def created(self) -> bool:
        """Whether this very call made the key."""
        ...

    @property
    def prefix(self) -> str:
        """The display prefix, which may be shown; empty when the key is gone."""
        ...

    @property
    def timestamp(self) -> int:
        """When the key was made, in seconds since 1970."""
        ...

    @property
    def key_id(self) -> str:
        """The key's id."""
        ...

    @property
    def org_id(self) -> str:
        """The organization that the key belongs to."""
        ...

    @property
    def role(self) -> str:
        """The name of the key's role."""
        ...


Issue = Callable[[Mapping[str, str]], BootstrapKey]


def provide_bootstrap_key(issue: Issue, environ: Mapping[str, str], *, file: Path) -> str:
    """Issue the key if it never was, and return one line for the terminal, without the key.

    The file is opened before the key exists. A key whose file cannot be written is lost on purpose: the event says
    why, and the value is shown nowhere.
    """
    reserved, obstacle = _reserve(file)
    try:
        key = issue(environ)
        if not key.created:
            return f"bootstrap key: issued before ({key.prefix}…)" if key.prefix else "bootstrap key: issued before"
        if reserved:
            obstacle = _fill(reserved, file, _document(key))
    finally:
        if reserved:
            with suppress(OSError):
                reserved.unlink(missing_ok=True)
    _log_event({"file_path": str(file)} if obstacle is None else {"file_path_error": obstacle})
    if obstacle is not None:
        return f"bootstrap key: LOST, {obstacle}; mend that and start with --reset-bootstrap-key"
    return f"bootstrap key: {file}"


def _document(key: BootstrapKey) -> str:
    content = {
        "key": key.raw,
        "key_id": key.key_id,
        "org_id": key.org_id,
        "role": key.role,
        "timestamp": _iso(datetime.fromtimestamp(key.timestamp, UTC)),
    }
    return json.dumps(content, indent=2) + "\n"


def _reserve(file: Path) -> tuple[Path | None, str | None]:
    """Make an empty private file beside the wanted one; returns it, or why that is impossible."""
    try:
        if file.is_dir():
            return None, f"cannot write {file}: it is a directory"
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".bootstrap-key-")
    except OSError as error:
        return None, f"cannot write {file}: {error.strerror}"
    os.close(descriptor)
    return Path(name), None


def _fill(reserved: Path, file: Path, text: str) -> str | None:
    """Write, make durable, restrict to mode 0400, then rename; returns what went wrong."""
    try:
        with reserved.open("w", encoding="ascii") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        reserved.chmod(0o400)
        reserved.replace(file)
    except OSError as error:
        return f"cannot write {file}: {error.strerror}"
    return None


def _log_event(fields: Mapping[str, str]) -> None:
    print(
        json.dumps({"timestamp": _iso(datetime.now(UTC)), "level": "INFO", "event": EVENT, **fields}),
        file=sys.stderr,
        flush=True,
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
