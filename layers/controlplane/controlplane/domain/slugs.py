"""Slugs: the names of environments, which stand in URLs and headers (contract, sections 1 and 5)."""

from __future__ import annotations

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.names import OWN_ENVIRONMENT

_LONGEST = 63
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def check_slug(text: str, *, field: str = "name") -> None:
    """Raise InvalidArgument unless the text is 1 to 63 of `a-z`, `0-9` and `-`, with no hyphen at either end.

    A request that names `current` means the caller's own environment: one called so could never be named.
    """
    if not text or len(text) > _LONGEST or not set(text) <= _LETTERS or text[0] == "-" or text[-1] == "-":
        raise InvalidArgument(f"{field} must be a slug: lower-case letters, digits and hyphens, at most {_LONGEST}")
    if text == OWN_ENVIRONMENT:
        raise InvalidArgument(f"{field} must not be {text}: it names the caller's own environment")
