"""The system itself, and every path that is not served (contract, section 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.errors import NotFound
from controlplane.gateway.binder import bind
from controlplane.gateway.figures import CONTENT_TYPE, figures
from controlplane.gateway.replies import Reply
from controlplane.gateway.request import Request


def get_health(_request: Request, services: Services) -> Any:
    """Tell whether the process is alive."""
    return services.system.health()


def get_ready(_request: Request, services: Services) -> Any:
    """Tell whether requests can be served."""
    return services.system.ready()


def get_metrics(_request: Request, _services: Services) -> Any:
    """Show the figures of this process."""
    return Reply(200, figures().text(), headers={"Content-Type": CONTENT_TYPE})


def get_capabilities(_request: Request, services: Services) -> Any:
    """Tell what this server can do."""
    return services.system.capabilities()


def get_openapi(_request: Request, _services: Services) -> Any:
    """Show the OpenAPI document."""
    from controlplane.api.openapi import document

    return document()


def unknown_path(_request: Request, _services: Services) -> Any:
    """Answer what is not served."""
    raise NotFound("not found")


handler = bind(get_health, get_ready, get_metrics, get_capabilities, get_openapi, unknown_path)
