"""The cookie of a session, and where a login comes from (contract, section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.api.routes import BY_OPERATION
from controlplane.domain.records import User
from controlplane.gateway.request import Request
from controlplane.gateway.sessions import session_closed, session_opened
from controlplane.services.cursors import Cursors
from controlplane.services.logins import Session

USER = User(id="puser_1", org_id="org_platform", email="a@example.com", name="A", password_hash="$2b$04$secret",
            role_ids=("role_platform_admin",), created_at=0, updated_at=0)  # fmt: skip
SESSION = Session(token="aaa.bbb.ccc", expires_at=1_790_000_000, user=USER, role_names=("platform_admin",))


def _request(operation: str, **event: Any) -> Request:
    return Request(route=BY_OPERATION[operation], path={}, query={}, body=None, caller=None,
                   event={"requestContext": {}} | event, cursors=Cursors(lambda: b"key"))


@pytest.mark.parametrize("operation", ["login_platform_user", "login_user"])
def test_a_login_sets_the_cookie(operation: str) -> None:
    """No script reads the cookie, no other site sends it, and it lives as long as its token."""
    reply = session_opened(_request(operation), SESSION, secure=False)

    assert ("ironflow_dashboard_token=aaa.bbb.ccc; HttpOnly; Path=/; SameSite=Strict; Max-Age=86400",) == reply.cookies
    assert 200 == reply.status
    assert {
        "token": "aaa.bbb.ccc", "expires_at": "2026-09-21T14:13:20Z",
        "user": {"id": "puser_1", "email": "a@example.com", "name": "A", "roles": ["platform_admin"]},
    } == reply.body  # fmt: skip


def test_a_logout_clears_the_cookie() -> None:
    """A browser forgets the token at once."""
    reply = session_closed(_request("logout_platform_user"), secure=False)

    assert (204, None) == (reply.status, reply.body)
    assert ("ironflow_dashboard_token=; HttpOnly; Path=/; SameSite=Strict; Max-Age=0",) == reply.cookies


def test_the_cookie_stays_off_plain_http() -> None:
    """Outside of local development no connection that can be read carries the token."""
    opened = session_opened(_request("login_platform_user"), SESSION, secure=True)
    closed = session_closed(_request("logout_platform_user"), secure=True)

    assert all(cookie.endswith("; Secure") for cookie in (*opened.cookies, *closed.cookies))


def test_a_login_comes_from_where_the_gateway_saw_it() -> None:
    """No header pretends another address, so nobody escapes the limit of their own."""
    request = _request(
        "login_platform_user", headers={"X-Forwarded-For": "203.0.113.9"},
        requestContext={"identity": {"sourceIp": "192.0.2.1"}})

    assert "192.0.2.1" == request.ip
    assert "" == _request("login_platform_user").ip
