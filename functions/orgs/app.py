"""An organization as its own members see it (contract, section 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.errors import PermissionDenied
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request


def list_orgs(request: Request, services: Services) -> Any:
    """List the caller's organization."""
    return request.only_page(services.organizations.list_own(by=request.principal))


def create_org(_request: Request, _services: Services) -> Any:
    """Never reached: the authorizer refuses it for everybody."""
    raise PermissionDenied("platform credential required")


def get_org(request: Request, services: Services) -> Any:
    """Show the caller's organization."""
    return services.organizations.get_own(request.path["org_id"], by=request.principal)


def update_org(request: Request, services: Services) -> Any:
    """Rename the caller's organization."""
    return services.organizations.rename_own(request.path["org_id"], name=request.body.name, by=request.principal)


def delete_org(request: Request, services: Services) -> Any:
    """Delete the caller's organization."""
    services.organizations.delete_own(request.path["org_id"], by=request.principal)
    services.cleaning.clean_for_now()


handler = bind(list_orgs, create_org, get_org, update_org, delete_org)
