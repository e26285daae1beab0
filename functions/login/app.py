"""Everything that takes a password from its owner; alone, because bcrypt needs a whole processor."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request
from controlplane.gateway.sessions import session_opened


def login_user(request: Request, services: Services) -> Any:
    """Open a session for a tenant user."""
    session = services.logins.login_user(
        email=request.body.email, password=request.body.password, address=request.ip)
    return session_opened(request, session, secure=not services.settings.local)


def login_platform_user(request: Request, services: Services) -> Any:
    """Open a session for a platform user."""
    session = services.logins.login_platform_user(
        email=request.body.email, password=request.body.password, address=request.ip)
    return session_opened(request, session, secure=not services.settings.local)


def bootstrap_platform(request: Request, services: Services) -> Any:
    """Create the first platform user."""
    body = request.body
    return services.platform_bootstrap.bootstrap_platform(
        email=body.email, password=body.password, name=body.name, by=request.principal)


def change_password(request: Request, services: Services) -> Any:
    """Replace a tenant user's password."""
    return services.password_changes.change_password(
        request.path["user_id"], current=request.body.current_password, new=request.body.new_password,
        address=request.ip, by=request.principal)


handler = bind(login_user, login_platform_user, bootstrap_platform, change_password)
