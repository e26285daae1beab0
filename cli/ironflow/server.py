"""Which server a command talks to, and whether a credential may travel there in the clear."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ironflow.problems import Failure, Misuse

DEFAULT_SERVER = "http://localhost:9123"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """The address of an API; `base` is a path prefix without a trailing slash, usually empty."""

    scheme: str
    host: str
    port: int
    base: str = ""

    @property
    def url(self) -> str:
        """The one spelling of this address; credentials are filed under it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.base}"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent: TLS, or this very machine."""
        return self.scheme == "https" or _is_loopback(self.host)


def parse_server(text: str) -> Server:
    """Read an address such as `https://api.example.com`; raises Misuse for anything that is not one."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise _bad_address(text) from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not _is_plain(parts):
        raise _bad_address(text)
    return Server(parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))


def require_private(server: Server, *, insecure_allowed: bool) -> None:
    """Refuse to send a secret where others can read it, unless the user insists."""
    if not server.is_private and not insecure_allowed:
        raise Failure(
            f"refusing to send a credential to {server.url} in the clear",
            "Use an https:// address, or insist with --allow-insecure-http (IRONFLOW_ALLOW_INSECURE_HTTP=1).",
        )


def _is_plain(parts: SplitResult) -> bool:
    unwanted = parts.query or parts.fragment or parts.username or parts.password
    return not unwanted and parts.geturl().isascii() and parts.geturl().isprintable() and " " not in parts.geturl()


def _bad_address(text: str) -> Misuse:
    shown = text if "@" not in text else "the given text"  # it may hold a password
    hint = f"It looks like {DEFAULT_SERVER} (IRONFLOW_SERVER_URL, --server)."
    return Misuse(f"not a server address: {shown!a}", hint)


def _is_loopback(host: str) -> bool:
    import ipaddress

    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
