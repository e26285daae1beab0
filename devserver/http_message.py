"""A request as a value, and what can be wrong with the bytes that should have been one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec


class HttpRequest(msgspec.Struct, frozen=True, dict=True):
    """A request as it came: nothing decoded, no path normalised, header lines in their order."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    version: str
    source_ip: str

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case; None without one."""
        values = self._by_name.get(name.lower())
        return values[-1] if values else None

    def header_values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return self._by_name.get(name.lower(), [])

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants to send another request on this connection."""
        options = ",".join(self.header_values("connection")).lower()
        return "close" not in options and self.version == "HTTP/1.1"

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        values: dict[str, list[str]] = {}
        for name, value in self.headers:
            values.setdefault(name.lower(), []).append(value)
        return values


class UnreadableRequest(Exception):
    """The bytes on the connection are no request that can be served; the connection ends with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
