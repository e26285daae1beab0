"""The shapes of key values: what is kept of them, and what is shown (contract, section 3)."""

from __future__ import annotations

from controlplane.domain.digests import sha256

_SHOWN_DIGITS = 8
_LONGEST_PATH = 1000
_STARTS = ("ifkey_", "ifplatform_")


def hash_of(value: str) -> str:
    """Return the SHA-256 of a key's value in hex, the only form in which it is stored."""
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def display_prefix(value: str) -> str:
    """Return a key's prefix and its first eight hex digits."""
    start, _, digits = value.partition("_")
    return f"{start}_{digits[:_SHOWN_DIGITS]}"


def without_values(path: str) -> str:
    """Return a path's first 1,000 characters; a key's value, put there for its id by mistake, is its display prefix."""
    if "/if" in path:
        path = "/".join([display_prefix(part) if part.startswith(_STARTS) else part for part in path.split("/")])
    return path[:_LONGEST_PATH]
