"""Policies with their versions, and the decisions that they lead to (contract, sections 4 to 6)."""

from __future__ import annotations

from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.policy_text import PolicyText
from controlplane.gateway.binder import bind
from controlplane.gateway.request import Request
from controlplane.services.dry_run import Trial
from controlplane.services.explain import Inquiry
from controlplane.services.policies import PolicyChanges


def list_policies(request: Request, services: Services) -> Any:
    """List policies."""
    page = services.policies.list_policies(limit=request.limit(), after=request.after(), by=request.principal)
    return request.page(page)


def create_policy(request: Request, services: Services) -> Any:
    """Create a policy."""
    return services.policies.create_policy(PolicyText.of(request.body), by=request.principal)


def get_policy(request: Request, services: Services) -> Any:
    """Show a policy."""
    return services.policies.get_policy(request.path["policy_id"], by=request.principal)


def update_policy(request: Request, services: Services) -> Any:
    """Change a policy."""
    changes = PolicyChanges.of(request.body)
    return services.policies.update_policy(request.path["policy_id"], changes, by=request.principal)


def delete_policy(request: Request, services: Services) -> Any:
    """Delete a policy that no role holds."""
    return services.policies.delete_policy(request.path["policy_id"], by=request.principal)


def dry_run_policy(request: Request, services: Services) -> Any:
    """Try a condition on a request that was made up."""
    return services.dry_run.dry_run_policy(Trial.of(request.body), by=request.principal)


def explain_decision(request: Request, services: Services) -> Any:
    """Explain what a key or user may do."""
    return services.explain.explain_decision(Inquiry.of(request.body), by=request.principal)


def list_policy_versions(request: Request, services: Services) -> Any:
    """List the versions of a policy, newest first."""
    limit, after, policy_id = request.limit(), request.after(), request.path["policy_id"]
    page = services.policies.list_policy_versions(policy_id, limit=limit, after=after, by=request.principal)
    return request.page(page)


def rollback_policy(request: Request, services: Services) -> Any:
    """Save an old version of a policy as its newest."""
    return services.policies.rollback_policy(request.path["policy_id"], request.path["version"], by=request.principal)


def list_platform_policies(request: Request, services: Services) -> Any:
    """List the platform's policies."""
    return list_policies(request, services)


def create_platform_policy(request: Request, services: Services) -> Any:
    """Create a policy of the platform."""
    return create_policy(request, services)


def get_platform_policy(request: Request, services: Services) -> Any:
    """Show a policy of the platform."""
    return get_policy(request, services)


def update_platform_policy(request: Request, services: Services) -> Any:
    """Change a policy of the platform."""
    return update_policy(request, services)


def delete_platform_policy(request: Request, services: Services) -> Any:
    """Delete a policy of the platform that no role holds."""
    return delete_policy(request, services)


def explain_platform_decision(request: Request, services: Services) -> Any:
    """Explain what a platform key or user may do."""
    return explain_decision(request, services)


handler = bind(
    list_policies, create_policy, get_policy, update_policy, delete_policy, dry_run_policy, explain_decision,
    list_policy_versions, rollback_policy, list_platform_policies, create_platform_policy, get_platform_policy,
    update_platform_policy, delete_platform_policy, explain_platform_decision,
)
