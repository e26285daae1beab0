"""API keys of tenants and of the platform (contract, section 3)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request
from controlplane.services.apikeys import KeyRequest


def list_keys(request: Request, services: Services) -> Any:
    """List keys, those of the platform with `?platform=true`."""
    platform, expiring = request.flag("platform"), request.query.get("expiring", "")
    page = services.keys.list_keys(
        platform=platform, expiring_within=expiring, limit=request.limit(),
        after=request.after(str(platform), expiring), by=request.principal,
    )
    return request.page(page, str(platform), expiring)


def create_key(request: Request, services: Services) -> Any:
    """Issue a key; the reply shows its value, this once."""
    return services.keys.create_key(KeyRequest.of(request.body), by=request.principal)


def get_key(request: Request, services: Services) -> Any:
    """Show one key."""
    return services.keys.get_key(request.path["key_id"], by=request.principal)


def delete_key(request: Request, services: Services) -> Any:
    """Revoke a key."""
    return services.keys.delete_key(request.path["key_id"], by=request.principal)


def rotate_key(request: Request, services: Services) -> Any:
    """Replace a key by a new one."""
    return services.keys.rotate_key(request.path["key_id"], by=request.principal)


def set_key_roles(request: Request, services: Services) -> Any:
    """Replace a key's roles."""
    return services.keys.set_key_roles(request.path["key_id"], request.body.role_ids, by=request.principal)


handler = bind(list_keys, create_key, get_key, delete_key, rotate_key, set_key_roles)
