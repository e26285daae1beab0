"""The audit trails of the platform and of an organization (contract, section 8)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.values import replace
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request, SealedPage
from controlplane.services.audit import DEFAULT_LIMIT, parse_query


def query_platform_audit(request: Request, services: Services) -> Any:
    """Return a page of the platform's trail."""
    return _query(request, services, trail=PLATFORM_ORG)


def query_audit(request: Request, services: Services) -> Any:
    """Return a page of the trail of the organization that the caller acts in."""
    return _query(request, services, trail=request.principal.org_id)


def _query(request: Request, services: Services, *, trail: str) -> Any:
    query = parse_query(request.query, trail=trail)
    page = services.audit.query(query, limit=request.limit(DEFAULT_LIMIT), after=request.after(query.scope))
    following = request.seal(page.next, query.scope)
    return SealedPage(replace(page, next=following), following)


handler = bind(query_platform_audit, query_audit)
