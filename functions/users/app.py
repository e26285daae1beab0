"""Platform users and tenant users (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request
from controlplane.services.platform_users import PlatformUserChanges


def list_platform_users(request: Request, services: Services) -> Any:
    """List platform users."""
    return request.page(services.platform_users.list_platform_users(limit=request.limit(), after=request.after()))


def create_platform_user(request: Request, services: Services) -> Any:
    """Create a platform user."""
    body = request.body
    return services.platform_users.create_platform_user(
        email=body.email, password=body.password, name=body.name, role_ids=body.role_ids, by=request.principal)


def get_platform_user(request: Request, services: Services) -> Any:
    """Show a platform user."""
    return services.platform_users.get_platform_user(request.path["user_id"])


def update_platform_user(request: Request, services: Services) -> Any:
    """Change a platform user."""
    return services.platform_users.update_platform_user(
        request.path["user_id"], PlatformUserChanges.of(request.body), by=request.principal)


def delete_platform_user(request: Request, services: Services) -> Any:
    """Delete a platform user."""
    return services.platform_users.delete_platform_user(request.path["user_id"], by=request.principal)


def list_users(request: Request, services: Services) -> Any:
    """List the organization's users."""
    return request.page(services.users.list_users(
        limit=request.limit(), after=request.after(), by=request.principal))


def create_user(request: Request, services: Services) -> Any:
    """Create a user of the organization."""
    body = request.body
    return services.users.create_user(
        email=body.email, password=body.password, name=body.name, roles=body.roles, by=request.principal)


def get_user(request: Request, services: Services) -> Any:
    """Show a user of the organization."""
    return services.users.get_user(request.path["user_id"], by=request.principal)


def update_user(request: Request, services: Services) -> Any:
    """Change a user of the organization."""
    body = request.body
    return services.users.update_user(
        request.path["user_id"], name=body.name, email=body.email, roles=body.roles, by=request.principal)


def delete_user(request: Request, services: Services) -> Any:
    """Delete a user of the organization."""
    return services.users.delete_user(request.path["user_id"], by=request.principal)


handler = bind(
    list_platform_users, create_platform_user, get_platform_user, update_platform_user, delete_platform_user,
    list_users, create_user, get_user, update_user, delete_user,
)
