"""Replies without what differs from one run to the next; what the scene fixed stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.events.fixed import START

# Ids of the scene are counted in decimal digits, so they start with many zeros; new ones do not.
_NEW = (
    (re.compile(r"\bsess_[0-9a-f]{32}|\b(?:[a-z]+)_(?!0{20})[0-9a-f]{32}\b(?!\.)"), "<new>"),
    (re.compile(r"\bak_(?!0{8})[0-9a-f]{8}-[0-9a-f-]{27}\b"), "<new key id>"),
    (re.compile(r"\b(ifkey|ifplatform)_(?!0{5})[0-9a-f]{8}\b"), r"<new \1 prefix>"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "<token>"),
    (re.compile(r"\b(?!0{15})[0-7][0-9A-HJKMNP-TV-Z]{25}\b"), "<new event id>"),
    (re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<now>"),
)
_NAMED = {"next_cursor": "<cursor>", "version": "<release>"}
_KEPT_TIME = "2024-01-01T0"
_LATEST_NUMBER = START + 1_000


def expected_of(reply: Any, *, operation: str) -> dict[str, Any]:
    """Return what is stored beside an event: status and body of a reply, or the whole answer of an authorizer."""
    if "statusCode" not in reply:
        return {"answer": _steady(reply)}
    return {"status": reply["statusCode"], "body": _body(reply, operation=operation)}


def _body(reply: Mapping[str, Any], *, operation: str) -> Any:
    text = reply.get("body") or ""
    if operation == "get_metrics":  # the figures of whatever ran before in this process
        return "<figures>"
    body: Any = json.loads(text) if text else None
    if operation == "get_openapi":  # derived from the route table, and held to it elsewhere
        return {"openapi": body["openapi"]}
    return _steady(body)


def _steady(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _steady(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_steady(member, name) for member in value]
    if isinstance(value, str):
        return _NAMED[name] if name in _NAMED and value else _steady_text(value)
    if type(value) in (int, float) and value > _LATEST_NUMBER:
        return "<now>"
    return value


def _steady_text(text: str) -> str:
    if text.startswith(_KEPT_TIME):
        return text
    for pattern, word in _NEW:
        text = pattern.sub(word, text)
    return text
