"""Sessions at the edge: the cookie that carries a session's token (contract, section 4)."""

from __future__ import annotations

from controlplane.api.views import render
from controlplane.domain.names import COOKIE
from controlplane.gateway.replies import Reply
from controlplane.gateway.request import Request
from controlplane.services.logins import SESSION_SECONDS, Session


def session_opened(request: Request, session: Session, *, secure: bool) -> Reply:
    """Return a login's reply, with the cookie; `secure` keeps it off plain HTTP."""
    cookie = _cookie(session.token, seconds=SESSION_SECONDS, secure=secure)
    return Reply(request.route.success, render(request.route.reply, session), cookies=(cookie,))


def session_closed(request: Request, *, secure: bool) -> Reply:
    """Return a logout's reply, which clears the cookie."""
    return Reply(request.route.success, cookies=(_cookie("", seconds=0, secure=secure),))


def _cookie(value: str, *, seconds: int, secure: bool) -> str:
    attributes = f"{COOKIE}={value}; HttpOnly; Path=/; SameSite=Strict; Max-Age={seconds}"
    return f"{attributes}; Secure" if secure else attributes
