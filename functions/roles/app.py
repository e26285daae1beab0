"""Roles of tenants and of the platform, and the policies that they hold (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request, SealedPage


def list_roles(request: Request, services: Services) -> Any:
    """List roles, built-in ones first, with their numbers of keys and policies."""
    page = services.role_reader.list_roles_in_use(limit=request.limit(), after=request.after(), by=request.principal)
    return request.page(page)


def create_role(request: Request, services: Services) -> Any:
    """Create a custom role."""
    return services.roles.create_role(request.body.name, request.body.policy_ids or (), by=request.principal)


def get_role(request: Request, services: Services) -> Any:
    """Show a role."""
    return services.role_reader.get_role(request.path["role_id"], by=request.principal)


def update_role(request: Request, services: Services) -> Any:
    """Rename a role, replace its policies, or both."""
    return services.roles.update_role(
        request.path["role_id"], name=request.body.name, policy_ids=request.body.policy_ids, by=request.principal,
    )


def delete_role(request: Request, services: Services) -> Any:
    """Delete a role."""
    return services.roles.delete_role(request.path["role_id"], by=request.principal)


def list_role_policies(request: Request, services: Services) -> Any:
    """List the policies of a role."""
    held = services.role_reader.list_role_policies(
        request.path["role_id"], limit=request.limit(), after=request.after(), by=request.principal)
    return SealedPage(held, request.seal(held.next))


def attach_policy(request: Request, services: Services) -> Any:
    """Attach a policy to a role."""
    return services.roles.attach_policy(request.path["role_id"], request.body.policy_id, by=request.principal)


def detach_policy(request: Request, services: Services) -> Any:
    """Detach a policy from a role."""
    policy_id = request.path["policy_id"]
    return services.roles.detach_policy(request.path["role_id"], policy_id, by=request.principal)


def list_platform_roles(request: Request, services: Services) -> Any:
    """List the platform's roles, built-in ones first."""
    page = services.role_reader.list_roles(limit=request.limit(), after=request.after(), by=request.principal)
    return request.page(page)


def create_platform_role(request: Request, services: Services) -> Any:
    """Create a custom role of the platform."""
    return create_role(request, services)


def get_platform_role(request: Request, services: Services) -> Any:
    """Show a role of the platform."""
    return get_role(request, services)


def update_platform_role(request: Request, services: Services) -> Any:
    """Rename a role of the platform, replace its policies, or both."""
    return update_role(request, services)


def delete_platform_role(request: Request, services: Services) -> Any:
    """Delete a role of the platform."""
    return delete_role(request, services)


handler = bind(
    list_roles, create_role, get_role, update_role, delete_role, list_role_policies, attach_policy, detach_policy,
    list_platform_roles, create_platform_role, get_platform_role, update_platform_role, delete_platform_role,
)
