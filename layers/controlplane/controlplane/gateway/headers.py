"""A request's headers as API Gateway hands them over: names in any case, values in any number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def header_values(event: Mapping[str, Any], name: str) -> list[str]:
    """Return every value of a header; `name` is in lower case."""
    headers = event.get("multiValueHeaders") or {}
    return [value for written, values in headers.items() if written.lower() == name for value in values]
