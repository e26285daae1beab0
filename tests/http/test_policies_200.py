"""Policies that decide, over the socket (contract, sections 5 and 6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import V1, Client
from tests.http.world import World, unique


def _policy(by: Client, **text: Any) -> dict[str, Any]:
    wanted = {"name": unique("policy"), "effect": "allow", "actions": "projects:read", "resources": "*", **text}
    made: dict[str, Any] = by.post(f"{V1}/policies", wanted).ok()
    return made


def _holder(world: World, *policies: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Client]:
    """Make a role with the policies and a key with the role; return role, key and the key as a caller."""
    wanted = {"name": unique("role"), "policy_ids": [policy["id"] for policy in policies]}
    role = world.a.admin.post(f"{V1}/roles", wanted).ok()
    key = world.key(world.a.admin, role_ids=[role["id"]])
    return role, key, world.nobody.having(key["key"])


def test_each_change_decides_the_next_request(world: World) -> None:
    """Update, rollback, detaching and attaching are in force when their reply is there."""
    policy = _policy(world.a.admin, condition='request.method == "GET"')
    role, _, holder = _holder(world, policy)
    one, held = f"{V1}/policies/{policy['id']}", f"{V1}/roles/{role['id']}/policies"

    seen = [holder.get(f"{V1}/projects").status]
    for method, path, body in (
        ("PATCH", one, {"condition": 'request.method == "POST"'}), ("POST", f"{one}/rollback/1", None),
        ("DELETE", f"{held}/{policy['id']}", None), ("POST", held, {"policy_id": policy["id"]}),
        ("DELETE", f"{V1}/roles/{role['id']}", None),
    ):
        world.a.admin.request(method, path, body).ok()
        seen.append(holder.get(f"{V1}/projects").status)

    assert [200, 403, 200, 403, 200, 403] == seen


def test_a_denied_request_leads_to_its_explanation(world: World) -> None:
    """The action that a refusal names is the one to ask about, and the answer names what decided."""
    deny = _policy(world.a.admin, effect="deny")
    role, key, holder = _holder(world, _policy(world.a.admin), deny)
    required = holder.get(f"{V1}/projects").json()["required"]

    shown = world.a.admin.post(
        f"{V1}/policies/explain", {"principal": {"key_id": key["id"]}, "action": required}).ok()

    assert ["deny", "denied by policy", "projects:read"] == [
        shown[name] for name in ("decision", "reason", "missing_action")]
    assert {"type": "policy", "policy_id": deny["id"], "policy_name": deny["name"],
            "role_id": role["id"]} == shown["decided_by"]
    assert ["allow", "deny"] == [one["effect"] for one in shown["considered"]]


@pytest.mark.parametrize(("action", "path", "types"), [
    ("projects:read", "projects", ("project", "projects")), ("policies:read", "policies", ("policy", "policies")),
    ("apikeys:read", "apikeys", ("apikey", "apikeys")), ("functions:list", "functions", ("function", "functions")),
])
def test_a_resource_s_type_may_be_singular_or_plural(
    world: World, action: str, path: str, types: tuple[str, str],
) -> None:
    """Policies that existing clients wrote with `function` decide like those with `functions`; a deny never lapses."""
    named = [f"irn:ironflow:{world.a.id}:*:{word}:*:*" for word in (*types, "other")]

    allowed = [_holder(world, _policy(world.a.admin, actions=action, resources=one))[2] for one in named]
    denied = [
        _holder(world, _policy(world.a.admin, actions=action), _policy(
            world.a.admin, effect="deny", actions=action, resources=one))[2] for one in named
    ]  # fmt: skip

    assert [200, 200, 403] == [holder.get(f"{V1}/{path}").status for holder in allowed]
    assert [403, 403, 200] == [holder.get(f"{V1}/{path}").status for holder in denied]


def test_a_dry_run_is_always_an_answer(world: World) -> None:
    """A condition that does not compile, or meets a wrong value, is told in the reply."""
    replies = [
        world.a.admin.post(f"{V1}/policies/dry-run", body) for body in (
            {"condition": 'request.ip == "10.0.0.1"', "request": {"ip": "10.0.0.1"}}, {"condition": "request.ip =="},
            {"condition": 'request.ip == "10.0.0.1"', "request": {"ip": 7}}, {},
        )
    ]  # fmt: skip

    assert [200] * 4 == [reply.status for reply in replies]
    assert [True, False, False, True] == [reply.json()["matched"] for reply in replies]
    assert [set(), {"compile_error"}, {"eval_error"}, set()] == [
        set(reply.json()) - {"matched", "condition_source"} for reply in replies]


def test_pages_of_roles_join_over_the_header(world: World) -> None:
    """Built-in and custom roles are one list, whatever the limit; the cursor comes in `X-Next-Cursor`."""
    for _ in range(2):
        world.b.admin.post(f"{V1}/roles", {"name": unique("role")}).ok()
    whole = [role["id"] for role in world.b.admin.get(f"{V1}/roles").json()]

    seen: list[str] = []
    cursor, more = "", True
    while more:
        reply = world.b.admin.get(f"{V1}/roles?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [role["id"] for role in reply.ok()]
        cursor = reply.headers.get("x-next-cursor", "")
        more = bool(cursor)

    assert ["role_admin", "role_developer", "role_viewer"] == whole[:3]
    assert whole == seen


def test_pages_of_a_role_s_policies_join_over_the_header(world: World) -> None:
    """Lists that stand within a body take `limit` and `cursor` as the bare ones do."""
    role, _, _ = _holder(world, *(_policy(world.a.admin) for _ in range(3)))
    path = f"{V1}/roles/{role['id']}/policies"

    first = world.a.admin.get(f"{path}?limit=2")
    second = world.a.admin.get(f"{path}?limit=2&cursor={first.headers['x-next-cursor']}")

    pages = [[policy["id"] for policy in reply.ok()["policies"]] for reply in (first, second)]
    assert [role["policy_ids"][:2], role["policy_ids"][2:]] == pages
    assert "x-next-cursor" not in second.headers
    assert 400 == world.a.admin.get(f"{path}?limit=0").status


def test_a_deny_for_one_environment_holds_without_its_header(world: World) -> None:
    """Leaving the environment out of a request never avoids a policy about it, for objects and in lists."""
    admin = world.a.admin
    made = admin.post(f"{V1}/environments", {"name": unique("env").replace(" ", "-")}).ok()
    inside = [admin.having(**{"X-Ironflow-Environment": env_id}) for env_id in (made["id"], "env_default")]
    closed, open_one = (by.post(f"{V1}/functions", {"name": unique("f")}).ok()["id"] for by in inside)
    deny = _policy(admin, effect="deny", actions="functions:*", resources=f"irn:ironflow:*:*:function:{made['id']}:*")
    _, _, holder = _holder(world, _policy(admin, actions="*"), deny)

    told = [holder.request(method, f"{V1}/functions/{id}") for method, id in (
        ("GET", closed), ("DELETE", closed), ("GET", open_one))]
    listed = {one["id"] for one in holder.get(f"{V1}/functions").ok()}

    assert [403, 403, 200] == [reply.status for reply in told]
    assert ["functions:read", "functions:register"] == [reply.json()["required"] for reply in told[:2]]
    assert (False, True) == (closed in listed, open_one in listed)
    assert [200, 403] == [by.having(holder.credential).get(f"{V1}/functions/{id}").status
                          for by, id in ((inside[1], open_one), (inside[0], closed))]
