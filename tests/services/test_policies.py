"""Policies: checked when they are saved, kept in versions, and gone when deleted (contract, sections 4 to 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import Aborted, InvalidArgument, NotFound
from controlplane.domain.policy_text import MAX_BYTES, PolicyText
from controlplane.domain.principal import Principal
from controlplane.services.policies import PolicyChanges
from tests.services.access_world import OFFICE, ROOT, role_with, text, write
from tests.services.conftest import TENANT, SettableClock

Events = Callable[..., list[tuple[str, dict[str, Any]]]]
NOW, LATER = "2026-09-21T14:13:20Z", "2026-09-21T14:14:20Z"


def _numbers(services: Services, policy_id: str) -> list[int]:
    page = services.policies.list_policy_versions(policy_id, limit=1000, after="", by=ROOT)
    return [version.version_num for version in page.items]


def test_a_policy_is_shown_whole(services: Services) -> None:
    """Texts come back exactly as they were given, spaces included."""
    policy = services.policies.create_policy(
        PolicyText(name="Keys ", effect="allow", actions="apikeys:*, users:read", resources="* ", condition=OFFICE),
        by=ROOT,
    )

    assert {"id": policy.id, "org_id": TENANT, "name": "Keys ", "effect": "allow", "actions": "apikeys:*, users:read",
            "resources": "* ", "condition": OFFICE, "created_at": NOW, "updated_at": NOW,
            "resources_valid": True} == render("Policy", policy)
    assert policy == services.policies.get_policy(policy.id, by=ROOT)
    assert [policy] == list(services.policies.list_policies(limit=10, after="", by=ROOT).items)


WRONG: list[tuple[dict[str, str], str]] = [
    ({"effect": "permit"}, "effect must be allow or deny"),
    ({"effect": "Allow"}, "effect must be allow or deny"),
    ({"effect": ""}, "effect must be allow or deny"),
    ({"actions": ""}, "actions must not be empty"),
    ({"actions": " , "}, "actions must not be empty"),
    ({"actions": "apikeys:read,apikeys:explode"}, "unknown action: apikeys:explode"),
    ({"actions": "apikeys"}, "unknown action: apikeys"),
    ({"actions": "platform:keys:read"}, "unknown action: platform:keys:read"),
    ({"actions": "platform:*"}, r"unknown action: platform:\*"),
    ({"resources": ""}, "resources must not be empty"),
    ({"resources": ","}, "resources must not be empty"),
    ({"condition": "request.ip =="}, "condition does not compile: 1:14"),
    ({"condition": "request.nonsense == 'x'"}, "condition does not compile: 1:8: undeclared reference"),
    ({"condition": "1 + 1"}, "condition must be boolean"),
    ({"resources": "x" * MAX_BYTES}, "must not exceed 4096 bytes"),
    ({"resources": "é" * (MAX_BYTES // 2)}, "must not exceed 4096 bytes"),
]


@pytest.mark.parametrize(("wrong", "sentence"), WRONG)
def test_400_for_a_text_that_may_not_be_saved(services: Services, wrong: dict[str, str], sentence: str) -> None:
    """What would never decide as it reads is refused, on creation and on update, and nothing is changed."""
    good = {"name": "p", "effect": "allow", "actions": "apikeys:read", "resources": "*"}
    policy = services.policies.create_policy(PolicyText(**good), by=ROOT)

    with pytest.raises(InvalidArgument, match=sentence):
        services.policies.create_policy(PolicyText(**good | wrong), by=ROOT)
    with pytest.raises(InvalidArgument, match=sentence):
        services.policies.update_policy(policy.id, PolicyChanges(**wrong), by=ROOT)

    assert [policy] == list(services.policies.list_policies(limit=10, after="", by=ROOT).items)


def test_platform_policies_name_platform_actions_only(services: Services, platform_admin: Principal) -> None:
    """A policy never reaches across, in this direction either."""
    with pytest.raises(InvalidArgument, match="unknown action: apikeys:read"):
        write(services, "apikeys:read", by=platform_admin)

    assert "platform:*:read" == write(services, "platform:*:read", by=platform_admin).actions


def test_a_size_of_exactly_4_kb_is_accepted(services: Services) -> None:
    """The cap counts the bytes of all five texts."""
    wanted = text("apikeys:read")
    filled = PolicyText(name=wanted.name, effect="allow", actions="apikeys:read",
                        resources="x" * (MAX_BYTES - wanted.size + 1))

    assert MAX_BYTES == filled.size
    assert not render("Policy", services.policies.create_policy(filled, by=ROOT))["resources_valid"]


def test_a_null_leaves_alone_and_an_empty_condition_clears(services: Services, clock: SettableClock) -> None:
    """An update changes what it names; the rest stays, the time of creation too."""
    policy = write(services, "apikeys:read", condition=OFFICE)
    clock.forward(60)

    changed = services.policies.update_policy(policy.id, PolicyChanges(name="renamed", condition=""), by=ROOT)

    assert render("Policy", policy) | {"name": "renamed", "condition": "", "updated_at": LATER} == render(
        "Policy", changed)
    assert [2, 1] == _numbers(services, services.policies.update_policy(policy.id, PolicyChanges(), by=ROOT).id)


def test_versions_are_newest_first_and_whole(services: Services, clock: SettableClock) -> None:
    """Every text that a policy had is kept, with the time at which it was saved."""
    policy = write(services, "apikeys:read")
    clock.forward(60)
    services.policies.update_policy(policy.id, PolicyChanges(resources="nowhere"), by=ROOT)

    page = services.policies.list_policy_versions(policy.id, limit=10, after="", by=ROOT)
    new, old = render("list[PolicyVersion]", page)

    first = {"policy_id": policy.id, "version_num": 1, "name": policy.name, "effect": "allow", "enabled": True,
             "actions": "apikeys:read", "resources": "*", "condition": "", "created_at": NOW, "resources_valid": True}
    assert first == {name: value for name, value in old.items() if name != "id"}
    assert first | {"version_num": 2, "resources": "nowhere", "created_at": LATER, "resources_valid": False} == {
        name: value for name, value in new.items() if name != "id"}
    assert all(version["id"].startswith("polv_") for version in (new, old))


def test_versions_come_in_pages(services: Services) -> None:
    """A long history is read page by page, newest first."""
    policy = write(services, "apikeys:read")
    for number in range(4):
        services.policies.update_policy(policy.id, PolicyChanges(name=f"name {number}"), by=ROOT)

    first = services.policies.list_policy_versions(policy.id, limit=3, after="", by=ROOT)
    rest = services.policies.list_policy_versions(policy.id, limit=3, after=first.next, by=ROOT)

    assert [5, 4, 3, 2, 1] == [version.version_num for version in (*first.items, *rest.items)]


def test_a_rollback_saves_the_old_text_anew(services: Services) -> None:
    """History is never rewritten: going back is one more version."""
    policy = write(services, "apikeys:read", condition=OFFICE)
    services.policies.update_policy(policy.id, PolicyChanges(name="n", actions="users:read", condition=""), by=ROOT)

    back = services.policies.rollback_policy(policy.id, "1", by=ROOT)

    assert render("Policy", back) == render("Policy", services.policies.get_policy(policy.id, by=ROOT))
    assert PolicyText.of(policy) == PolicyText.of(back)
    assert [3, 2, 1] == _numbers(services, policy.id)


@pytest.mark.parametrize("version", ["0", "2", "-1", "1.0", "one", "٣", "999999999999"])
def test_404_for_a_version_that_never_was(services: Services, version: str) -> None:
    """Whatever stands in the path, only a version of this policy is found."""
    policy = write(services, "apikeys:read")

    with pytest.raises(NotFound, match="policy version not found"):
        services.policies.rollback_policy(policy.id, version, by=ROOT)


def test_409_while_a_role_holds_it(services: Services) -> None:
    """A policy in use cannot be deleted; once no role holds it, it is gone with all its versions."""
    policy = write(services, "apikeys:read")
    role = role_with(services, "ops", policy)

    with pytest.raises(Aborted, match="policy is in use by a role"):
        services.policies.delete_policy(policy.id, by=ROOT)
    services.roles.delete_role(role.id, by=ROOT)
    services.policies.delete_policy(policy.id, by=ROOT)

    assert [] == list(services.store.versions_of_policy(TENANT, policy.id).items)
    with pytest.raises(NotFound):
        services.policies.get_policy(policy.id, by=ROOT)


def test_a_policy_with_a_long_history_can_be_deleted(services: Services) -> None:
    """However often a policy changed, deleting it is one transaction, and its versions cannot be asked for."""
    policy = write(services, "apikeys:read")
    for number in range(30):
        services.policies.update_policy(policy.id, PolicyChanges(name=f"name {number}"), by=ROOT)

    services.policies.delete_policy(policy.id, by=ROOT)

    with pytest.raises(NotFound):
        services.policies.list_policy_versions(policy.id, limit=10, after="", by=ROOT)
    with pytest.raises(NotFound):
        services.policies.rollback_policy(policy.id, "1", by=ROOT)


def test_404_for_a_policy_of_another_organization(services: Services, operator_admin: Principal) -> None:
    """A foreign policy looks exactly like none, on every route."""
    foreign = write(services, "apikeys:read", by=operator_admin)

    for policy_id in (foreign.id, "pol_none"):
        for attempt in (lambda it: services.policies.get_policy(it, by=ROOT),
                        lambda it: services.policies.delete_policy(it, by=ROOT),
                        lambda it: services.policies.update_policy(it, PolicyChanges(name="x"), by=ROOT),
                        lambda it: services.policies.rollback_policy(it, "1", by=ROOT),
                        lambda it: services.policies.list_policy_versions(it, limit=1, after="", by=ROOT)):
            with pytest.raises(NotFound, match=r"^policy not found$"):
                attempt(policy_id)


def test_every_change_is_an_event(services: Services, events_of: Events) -> None:
    """The trail tells the complete new text of each change; a rollback is an update."""
    policy = write(services, "apikeys:read")
    services.policies.update_policy(policy.id, PolicyChanges(actions="users:read"), by=ROOT)
    services.policies.rollback_policy(policy.id, "1", by=ROOT)
    services.policies.delete_policy(policy.id, by=ROOT)

    told = events_of(TENANT)

    assert [("policy.created", "created", "apikeys:read"), ("policy.updated", "updated", "users:read"),
            ("policy.updated", "updated", "apikeys:read"), ("policy.deleted", "deleted", "apikeys:read")] == [
        (kind, payload["change"], payload["actions"]) for kind, payload in told]
    assert {"policy_id", "change", "name", "effect", "actions", "resources", "condition", "version", "role_ids",
            "org_id", "created_at", "updated_at", "actor"} == {name for _, payload in told for name in payload}
