"""What a decision reads of held roles is what they give, no more and no less, and never what they gave before."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from controlplane.domain.grants import Grant, effective_grants, grants_naming
from controlplane.domain.identity import HeldRole
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import Role

EXTRA = ("billing:read", "platform:never")
ACTIONS = ("apikeys:read", "users:read", "users:manage", "billing:read", "platform:users:read", "platform:never", "x")
POLICIES: dict[str, list[dict[str, str]]] = {
    "role_keys": [{"effect": "allow", "actions": "apikeys:*", "resources": "*"}],
    "role_users": [
        {"effect": "allow", "actions": "users:*,x", "resources": "*", "condition": "request.ip == ''"},
        {"effect": "deny", "actions": "*:manage", "resources": "irn:ironflow:org_a:*:*:*:*"},
    ],
    "role_empty": [],
}


def _texts(role_id: str) -> list[dict[str, str]]:
    return [{"policy_id": f"pol_{role_id}_{number}", "name": f"policy {number}", **one}
            for number, one in enumerate(POLICIES[role_id])]  # fmt: skip


def _stored(org_id: str) -> list[Role]:
    return [Role(id=one, org_id=org_id, name=one, created_at=1, updated_at=1, grants=tuple(_texts(one)))
            for one in POLICIES]  # fmt: skip


def _held(org_id: str) -> list[HeldRole]:
    return [HeldRole(id=one, org_id=org_id, name=one, grants=json.dumps(_texts(one))) for one in POLICIES]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role_ids", [
    (), ("role_keys",), ("role_users", "role_keys"), ("role_keys", "role_users", "role_keys"), ("role_none",),
    ("role_admin",), ("role_viewer", "role_users"), ("role_platform_admin", "role_keys", "role_empty"),
])  # fmt: skip
@pytest.mark.parametrize("org_id", ["org_a", PLATFORM_ORG])
@pytest.mark.parametrize("platform", [False, True])
def test_a_decision_sees_the_grants_that_name_its_action(
    action: str, role_ids: Sequence[str], org_id: str, platform: bool
) -> None:
    """The short way gives those of all effective grants that name the action, in their order, asked once or twice."""
    wanted = [one for one in effective_grants(role_ids, _stored(org_id), platform=platform, extra_actions=EXTRA)
              if one.names_action(action)]  # fmt: skip

    for _ in range(2):
        assert wanted == grants_naming(action, role_ids, _held(org_id), platform=platform, extra_actions=EXTRA)


def test_held_text_is_read_as_it_is_now() -> None:
    """A role whose text changed gives what it says now, whether the text is short enough to be remembered or not."""
    for filler in ("", "x" * 40_000):
        for effect in ("allow", "deny", "allow"):
            text = json.dumps([{"effect": effect, "actions": "users:read", "resources": "*", "policy_id": "pol_1",
                                "name": filler}])  # fmt: skip
            role = HeldRole(id="role_mine", org_id="org_a", name="mine", grants=text)

            assert grants_naming("users:read", ["role_mine"], [role], platform=False) == [
                Grant(effect, ("users:read",), ("*",), "", "pol_1", filler, "role_mine", platform=False)]


def test_the_same_text_in_two_roles_is_told_apart() -> None:
    """Which role a grant came from, and of which kind it is, is said of each role for itself."""
    text = json.dumps(_texts("role_keys"))
    roles = [HeldRole(id=one, org_id="org_a", name=one, grants=text) for one in ("role_1", "role_2")]
    elsewhere = HeldRole(id="role_1", org_id=PLATFORM_ORG, name="1", grants=text)

    found = grants_naming("apikeys:read", ["role_1", "role_2"], roles, platform=False)

    assert ["role_1", "role_2"] == [one.role_id for one in found]
    assert [] == grants_naming("apikeys:read", ["role_1"], [elsewhere], platform=True)


def test_a_plain_grant_belongs_to_no_policy_and_no_role() -> None:
    """What is not said of a grant is empty, and it is a tenant's."""
    assert ("", "", "", False) == tuple(
        getattr(Grant("allow", (), (), ""), name) for name in ("policy_id", "policy_name", "role_id", "platform"))
