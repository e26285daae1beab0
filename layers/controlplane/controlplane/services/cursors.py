"""Cursors: where a list goes on, sealed so that they cannot be altered or used elsewhere (contract, section 8)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Malformed
from collections.abc import Callable

from controlplane.domain.digests import compare_digest, hmac_sha256
from controlplane.domain.errors import InvalidArgument

_SEAL_BYTES = 16
_LONGEST = 1024


class Cursors:
    """Seals positions with a key that only the servers have; `scope` names the list, its owner and its filters."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def seal(self, position: str, *, scope: str) -> str:
        """Return a cursor for a position, or an empty string at a list's end."""
        if not position:
            return ""
        raw = position.encode()
        return urlsafe_b64encode(self._seal_of(raw, scope) + raw).decode().rstrip("=")

    def open(self, cursor: str, *, scope: str) -> str:
        """Return the position; raise InvalidArgument for a cursor that is altered, foreign or of another list."""
        if not cursor:
            return ""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            sealed = urlsafe_b64decode(padded) if len(cursor) <= _LONGEST else b""
        except (Malformed, UnicodeEncodeError):
            sealed = b""
        seal, raw = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        canonical = urlsafe_b64encode(sealed).decode().rstrip("=") == cursor
        if not raw or not canonical or not compare_digest(seal, self._seal_of(raw, scope)):
            raise InvalidArgument("invalid cursor")
        return raw.decode()

    def _seal_of(self, raw: bytes, scope: str) -> bytes:
        """Seal position and scope; a scope is any text, and its length says where it ends and the position begins."""
        named = scope.encode("utf-8", "surrogatepass")
        return hmac_sha256(self._key(), b"cursor\x00%d\x00%b%b" % (len(named), named, raw))[:_SEAL_BYTES]
