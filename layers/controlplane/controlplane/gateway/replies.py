"""Replies in API Gateway's shape, with the headers that every reply carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from controlplane.domain.values import dataclass, field

_ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # API Gateway serves TLS only; the development server, which has none, leaves this line out.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    # What is answered is data: a browser that shows it runs, loads, frames and sends nothing.
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply: `body` is JSON values, text (with its own Content-Type), or None for no body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()

    def to_gateway(self, *, request_id: str) -> dict[str, Any]:
        """Return the proxy result for a REST API."""
        headers = {**_ALWAYS, "X-Request-Id": request_id}
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        headers |= self.headers
        reply: dict[str, Any] = {"statusCode": self.status, "headers": headers, "body": self._text(),
                                 "isBase64Encoded": False}
        if self.cookies:
            reply["multiValueHeaders"] = {"Set-Cookie": list(self.cookies)}
        return reply

    def _text(self) -> str:
        if self.body is None:
            return ""
        if isinstance(self.body, str):
            return self.body
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
