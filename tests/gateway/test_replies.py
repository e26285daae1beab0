"""What every reply tells a browser (OWASP ASVS 5.0, V3.4, V14.3.2)."""

from __future__ import annotations

import pytest

from controlplane.gateway.replies import Reply

ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
    "X-Request-Id": "req-1",
}


@pytest.mark.parametrize(("reply", "typed"), [
    (Reply(200, {"id": "org_1"}), "application/json"), (Reply(500, {"error": "e"}), "application/json"),
    (Reply(204), None), (Reply(200, "text", {"Content-Type": "text/plain"}), "text/plain"),
])  # fmt: skip
def test_every_reply_says_how_it_may_be_used(reply: Reply, typed: str | None) -> None:
    """It is not kept, sniffed, framed or run, names no page that it came from, and is asked for over TLS only."""
    told = reply.to_gateway(request_id="req-1")["headers"]

    assert told == ALWAYS | ({"Content-Type": typed} if typed else {})
