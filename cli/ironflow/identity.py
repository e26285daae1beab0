"""With which credential a command speaks, and what would mend a missing one (contract, section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ironflow.credentials import CredentialFile, Login
from ironflow.problems import Misuse, NotAuthenticated

API_KEY = "IRONFLOW_API_KEY"
PLATFORM_KEY_PREFIX = "ifplatform_"
_LOG_IN = {
    "platform": "ironflow platform login --email {email}",
    "tenant": "ironflow login --email {email}",
}


class Prefer(Enum):
    """Which credential a command takes first."""

    KEY = "the key, else the login"
    LOGIN = "the login, else the key"
    KEY_ONLY = "the key, nothing else"
    NOTHING = "no credential at all"


@dataclass(frozen=True, slots=True)
class Credential:
    """What is sent as the bearer; `login` is None for an API key."""

    value: str
    login: Login | None = None

    def __repr__(self) -> str:
        """Show the kind, never the value."""
        return f"Credential({'login' if self.login else API_KEY})"

    @property
    def is_platform(self) -> bool:
        """Whether it looks like the platform's: a guess by the key's prefix, good enough for hints and headers."""
        return self.login.kind == "platform" if self.login else self.value.startswith(PLATFORM_KEY_PREFIX)

    @property
    def mend(self) -> str:
        """What to do when the server does not accept it."""
        return f"Log in again: {login_command(self.login)}" if self.login else f"Check the key in {API_KEY}."


def choose_credential(
    prefer: Prefer, *, environ: Mapping[str, str], file: CredentialFile, server_url: str, now: datetime
) -> Credential | None:
    """Return the credential a command sends; raises NotAuthenticated with the way out when there is none."""
    if prefer is Prefer.NOTHING:
        return None
    key = _key(environ)
    if key and prefer in (Prefer.KEY, Prefer.KEY_ONLY):
        return key
    if prefer is Prefer.KEY_ONLY:
        raise NotAuthenticated(
            "authentication required",
            f"Set {API_KEY} to a key of the operator's admin, such as the"
            " one in .ironflow_bootstrap_key.json; a login does not do here.",
        )
    login = file.find(server_url)
    if login and not login.has_expired(now) and (login.kind == "platform" or not key):
        return Credential(login.token, login)
    return key or _none(login, server_url, prefer)


def login_command(login: Login | None) -> str:
    """Spell the command that renews a login, or makes a first one."""
    command = _LOG_IN.get(login.kind if login else "platform", _LOG_IN["platform"])
    return command.format(email=login.email if login and login.email else "EMAIL")


def _key(environ: Mapping[str, str]) -> Credential | None:
    value = environ.get(API_KEY, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise Misuse(f"{API_KEY} holds characters that no key has")
    return Credential(value)


def _none(expired: Login | None, server_url: str, prefer: Prefer) -> Credential:
    if expired:
        raise NotAuthenticated(
            f"your login expired at {expired.expires_at}", f"Log in again: {login_command(expired)}, or set {API_KEY}."
        )
    own = "ironflow login --email EMAIL, or " if prefer is Prefer.KEY else ""
    raise NotAuthenticated(
        f"authentication required: no credential for {server_url}",
        f"Set {API_KEY}, or log in: {own}{login_command(None)}",
    )
