"""Explanations: the decision, what decided it, and everything that was considered (contract, sections 4 to 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Environment, User
from controlplane.services.apikeys import KeyRequest
from controlplane.services.explain import Inquiry
from tests.services.access_world import OFFICE, ROOT, key_with, role_with, write
from tests.services.conftest import START, TENANT, SettableClock


def _explain(services: Services, action: str, by: Principal = ROOT, **asked: Any) -> dict[str, Any]:
    answer = services.explain.explain_decision(Inquiry(action=action, **asked), by=by)
    shown: dict[str, Any] = render("Explanation", answer)
    return shown


def _environment(services: Services, env_id: str) -> None:
    transaction = services.store.transaction()
    transaction.create(Environment(id=env_id, org_id=TENANT, project_id="proj_a", name=f"name-{env_id}",
                                   created_at=START, updated_at=START))
    transaction.commit()


def _user(services: Services, org_id: str, *role_ids: str, **other: Any) -> User:
    user = User(id="user_1", org_id=org_id, email="a@example.com", name="A", password_hash="", role_ids=role_ids,
                created_at=START, updated_at=START, **other)
    transaction = services.store.transaction()
    transaction.create(user)
    transaction.commit()
    return user


def test_an_allow_is_explained_whole(services: Services) -> None:
    """The policy that decided is named, with the role through which it is held."""
    policy = write(services, "apikeys:*")
    role = role_with(services, "ops", policy)
    key = key_with(services, role.id)

    shown = _explain(services, "apikeys:read", key_id=key.id)

    assert {
        "decision": "allow", "reason": "allowed",
        "decided_by": {"type": "policy", "policy_id": policy.id, "policy_name": policy.name, "role_id": role.id},
        "considered": [{
            "policy_id": policy.id, "policy_name": policy.name, "role_id": role.id, "effect": "allow",
            "action_matched": True, "resource_matched": True, "matched": True, "condition": "",
            "condition_result": "true",
        }],
    } == shown  # fmt: skip


def test_a_missing_right_is_named(services: Services) -> None:
    """Where nothing allows, nothing decided, and the action to ask for stands there."""
    key = key_with(services, "role_viewer")

    shown = _explain(services, "apikeys:manage", key_id=key.id)

    assert ("deny", "no policy allows it", "apikeys:manage") == (
        shown["decision"], shown["reason"], shown["missing_action"])
    assert "decided_by" not in shown
    assert [("role_viewer", False, "not evaluated")] == [
        (one["role_id"], one["matched"], one["condition_result"]) for one in shown["considered"]]


def test_a_built_in_role_decides_as_a_role(services: Services) -> None:
    """A built-in role has no policy to name."""
    key = key_with(services, "role_viewer")

    assert {"type": "role", "role_id": "role_viewer"} == _explain(services, "apikeys:read", key_id=key.id)["decided_by"]


def test_a_deny_is_shown_beside_the_allow(services: Services) -> None:
    """Every policy is considered, also those that a deny made pointless, in the order of the roles."""
    deny = write(services, "apikeys:read", effect="deny", condition='subject.type == "api_key"')
    role = role_with(services, "bound", deny)
    key = key_with(services, "role_viewer", role.id)

    shown = _explain(services, "apikeys:read", key_id=key.id)

    assert ("deny", "denied by policy", deny.id) == (
        shown["decision"], shown["reason"], shown["decided_by"]["policy_id"])
    assert [("allow", "true"), ("deny", "true")] == [
        (one["effect"], one["condition_result"]) for one in shown["considered"]]


@pytest.mark.parametrize(("effect", "reason"), [
    ("deny", "denied: condition failed to evaluate"), ("allow", "no policy allows it"),
])  # fmt: skip
def test_what_cannot_be_known_fails_closed(services: Services, effect: str, reason: str) -> None:
    """An address is not known here: a condition on it is an error, which never grants and always denies."""
    roles = [role_with(services, "office", write(services, "users:read", effect=effect, condition=OFFICE)).id]
    key = key_with(services, *roles, *(["role_viewer"] if effect == "deny" else []))

    shown = _explain(services, "users:read", key_id=key.id)

    assert ("deny", reason, "error") == (shown["decision"], shown["reason"], shown["considered"][0]["condition_result"])


def test_resource_and_environment_are_the_keys_own(services: Services) -> None:
    """Without a resource the question is about a list in the key's environment; with one, about that."""
    _environment(services, "env_a")
    _environment(services, "env_b")
    role = role_with(services, "here", write(services, "functions:list",
                                             resources="irn:ironflow:org_tenant:proj_a:functions:env_a:*"))
    key = services.keys.create_key(KeyRequest(name="k", role_ids=[role.id], environment_id="env_a"), by=ROOT).key

    asked: list[dict[str, Any]] = [
        {}, {"environment": "env_b"}, {"environment": "env_a"},
        {"resource": "irn:ironflow:org_tenant:proj_a:functions:env_a:fn_1"}, {"resource": "elsewhere"},
    ]
    decisions = [_explain(services, "functions:list", key_id=key.id, **where)["decision"] for where in asked]

    assert ["allow", "deny", "allow", "allow", "deny"] == decisions


def test_an_environment_is_found_by_id_only_in_the_organization(services: Services) -> None:
    """A foreign or unknown environment is a 404."""
    key = key_with(services, "role_viewer")

    with pytest.raises(NotFound, match="environment not found"):
        _explain(services, "users:read", key_id=key.id, environment="env_none")


def test_users_are_explained_too(services: Services, platform_admin: Principal) -> None:
    """A user of the caller's own organization is found by its id, on the platform as in a tenant."""
    _user(services, TENANT, "role_viewer")
    _user(services, platform_admin.org_id, "role_platform_viewer")

    assert "allow" == _explain(services, "users:read", user_id="user_1")["decision"]
    assert "allow" == _explain(services, "platform:users:read", platform_admin, user_id="user_1")["decision"]
    assert "deny" == _explain(services, "platform:users:manage", platform_admin, user_id="user_1")["decision"]


def test_dead_credentials_are_denied(services: Services, clock: SettableClock) -> None:
    """An expired key and an inactive user may do nothing, whatever their roles say."""
    key = services.keys.create_key(KeyRequest(name="k", role_ids=["role_admin"], expires_in="1h"), by=ROOT).key
    _user(services, TENANT, "role_admin", is_active=False)
    clock.forward(3600)

    asked: list[dict[str, Any]] = [{"key_id": key.id}, {"user_id": "user_1"}]
    shown = [_explain(services, "users:read", **principal) for principal in asked]

    assert [("deny", "API key expired"), ("deny", "account is inactive")] == [
        (one["decision"], one["reason"]) for one in shown]


def test_404_for_a_principal_of_another_organization(services: Services, operator_admin: Principal) -> None:
    """Foreign keys and users look like none."""
    foreign: ApiKey = services.keys.create_key(KeyRequest(name="k"), by=operator_admin).key
    _user(services, operator_admin.org_id)

    asked: list[dict[str, Any]] = [{"key_id": foreign.id}, {"key_id": "ak_none"}, {"user_id": "user_1"}]
    for principal in asked:
        with pytest.raises(NotFound):
            _explain(services, "users:read", **principal)


@pytest.mark.parametrize("action", ["users:explode", "users:*", "*", "platform:users:read"])
def test_400_for_an_unknown_action(services: Services, action: str) -> None:
    """Only one action that there is can be asked about, and only of the organization's own kind."""
    key = key_with(services, "role_viewer")

    with pytest.raises(InvalidArgument, match="unknown action"):
        _explain(services, action, key_id=key.id)


def test_400_for_both_or_no_principal(services: Services) -> None:
    """The question is about exactly one key or user."""
    asked: list[dict[str, Any]] = [{}, {"key_id": "ak_1", "user_id": "user_1"}]
    for principal in asked:
        with pytest.raises(InvalidArgument, match="either key_id or user_id"):
            _explain(services, "users:read", **principal)


def test_the_explanation_follows_every_change(services: Services) -> None:
    """Roles are read when the question is asked, so the answer is never an old one."""
    policy = write(services, "apikeys:read")
    role = role_with(services, "ops", policy)
    key = key_with(services, role.id)
    impersonator = replace(ROOT, id="puser_1", home_org_id="org_platform", impersonating=True)

    seen = [_explain(services, "apikeys:read", key_id=key.id)["decision"]]
    services.roles.detach_policy(role.id, policy.id, by=ROOT)
    seen.append(_explain(services, "apikeys:read", impersonator, key_id=key.id)["decision"])

    assert ["allow", "deny"] == seen


@pytest.mark.parametrize(("ip", "decision", "result"), [
    ("10.0.0.1", "allow", "true"), ("10.0.0.2", "deny", "false"), ("", "deny", "error"),
])
def test_a_request_that_came_in_some_way_is_explained(
    services: Services, ip: str, decision: str, result: str
) -> None:
    """What a condition says of the address is asked of the one that is told, and fails only where none is told."""
    key = key_with(services, role_with(services, "office", write(services, "users:read", condition=OFFICE)).id)
    asked = Inquiry(action="users:read", key_id=key.id, request={"ip": ip} if ip else {})

    shown = render("Explanation", services.explain.explain_decision(asked, by=ROOT))

    assert (decision, result) == (shown["decision"], shown["considered"][0]["condition_result"])


def test_how_a_request_came_says_nothing_of_what_it_asks(services: Services) -> None:
    """Action, resource and organization are the decision's own, whatever is said of the request; a time is a time."""
    key = key_with(services, role_with(services, "mine", write(
        services, "users:read", condition='request.action == "users:read" && request.time.getFullYear() == 2030')).id)
    said = {"action": "users:manage", "time": "2030-01-01T00:00:00Z"}

    shown = render("Explanation", services.explain.explain_decision(
        Inquiry(action="users:read", key_id=key.id, request=said), by=ROOT))

    assert "allow" == shown["decision"]
    with pytest.raises(InvalidArgument):
        services.explain.explain_decision(
            Inquiry(action="users:read", key_id=key.id, request={"time": "soon"}), by=ROOT)
