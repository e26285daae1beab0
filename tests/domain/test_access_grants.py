"""What roles give: the built-in tables, custom roles, and the two kinds that never meet (contract, section 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controlplane.domain.access import decide
from controlplane.domain.actions import PLATFORM_ACTIONS, TENANT_ACTIONS
from controlplane.domain.errors import InvalidArgument
from controlplane.domain.grants import (
    FULL_ACCESS,
    READ_ONLY,
    Grant,
    effective_grants,
    grant_of_policy,
    grants_of_built_in,
    grants_of_role,
)
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.policy_text import PolicyText
from controlplane.domain.records import Policy, Role
from tests.spec import permissions

ROLES = (*permissions.TENANT_ROLES, *permissions.PLATFORM_ROLES)
ACTIONS = (*permissions.TENANT_ACTIONS, *permissions.PLATFORM_ACTIONS)
RESOURCE = "irn:ironflow:org_a:proj_a:thing:env_default:x"
POLICY = Policy(
    id="pol_1", org_id="org_a", name="read keys", effect="allow", actions="apikeys:*, users:read",
    resources="irn:ironflow:org_a:*:*:*:*,*", condition="request.ip == ''", created_at=1, updated_at=1,
)
SAVED = {
    "policy_id": POLICY.id, "name": POLICY.name, "effect": POLICY.effect, "actions": POLICY.actions,
    "resources": POLICY.resources, "condition": POLICY.condition,
}
ROLE = Role(
    id="role_mine", org_id="org_a", name="mine", created_at=1, updated_at=1, policy_ids=("pol_1",), grants=(SAVED,),
)


def may(grants: tuple[Grant, ...], action: str) -> bool:
    """Tell whether grants allow an action, with every condition true."""
    return decide(grants, action=action, resource=RESOURCE, holds=lambda condition: True).allowed


def test_the_known_actions_are_the_contracts() -> None:
    """No action is missing from the code, and none is in it that the contract does not have."""
    assert set(permissions.TENANT_ACTIONS) == set(TENANT_ACTIONS)
    assert set(permissions.PLATFORM_ACTIONS) == set(PLATFORM_ACTIONS)
    assert (34, 13) == (len(TENANT_ACTIONS), len(PLATFORM_ACTIONS))


@pytest.mark.parametrize("role", ROLES)
def test_a_built_in_role_may_do_what_the_table_says(role: str) -> None:
    """Every cell of both tables holds, and no built-in of one kind may do anything of the other."""
    expected = {action: permissions.may(role, action) for action in ACTIONS}

    assert expected == {action: may(grants_of_built_in(role), action) for action in ACTIONS}


@pytest.mark.parametrize("role", ROLES)
def test_a_declared_action_is_given_to_admin_alone(role: str) -> None:
    """`ExtraActions` gives to `admin` and to nobody else, and cannot give a platform action to anybody."""
    grants = grants_of_built_in(role, extra_actions=("billing:read", "platform:billing:read"))

    assert (role == "role_admin") is may(grants, "billing:read")
    assert not may(grants, "platform:billing:read")


@pytest.mark.parametrize("role_id", ["", "admin", "role_mine", "ROLE_ADMIN", "role_admin "])
def test_an_unknown_role_gives_nothing(role_id: str) -> None:
    """A role that does not exist is no grant at all, whatever its id resembles."""
    assert () == grants_of_built_in(role_id)
    assert () == effective_grants((role_id,), (), platform=False)
    assert () == effective_grants((role_id,), (), platform=True)


def test_a_policy_becomes_the_grant_that_its_text_says() -> None:
    """Lists are split, and nothing of the policy is lost or invented on the way to a decision."""
    expected = Grant(
        "allow", ("apikeys:*", "users:read"), ("irn:ironflow:org_a:*:*:*:*", "*"), "request.ip == ''",
        "pol_1", "read keys",
    )

    assert expected == grant_of_policy(POLICY)
    assert replace(expected, role_id="role_mine") == grant_of_policy(POLICY, role_id="role_mine")


def test_a_role_gives_what_its_policies_say() -> None:
    """The text that a role carries means the same as the policy that it was copied from."""
    assert (grant_of_policy(POLICY, role_id="role_mine"),) == grants_of_role(ROLE)


def test_a_changed_text_is_never_answered_from_memory() -> None:
    """Grants depend on the text alone, so a change is in force at once even where an older text is remembered."""
    assert may(grants_of_role(ROLE), "apikeys:read")

    changed = replace(ROLE, grants=({**SAVED, "effect": "deny"},))

    assert not may(grants_of_role(changed), "apikeys:read")


def test_a_role_of_the_platform_is_of_the_platforms_kind() -> None:
    """The organization that a role or policy belongs to decides which actions its `*` means."""
    (tenants,) = grants_of_role(replace(ROLE, grants=({**SAVED, "actions": "*"},)))
    (platforms,) = grants_of_role(replace(ROLE, org_id=PLATFORM_ORG, grants=({**SAVED, "actions": "*"},)))

    assert {action for action in ACTIONS if may((tenants,), action)} == set(TENANT_ACTIONS)
    assert {action for action in ACTIONS if may((platforms,), action)} == set(PLATFORM_ACTIONS)


def test_a_policy_never_reaches_across_by_name() -> None:
    """A text that names an action of the other kind, however it got into the table, gives and takes nothing there."""
    everything = ",".join((*ACTIONS, "*", "platform:*", "platform:*:read", "*:*:*"))
    (tenants,) = grants_of_role(replace(ROLE, grants=({**SAVED, "actions": everything},)))
    (platforms,) = grants_of_role(replace(ROLE, org_id=PLATFORM_ORG, grants=({**SAVED, "actions": everything},)))

    assert not any(tenants.names_action(action) for action in PLATFORM_ACTIONS)
    assert not any(platforms.names_action(action) for action in TENANT_ACTIONS)


@pytest.mark.parametrize("platform", [False, True])
def test_roles_of_the_other_kind_mean_nothing(platform: bool) -> None:
    """A role that was assigned across the border between platform and tenants gives nothing."""
    roles = (ROLE, replace(ROLE, id="role_theirs", org_id=PLATFORM_ORG))
    other = permissions.TENANT_ROLES if platform else permissions.PLATFORM_ROLES
    assigned = (*other, "role_mine" if platform else "role_theirs")

    assert () == effective_grants(assigned, roles, platform=platform)


def test_grants_are_the_union_of_the_assigned_roles() -> None:
    """Every assigned role counts once, in any mixture of built-in and custom; others that were read do not."""
    unassigned = replace(ROLE, id="role_other", grants=({**SAVED, "effect": "deny", "actions": "*"},))
    assigned = ("role_viewer", "role_mine", "role_viewer", "role_gone")

    union = effective_grants(assigned, (ROLE, unassigned), platform=False)

    assert (*grants_of_built_in("role_viewer"), *grants_of_role(ROLE)) == union


def test_a_stored_role_never_replaces_a_built_in() -> None:
    """Built-ins are code: an item under a built-in's id changes nothing."""
    forged = replace(ROLE, id="role_viewer", grants=({**SAVED, "actions": "*"},))

    assert grants_of_built_in("role_viewer") == effective_grants(("role_viewer",), (forged,), platform=False)


def test_an_impersonator_has_every_tenant_action_or_the_viewers() -> None:
    """Full access is all of a tenant's actions, declared ones too; read-only is what a viewer may."""
    full = {action for action in (*ACTIONS, "billing:read") if may(FULL_ACCESS, action)}
    read = {action for action in (*ACTIONS, "billing:read") if may(READ_ONLY, action)}

    assert {*permissions.TENANT_ACTIONS, "billing:read"} == full
    assert {action for action in ACTIONS if permissions.may("role_viewer", action)} == read


@pytest.mark.parametrize("effect", ["deny", "Deny", "DENY", "", "allow "])
def test_any_effect_but_allow_denies(effect: str) -> None:
    """A text that got into the table some other way can only take away."""
    odd = Grant(effect, ("*",), ("*",), "")

    assert not may((odd,), "apikeys:read")
    assert not may((*FULL_ACCESS, odd), "apikeys:read")


@pytest.mark.parametrize(("pattern", "named", "others"), [
    ("users:*", ("users:read", "users:a:b", "users:"), ("users", "usersx:read", "user:read", "user", "")),
    ("agent:*:*", ("agent:tools:read", "agent:a:b:c"), ("agent:tools", "agent", "agentx:a:b")),
    ("agent:*:read", ("agent:tools:read",), ("agent:read", "agent:a:b:read", "agent:tools:readx")),
    ("*:tools:*", ("agent:tools:read",), ("agent:tool:read", "tools:read")),
    ("*", ("users", "users:read", "a:b:c"), ("platform:users:read",)),
    ("user*:read", ("user*:read",), ("users:read",)),
    ("users:read", ("users:read",), ("users:readx", "users", "users:read:x")),
])  # fmt: skip
@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_a_prepared_pattern_names_whole_segments(
    effect: str, pattern: str, named: tuple[str, ...], others: tuple[str, ...]
) -> None:
    """However a pattern is prepared, no action that only begins like it is named, and none of its own is missed."""
    grant = Grant(effect, (pattern,), ("*",), "")

    assert {**dict.fromkeys(named, True), **dict.fromkeys(others, False)} == {
        action: grant.names_action(action) for action in (*named, *others)}


def test_a_policy_allows_or_denies() -> None:
    """These two words are the effects there are."""
    for effect in ("allow", "deny"):
        PolicyText(name="n", effect=effect, actions="users:read", resources="*").check(platform=False)
    for effect in ("", "Allow", "DENY", "denyx"):
        with pytest.raises(InvalidArgument, match="^effect must be allow or deny$"):
            PolicyText(name="n", effect=effect, actions="users:read", resources="*").check(platform=False)
