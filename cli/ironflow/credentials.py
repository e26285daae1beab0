"""The stored login: one entry per server in a file that only its owner can read (contract, section 9)."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ironflow.problems import Failure, NotAuthenticated

FILE_NAME = "credentials.json"


@dataclass(frozen=True, slots=True)
class Login:
    """A token with what is known of it; `kind` is "platform" or "tenant", `user` as the API showed it."""

    token: str
    expires_at: str
    user: Mapping[str, Any]
    kind: str = "platform"

    def __repr__(self) -> str:
        """Show whose it is, never the token."""
        return f"Login({self.email}, {self.expires_at})"

    @property
    def email(self) -> str:
        """The user's address, for messages."""
        return str(self.user.get("email", ""))

    def has_expired(self, now: datetime) -> bool:
        """Whether the server would refuse it; an unreadable date is left for the server to judge."""
        try:
            return now >= datetime.fromisoformat(self.expires_at.replace("Z", "+00:00"))
        except (ValueError, TypeError):
            return False


class CredentialFile:
    """`credentials.json` in a directory of its own: 0600 in 0700, replaced in one step."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME

    def find(self, server_url: str) -> Login | None:
        """Return the login stored for a server; raises NotAuthenticated when the file is damaged."""
        entry = self._read().get(server_url)
        return _login(entry) if isinstance(entry, dict) else None

    def save(self, server_url: str, login: Login) -> None:
        """Store a login beside those of other servers."""
        try:
            entries = self._read()
        except NotAuthenticated:
            entries = {}  # a damaged file holds nothing worth keeping
        entry = {"token": login.token, "expires_at": login.expires_at, "user": dict(login.user), "kind": login.kind}
        self._write({**entries, server_url: entry})

    def remove(self, server_url: str) -> None:
        """Forget a server's login; the file goes with its last entry."""
        rest = {url: entry for url, entry in self._read().items() if url != server_url}
        if rest:
            self._write(rest)
        else:
            self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_bytes())["servers"]
            return dict(found)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotAuthenticated(f"cannot read {self.path}", "Delete it and log in again.") from error

    def _write(self, entries: Mapping[str, Any]) -> None:
        text = json.dumps({"servers": entries}, indent=2) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self.path, text.encode())
        except OSError as error:
            hint = "Set IRONFLOW_CONFIG_DIR to use another place."
            raise Failure(f"cannot write {self.path}: {error.strerror}", hint) from error


def config_directory(environ: Mapping[str, str]) -> Path:
    """Return where the login is kept: IRONFLOW_CONFIG_DIR, else `~/.config/ironflow`."""
    named = environ.get("IRONFLOW_CONFIG_DIR")
    return Path(named) if named else Path(environ.get("HOME") or Path.home()) / ".config" / "ironflow"


def _login(entry: Mapping[str, Any]) -> Login | None:
    token, user = entry.get("token"), entry.get("user")
    if not isinstance(token, str) or not token:
        return None
    known = user if isinstance(user, dict) else {}
    return Login(token, str(entry.get("expires_at", "")), known, str(entry.get("kind", "platform")))


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
