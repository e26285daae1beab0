"""Tenants as the platform and the operator see them (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request


def list_tenants(request: Request, services: Services) -> Any:
    """List all tenants."""
    page = services.organizations.list_tenants(limit=request.limit(), after=request.after())
    return request.page(page)


def create_tenant(request: Request, services: Services) -> Any:
    """Provision a tenant."""
    return services.organizations.create_tenant(request.body.name, by=request.principal)


def get_tenant(request: Request, services: Services) -> Any:
    """Show a tenant."""
    return services.organizations.get_tenant(request.path["tenant_id"])


def update_tenant(request: Request, services: Services) -> Any:
    """Rename, suspend or resume a tenant."""
    return services.organizations.update_tenant(
        request.path["tenant_id"], name=request.body.name, suspended=request.body.suspended, by=request.principal,
    )


def delete_tenant(request: Request, services: Services) -> Any:
    """Delete a tenant."""
    services.organizations.delete_tenant(request.path["tenant_id"], by=request.principal)
    services.cleaning.clean_for_now()


def create_platform_org(request: Request, services: Services) -> Any:
    """Create an organization with nothing in it."""
    return services.organizations.create_bare(request.body.name, by=request.principal)


def list_tenants_as_operator(request: Request, services: Services) -> Any:
    """List tenants with their counts."""
    page = services.provisioning.list_tenants_as_operator(limit=request.limit(), after=request.after())
    return request.page(page)


def provision_tenant(request: Request, services: Services) -> Any:
    """Create a tenant with an environment and an admin key."""
    body = request.body
    return services.provisioning.provision_tenant(body.org_name, body.env_name, by=request.principal)


handler = bind(
    list_tenants,
    create_tenant,
    get_tenant,
    update_tenant,
    delete_tenant,
    create_platform_org,
    list_tenants_as_operator,
    provision_tenant,
)
