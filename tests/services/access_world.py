"""A tenant with roles, policies and keys, as tests of access speak of it."""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.bootstrap import Services
from controlplane.domain.coverage import allowed_actions
from controlplane.domain.policy_text import PolicyText
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Organization, Policy, Role
from controlplane.domain.roles import ADMIN
from controlplane.services.apikeys import KeyRequest
from tests.services.conftest import START, TENANT, key_of

ROOT = key_of(TENANT, ADMIN, id="ak_root")
OFFICE = 'request.ip == "10.0.0.1"'


def found_tenant(services: Services) -> None:
    """Create the tenant without anything in it."""
    transaction = services.store.transaction()
    transaction.create(Organization(id=TENANT, name="tenant", created_at=START, updated_at=START))
    transaction.commit()


def text(actions: str, *, effect: str = "allow", resources: str = "*", condition: str = "") -> PolicyText:
    """Return the text of a policy."""
    return PolicyText(name=f"{effect} {actions}", effect=effect, actions=actions, resources=resources,
                      condition=condition)


def write(services: Services, actions: str, *, by: Principal = ROOT, **other: str) -> Policy:
    """Create a policy."""
    return services.policies.create_policy(text(actions, **other), by=by)


def role_with(services: Services, name: str, *policies: Policy, by: Principal = ROOT) -> Role:
    """Create a role that holds the policies."""
    return services.roles.create_role(name, [policy.id for policy in policies], by=by)


def key_with(services: Services, *role_ids: str, by: Principal = ROOT) -> ApiKey:
    """Create a key with the roles."""
    return services.keys.create_key(KeyRequest(name="key", role_ids=role_ids), by=by).key


def may(services: Services, role_ids: Sequence[str], action: str, *, org_id: str = TENANT) -> bool:
    """Tell whether the roles allow the action somewhere, by what is stored now."""
    return action in allowed_actions(services.authority.grants_of_roles(org_id, role_ids), actions=(action,))
