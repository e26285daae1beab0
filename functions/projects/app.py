"""Projects (contract, section 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request


def list_projects(request: Request, services: Services) -> Any:
    """List projects."""
    page = services.projects.list_projects(limit=request.limit(), after=request.after(), by=request.principal)
    return request.page(page)


def create_project(request: Request, services: Services) -> Any:
    """Create a project."""
    return services.projects.create_project(request.body.name, request.body.description, by=request.principal)


def update_project(request: Request, services: Services) -> Any:
    """Change a project."""
    return services.projects.update_project(
        request.path["project_id"], name=request.body.name, description=request.body.description,
        by=request.principal,
    )


def delete_project(request: Request, services: Services) -> Any:
    """Delete a project and its environments."""
    deleted = services.projects.delete_project(request.path["project_id"], by=request.principal)
    services.cleaning.clean_for_now()
    return deleted


handler = bind(list_projects, create_project, update_project, delete_project)
