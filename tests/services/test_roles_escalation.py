"""Attacks by way of roles and policies: nobody ends up with more than the attacker had (contract, section 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import PermissionDenied
from controlplane.domain.principal import Principal
from controlplane.domain.records import Policy
from controlplane.services.policies import PolicyChanges
from tests.services.access_world import OFFICE, ROOT, key_with, may, role_with, text, write
from tests.services.conftest import TENANT, key_of

HERE, THERE = "irn:ironflow:org_tenant:*:apikeys:env_a:*", "irn:ironflow:org_tenant:*:apikeys:env_b:*"
MANAGE_ACCESS = "roles:*,policies:*,apikeys:manage"


def attacker(services: Services, *policies: Policy) -> Principal:
    """Return a key that manages access, and may do what the policies say."""
    role = role_with(services, "attacker", write(services, MANAGE_ACCESS), *policies)
    return key_of(TENANT, role.id, id="ak_attacker")


def test_nobody_writes_what_they_do_not_hold(services: Services) -> None:
    """A policy that says more than the caller may do is refused, and the refusal names the action."""
    eve = attacker(services)

    for actions in ("*", "orgs:manage", "apikeys:*", "*:read", f"{MANAGE_ACCESS},users:read"):
        with pytest.raises(PermissionDenied) as refused:
            write(services, actions, by=eve)
        assert refused.value.required not in ("", "roles:manage", "policies:manage", "apikeys:manage")
    assert write(services, "apikeys:manage", by=eve)


@pytest.mark.parametrize("wider", [
    {"resources": "*"}, {"resources": f"{HERE},{THERE}"}, {"resources": THERE}, {"condition": ""},
    {"condition": "true"}, {"condition": f"{OFFICE} || true"},
])  # fmt: skip
def test_a_limited_right_is_handed_on_as_limited(services: Services, wider: dict[str, str]) -> None:
    """Who may do something here, from the office, hands out exactly that: no other place, no other condition."""
    limits = {"resources": HERE, "condition": OFFICE}
    eve = attacker(services, services.policies.create_policy(text("apikeys:read", **limits), by=ROOT))
    same = services.policies.create_policy(text("apikeys:read", **limits), by=eve)

    with pytest.raises(PermissionDenied):
        services.policies.create_policy(text("apikeys:read", **limits | wider), by=eve)
    with pytest.raises(PermissionDenied):
        services.policies.update_policy(same.id, PolicyChanges(**wider), by=eve)


def test_an_attached_policy_cannot_be_widened(services: Services) -> None:
    """Editing what one's own role holds is as good as attaching it."""
    own = write(services, "apikeys:manage")
    eve = attacker(services, own)

    for changes in (PolicyChanges(actions="*"), PolicyChanges(actions="apikeys:*"),
                    PolicyChanges(actions="apikeys:manage,orgs:manage")):
        with pytest.raises(PermissionDenied):
            services.policies.update_policy(own.id, changes, by=eve)


def test_a_rollback_is_an_update(services: Services) -> None:
    """An old, wider text is not brought back by somebody whom it exceeds."""
    policy = write(services, "*")
    services.policies.update_policy(policy.id, PolicyChanges(actions="apikeys:manage"), by=ROOT)
    eve = attacker(services, policy)

    with pytest.raises(PermissionDenied):
        services.policies.rollback_policy(policy.id, "1", by=eve)

    assert not may(services, eve.role_ids, "orgs:manage")


def test_a_policy_of_others_cannot_be_attached(services: Services) -> None:
    """A policy that somebody greater wrote is not handed out by somebody lesser, on any way into a role."""
    great = write(services, "orgs:manage")
    eve = attacker(services)
    role = services.roles.create_role("mine", by=eve)

    for attempt in (
        lambda: services.roles.attach_policy(eve.role_ids[0], great.id, by=eve),
        lambda: services.roles.attach_policy(role.id, great.id, by=eve),
        lambda: services.roles.update_role(role.id, policy_ids=[great.id], by=eve),
        lambda: services.roles.create_role("other", [great.id], by=eve),
    ):
        with pytest.raises(PermissionDenied) as refused:
            attempt()
        assert "orgs:manage" == refused.value.required


def test_a_limited_right_does_not_attach_a_broader_policy(services: Services) -> None:
    """A conditional allow of one's own is no licence to attach the unconditional one."""
    eve = attacker(services, write(services, "apikeys:read", condition=OFFICE))
    broad = write(services, "apikeys:read")

    with pytest.raises(PermissionDenied):
        services.roles.attach_policy(eve.role_ids[0], broad.id, by=eve)


def test_one_bound_by_a_deny_cannot_shake_it_off(services: Services) -> None:
    """A deny that binds the caller is not detached, edited, rolled back, replaced or deleted by the caller."""
    deny = write(services, "apikeys:read", effect="deny", condition=OFFICE)
    services.policies.update_policy(deny.id, PolicyChanges(condition=""), by=ROOT)
    role = role_with(services, "bound", deny)
    eve = attacker(services, write(services, "apikeys:read"))
    eve = replace(eve, role_ids=(*eve.role_ids, role.id))

    for attempt in (
        lambda: services.roles.detach_policy(role.id, deny.id, by=eve),
        lambda: services.roles.update_role(role.id, policy_ids=[], by=eve),
        lambda: services.roles.delete_role(role.id, by=eve),
        lambda: services.policies.update_policy(deny.id, PolicyChanges(actions="users:read"), by=eve),
        lambda: services.policies.update_policy(deny.id, PolicyChanges(effect="allow"), by=eve),
        lambda: services.policies.update_policy(deny.id, PolicyChanges(resources=HERE), by=eve),
        lambda: services.policies.update_policy(deny.id, PolicyChanges(condition="false"), by=eve),
        lambda: services.policies.rollback_policy(deny.id, "1", by=eve),
        lambda: write(services, "apikeys:read", by=eve),
    ):
        with pytest.raises(PermissionDenied):
            attempt()

    assert not may(services, eve.role_ids, "apikeys:read")


def test_nobody_frees_others_beyond_themselves(services: Services) -> None:
    """A deny on others is lifted only by one who could have given them what it stops."""
    deny = write(services, "orgs:manage", effect="deny")
    bound = role_with(services, "bound", deny)
    victim = key_with(services, bound.id, "role_admin")
    eve = attacker(services)

    for attempt in (
        lambda: services.roles.detach_policy(bound.id, deny.id, by=eve),
        lambda: services.roles.delete_role(bound.id, by=eve),
        lambda: services.roles.update_role(bound.id, policy_ids=[], by=eve),
    ):
        with pytest.raises(PermissionDenied) as refused:
            attempt()
        assert "orgs:manage" == refused.value.required
    services.roles.detach_policy(bound.id, deny.id, by=ROOT)

    assert may(services, victim.role_ids, "orgs:manage")


def test_a_deny_may_be_made_to_stop_more(services: Services) -> None:
    """An edit after which a deny stops all that it stopped needs no cover of it; its name may change as well."""
    deny = write(services, "apikeys:manage,orgs:manage", effect="deny", resources=HERE)
    role_with(services, "bound", deny)
    eve = attacker(services, write(services, "orgs:manage", condition=OFFICE))

    services.policies.update_policy(deny.id, PolicyChanges(name="stricter"), by=eve)
    services.policies.update_policy(deny.id, PolicyChanges(resources="*"), by=eve)
    with pytest.raises(PermissionDenied):
        services.policies.update_policy(deny.id, PolicyChanges(resources=HERE), by=eve)


def test_nobody_denies_what_they_may_not_do(services: Services) -> None:
    """A deny on an action that the caller is not allowed would stop only others."""
    eve = attacker(services)

    with pytest.raises(PermissionDenied) as refused:
        write(services, "orgs:manage", effect="deny", by=eve)

    assert "orgs:manage" == refused.value.required
    assert write(services, "apikeys:manage", effect="deny", by=eve)


def test_stopped_roles_are_no_way_in(services: Services) -> None:
    """A role whose right is wholly denied may be assigned; the deny then stays where it is."""
    right, stop = write(services, "orgs:manage"), write(services, "orgs:manage", effect="deny")
    role = role_with(services, "stopped", right, stop)
    eve = attacker(services)
    key = key_with(services, role.id, by=eve)

    for attempt in (lambda: services.roles.detach_policy(role.id, stop.id, by=eve),
                    lambda: services.roles.update_role(role.id, policy_ids=[right.id], by=eve)):
        with pytest.raises(PermissionDenied):
            attempt()

    assert not may(services, key.role_ids, "orgs:manage")


def test_an_unattached_deny_stops_nothing(services: Services) -> None:
    """What no role holds may be edited and deleted freely: nothing becomes allowed by it."""
    deny = write(services, "orgs:manage", effect="deny")
    eve = attacker(services)

    services.policies.update_policy(deny.id, PolicyChanges(actions="apikeys:manage"), by=eve)
    services.policies.delete_policy(deny.id, by=eve)

    assert not may(services, eve.role_ids, "orgs:manage")


def test_platform_rights_do_not_come_from_a_tenant(services: Services, platform_admin: Principal) -> None:
    """On the platform the same rule holds, between its own roles."""
    few = services.policies.create_policy(text("platform:roles:*,platform:policies:*"), by=platform_admin)
    role = services.roles.create_role("few", [few.id], by=platform_admin)
    eve = key_of(platform_admin.org_id, role.id, id="ak_eve")

    for actions in ("*", "platform:*", "platform:impersonate", "platform:keys:manage"):
        with pytest.raises(PermissionDenied):
            write(services, actions, by=eve)
    with pytest.raises(PermissionDenied):
        services.policies.update_policy(few.id, PolicyChanges(actions="*"), by=eve)


def test_reading_inside_a_tenant_writes_nothing(services: Services, platform_admin: Principal) -> None:
    """Whoever entered with the read permission holds what a viewer does, and whoever may write holds all."""
    reader = replace(platform_admin, org_id=TENANT, impersonating=True, may_write=False)
    writer = replace(platform_admin, org_id=TENANT, impersonating=True, may_write=True)

    with pytest.raises(PermissionDenied):
        write(services, "apikeys:manage", by=reader)
    assert TENANT == write(services, "*", by=writer).org_id
