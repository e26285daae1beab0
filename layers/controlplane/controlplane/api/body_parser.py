"""One JSON object in, strictly: what is not plain, bounded JSON in UTF-8 is refused (contract, section 1)."""

from __future__ import annotations

import json
import math
from typing import Any

from controlplane.domain.errors import InvalidArgument, TooLarge

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
_BOM = b"\xef\xbb\xbf"


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the object that a request's body holds; an empty body is an empty object.

    Raises TooLarge beyond 1 MB, and InvalidArgument for another encoding, a byte order mark, duplicate keys, NaN or
    infinite numbers, nesting deeper than 32, control characters, lone surrogates, or anything but an object.
    """
    if len(raw) > MAX_BYTES:
        raise TooLarge("request body exceeds 1 MB")
    if not raw.strip():
        return {}
    text = _decode(raw)
    _check_depth(text)
    try:
        parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except InvalidArgument:
        raise
    except ValueError:
        raise InvalidArgument("request body is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise InvalidArgument("request body must be a JSON object")
    return parsed


def _decode(raw: bytes) -> str:
    if raw.startswith(_BOM):
        raise InvalidArgument("request body must not start with a byte order mark")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidArgument("request body must be UTF-8") from None


def _check_depth(text: str) -> None:
    """Measure nesting outside of strings before the parser recurses."""
    depth, in_string, escaped = 0, False, False
    for sign in text:
        if in_string:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                in_string = False
        elif sign == '"':
            in_string = True
        elif sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidArgument(f"request body is nested deeper than {MAX_DEPTH}")
        elif sign in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidArgument("request body repeats a key")
    return members


def _no_constant(name: str) -> Any:
    raise InvalidArgument(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidArgument("a number in the request body is too large")
    return number
