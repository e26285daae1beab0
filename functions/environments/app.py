"""Environments, and their alias `/envs` (contract, section 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request


def list_environments(request: Request, services: Services) -> Any:
    """List environments."""
    page = services.environments.list_environments(
        limit=request.limit(), after=request.after(), by=request.principal)
    return request.page(page)


def create_environment(request: Request, services: Services) -> Any:
    """Create an environment."""
    body = request.body
    return services.environments.create_environment(
        body.name, project_id=body.project_id, color=body.color, by=request.principal,
    )


def update_environment(request: Request, services: Services) -> Any:
    """Rename or recolour an environment."""
    return services.environments.update_environment(
        request.path["env_id"], name=request.body.name, color=request.body.color, by=request.principal,
    )


def delete_environment(request: Request, services: Services) -> Any:
    """Delete an environment and its keys."""
    services.environments.delete_environment(request.path["env_id"], by=request.principal)
    services.cleaning.clean_for_now()


handler = bind(
    list_environments, create_environment, update_environment, delete_environment,
    aliases={f"{operation}_alias": operation for operation in (
        "list_environments", "create_environment", "update_environment", "delete_environment")},
)
