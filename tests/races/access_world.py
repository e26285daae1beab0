"""A tenant on a real engine, whose roles and policies processes change at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.errors import Problem
from controlplane.domain.policy_text import PolicyText, saved_grant
from controlplane.domain.principal import Principal
from controlplane.domain.records import Organization, Policy, Role
from controlplane.domain.roles import ADMIN

TENANT = "org_tenant"
ROOT = Principal(type="api_key", id="ak_root", home_org_id=TENANT, org_id=TENANT, role_ids=(ADMIN,))


def found_tenant(services: Services) -> None:
    """Create the tenant without anything in it."""
    transaction = services.store.transaction()
    transaction.create(Organization(id=TENANT, name="tenant", created_at=1, updated_at=1))
    transaction.commit()


def write(services: Services, actions: str = "apikeys:read", *, effect: str = "allow") -> Policy:
    """Create a policy."""
    text = PolicyText(name=actions, effect=effect, actions=actions, resources="*")
    return services.policies.create_policy(text, by=ROOT)


def refusals(answers: Sequence[Any]) -> list[Problem]:
    """Return the attempts that were refused."""
    return [answer for answer in answers if isinstance(answer, Problem)]


def check_agreement(services: Services) -> None:
    """Fail unless roles and policies say the same of each other, down to the last text."""
    roles: Sequence[Role] = services.store.roles_of_org(TENANT).items
    policies = {policy.id: policy for policy in services.store.policies_of_org(TENANT).items}

    assert {(role.id, policy_id) for role in roles for policy_id in role.policy_ids} == {
        (role_id, policy.id) for policy in policies.values() for role_id in policy.role_ids}
    for role in roles:
        assert [saved_grant(policies[policy_id]) for policy_id in role.policy_ids] == list(role.grants)
