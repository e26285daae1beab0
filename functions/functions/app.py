"""The function registry (contract, section 5)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request


def list_functions(request: Request, services: Services) -> Any:
    """List registered functions."""
    page = services.functions.list_functions(
        limit=request.limit(), after=request.after(), by=request.principal, asked=request.asked,
    )
    return request.page(page)


def register_function(request: Request, services: Services) -> Any:
    """Register a function."""
    body = request.body
    return services.functions.register_function(
        body.name, description=body.description, endpoint_url=body.endpoint_url, by=request.principal,
    )


def get_function(request: Request, services: Services) -> Any:
    """Show a function."""
    return services.functions.get_function(request.path["function_id"], by=request.principal, asked=request.asked)


def delete_function(request: Request, services: Services) -> Any:
    """Remove a function."""
    services.functions.delete_function(request.path["function_id"], by=request.principal, asked=request.asked)


handler = bind(list_functions, register_function, get_function, delete_function)
