"""Turn what a function returned into a reply, by the rules of a proxy integration."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from devserver.events import is_binary
from devserver.gateway_responses import Refusal
from devserver.http_reply import Reply

_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN = frozenset({"content-length", "connection", "transfer-encoding", "keep-alive", "upgrade", "trailer", "te"})
_REMAPPED = frozenset({"authorization", "content-md5", "date", "host", "server", "user-agent", "www-authenticate"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_STATUS = re.compile(r"[2-5][0-9]{2}")


def read_proxy_reply(value: Any, *, accept: str | None, binary_media_types: frozenset[str]) -> Reply:
    """Return the reply that a function describes.

    Raises Refusal MALFORMED_PROXY_RESPONSE for anything but the documented shape, as API Gateway does.
    """
    if not isinstance(value, Mapping) or not _KEYS.issuperset(value):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    headers = [_header(name, item) for name, item in _lines(value) if item is not None and name.lower() not in _OWN]
    if "content-type" not in [name.lower() for name, _ in headers]:
        headers.append(("Content-Type", "application/json"))
    body = _body(value, is_binary((accept or "").split(",")[0], binary_media_types))
    return Reply(_status(value.get("statusCode")), tuple(headers), body)


def _status(value: Any) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _STATUS.fullmatch(text):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    return int(text)


def _lines(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return header lines as they stand: the multi-value ones, and the single ones that add something to them."""
    single, multiple = value.get("headers") or {}, value.get("multiValueHeaders") or {}
    if not isinstance(single, Mapping) or not isinstance(multiple, Mapping):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    if not multiple:
        return single.items()
    lines = [(name, item) for name, values in multiple.items() for item in _listed(values)]
    seen = {(name.lower(), str(item)) for name, item in lines}
    return lines + [(name, item) for name, item in single.items() if (name.lower(), str(item)) not in seen]


def _listed(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    return values


def _header(name: str, item: Any) -> tuple[str, str]:
    text = item if isinstance(item, str) else str(item).lower() if isinstance(item, bool) else str(item)
    if not isinstance(item, (str, int, float)) or (not text.isprintable() and _CONTROL.search(text)):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    return _name(name), text


@lru_cache(maxsize=1000)
def _name(name: str) -> str:
    """Return what a header is called outside; functions use few names, again and again."""
    if not _NAME.fullmatch(name):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _body(value: Mapping[str, Any], wants_binary: bool) -> bytes:
    body, encoded = value.get("body"), value.get("isBase64Encoded", False)
    if body is None:
        return b""
    if not isinstance(body, str) or not isinstance(encoded, bool):
        raise Refusal("MALFORMED_PROXY_RESPONSE")
    if not (encoded and wants_binary):
        return body.encode("utf-8", errors="replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("MALFORMED_PROXY_RESPONSE") from None
