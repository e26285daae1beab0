"""Whom a credential belongs to, and the end of a session (contract, sections 4 and 5)."""

from __future__ import annotations

from functools import cache
from typing import Any

from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.bootstrap import Services
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request
from controlplane.gateway.sessions import session_closed
from controlplane.settings import Settings


@cache
def _authorizer(settings: Settings) -> Authorizer:
    """Put the authorizer together once per environment."""
    return Authorizer(authorizer_parts(settings))


def validate_credential(request: Request, services: Services) -> Any:
    """Say whom the request's credential belongs to."""
    return _authorizer(services.settings).identify(request.event)


def logout_platform_user(request: Request, services: Services) -> Any:
    """End the caller's session."""
    services.logins.logout(by=request.principal)
    return session_closed(request, secure=not services.settings.local)


handler = bind(validate_credential, logout_platform_user)
