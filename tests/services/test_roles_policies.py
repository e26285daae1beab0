"""Policies in roles: attached and detached on both sides at once, within the caps (contract, section 6)."""

from __future__ import annotations

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.principal import Principal
from controlplane.domain.records import Policy, Role
from controlplane.services.policies import PolicyChanges
from controlplane.services.roles import MAX_POLICIES, MAX_ROLES_OF_POLICY
from tests.services.access_world import ROOT, key_with, may, role_with, write
from tests.services.conftest import TENANT


def _policies(services: Services, number: int) -> list[Policy]:
    return [write(services, "apikeys:read") for _ in range(number)]


def _ids(policies: list[Policy]) -> list[str]:
    return [policy.id for policy in policies]


def _both_sides(services: Services) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
    """Return who holds what, as roles say, as the texts in roles say, and as policies say."""
    roles = services.store.roles_of_org(TENANT).items
    policies = services.store.policies_of_org(TENANT).items
    return (
        {(role.id, policy_id) for role in roles for policy_id in role.policy_ids},
        {(role.id, saved["policy_id"]) for role in roles for saved in role.grants},
        {(role_id, policy.id) for policy in policies for role_id in policy.role_ids},
    )


def test_an_attached_policy_is_in_force_at_once(services: Services) -> None:
    """What a decision reads of a role changes with the attaching, the editing and the detaching of its policies."""
    role, policy = services.roles.create_role("ops", by=ROOT), write(services, "apikeys:read")
    key = key_with(services, role.id)

    def allowed() -> tuple[bool, bool]:
        return may(services, key.role_ids, "apikeys:read"), may(services, key.role_ids, "users:read")

    seen = [allowed()]
    services.roles.attach_policy(role.id, policy.id, by=ROOT)
    seen.append(allowed())
    services.policies.update_policy(policy.id, PolicyChanges(actions="users:read"), by=ROOT)
    seen.append(allowed())
    services.policies.rollback_policy(policy.id, "1", by=ROOT)
    seen.append(allowed())
    services.roles.detach_policy(role.id, policy.id, by=ROOT)
    seen.append(allowed())

    assert [(False, False), (True, False), (False, True), (True, False), (False, False)] == seen


def test_both_sides_always_agree(services: Services) -> None:
    """A role and a policy never disagree about each other, whichever of them changed."""
    one, two, three = _policies(services, 3)
    first, second = role_with(services, "first", one, two), role_with(services, "second", two)

    for change in (
        lambda: services.roles.attach_policy(second.id, three.id, by=ROOT),
        lambda: services.roles.detach_policy(first.id, one.id, by=ROOT),
        lambda: services.roles.update_role(first.id, policy_ids=[three.id, one.id], by=ROOT),
        lambda: services.policies.update_policy(three.id, PolicyChanges(name="renamed"), by=ROOT),
        lambda: services.roles.delete_role(second.id, by=ROOT),
    ):
        change()
        by_roles, by_texts, by_policies = _both_sides(services)
        assert by_roles == by_texts == by_policies

    assert {(first.id, three.id), (first.id, one.id)} == by_roles


def test_the_list_is_in_the_order_of_attaching(services: Services) -> None:
    """The policies of a role come under their name, each shown whole."""
    one, two = _policies(services, 2)
    role = role_with(services, "ops", two)
    services.roles.attach_policy(role.id, one.id, by=ROOT)

    shown = render("RolePolicies", services.role_reader.list_role_policies(role.id, limit=1000, after="", by=ROOT))

    assert {"policies": [render("Policy", policy) for policy in (two, one)]} == shown
    none = services.role_reader.list_role_policies("role_admin", limit=1000, after="", by=ROOT)
    assert {"policies": []} == render("RolePolicies", none)


def test_attaching_twice_is_attaching_once(services: Services) -> None:
    """A client that repeats itself changes nothing."""
    (policy,) = _policies(services, 1)
    role = role_with(services, "ops", policy)

    services.roles.attach_policy(role.id, policy.id, by=ROOT)

    assert role == services.role_reader.get_role(role.id, by=ROOT)


def test_404_for_a_policy_that_is_not_there(services: Services, operator_admin: Principal) -> None:
    """A policy of another organization cannot be attached, and one that is not attached cannot be detached."""
    role, (own,) = services.roles.create_role("ops", by=ROOT), _policies(services, 1)
    foreign = write(services, "apikeys:read", by=operator_admin)

    for policy_id in (foreign.id, "pol_none"):
        with pytest.raises(NotFound, match=r"^policy not found$"):
            services.roles.attach_policy(role.id, policy_id, by=ROOT)
    with pytest.raises(NotFound, match=r"^policy not found$"):
        services.roles.detach_policy(role.id, own.id, by=ROOT)


def test_400_for_an_unknown_policy_in_policy_ids(services: Services, operator_admin: Principal) -> None:
    """In a list of ids one of another organization is as wrong as one that never was, and nothing is changed."""
    (own,) = _policies(services, 1)
    role = role_with(services, "ops", own)
    foreign = write(services, "apikeys:read", by=operator_admin)

    for policy_id in (foreign.id, "pol_none"):
        with pytest.raises(InvalidArgument, match="unknown policy in policy_ids"):
            services.roles.create_role("other", [own.id, policy_id], by=ROOT)
        with pytest.raises(InvalidArgument, match="unknown policy in policy_ids"):
            services.roles.update_role(role.id, policy_ids=[policy_id], by=ROOT)

    assert role == services.role_reader.get_role(role.id, by=ROOT)


def test_a_role_holds_at_most_20_policies(services: Services) -> None:
    """The twentieth is accepted on every way in, the twenty-first on none; deleting such a role is one transaction."""
    policies = _policies(services, MAX_POLICIES + 1)
    *most, last = policies
    role = role_with(services, "full", *most)

    for attempt in (lambda: services.roles.attach_policy(role.id, last.id, by=ROOT),
                    lambda: services.roles.update_role(role.id, policy_ids=_ids(policies), by=ROOT),
                    lambda: services.roles.create_role("fuller", _ids(policies), by=ROOT)):
        with pytest.raises(InvalidArgument, match="at most 20 policies"):
            attempt()
    services.roles.delete_role(role.id, by=ROOT)

    assert (set(), set(), set()) == _both_sides(services)


def test_a_policy_is_held_by_at_most_15_roles(services: Services) -> None:
    """The fifteenth role is accepted, the sixteenth is not, and an update still reaches all of them at once."""
    (policy,) = _policies(services, 1)
    roles: list[Role] = [role_with(services, f"role {number}", policy) for number in range(MAX_ROLES_OF_POLICY)]
    spare = services.roles.create_role("spare", by=ROOT)

    for attempt in (lambda: services.roles.attach_policy(spare.id, policy.id, by=ROOT),
                    lambda: services.roles.update_role(spare.id, policy_ids=[policy.id], by=ROOT),
                    lambda: services.roles.create_role("sixteenth", [policy.id], by=ROOT)):
        with pytest.raises(InvalidArgument, match="at most 15 roles"):
            attempt()
    services.policies.update_policy(policy.id, PolicyChanges(actions="users:read"), by=ROOT)

    assert all(may(services, [role.id], "users:read") for role in roles)


def test_a_whole_exchange_may_be_as_large_as_a_transaction(services: Services) -> None:
    """Ten policies for ten others is one change, with its rename; more than twenty at once is refused unchanged."""
    old, new = _policies(services, 10), _policies(services, 11)
    role = role_with(services, "ops", *old)

    with pytest.raises(InvalidArgument, match="at once"):
        services.roles.update_role(role.id, policy_ids=_ids(new), by=ROOT)
    changed = services.roles.update_role(role.id, name="exchanged", policy_ids=_ids(new[:10]), by=ROOT)

    assert tuple(_ids(new[:10])) == changed.policy_ids
    by_roles, by_texts, by_policies = _both_sides(services)
    assert by_roles == by_texts == by_policies
