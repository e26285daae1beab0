"""Roles: named, listed, changed and deleted, for tenants and for the platform (contract, sections 4 to 6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import AlreadyExists, InvalidArgument, NotFound
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Role
from controlplane.domain.roles import PLATFORM_BUILT_INS, TENANT_BUILT_INS
from tests.services.access_world import ROOT, key_with, may, role_with, write
from tests.services.conftest import TENANT

Events = Callable[..., list[tuple[str, dict[str, Any]]]]
NOW = "2026-09-21T14:13:20Z"


def test_a_role_is_shown_whole(services: Services) -> None:
    """The reply of a creation is what a get shows, field by field."""
    policy = write(services, "apikeys:read")

    role = services.roles.create_role("ops", [policy.id, policy.id], by=ROOT)

    assert {"id": role.id, "org_id": TENANT, "name": "ops", "is_default": False, "policy_ids": [policy.id],
            "created_at": NOW} == render("Role", role)
    assert role == services.role_reader.get_role(role.id, by=ROOT)


@pytest.mark.parametrize("name", ["ops", "OPS", "Ops"])
def test_409_when_the_name_is_taken(services: Services, name: str) -> None:
    """Two roles of one organization never share a name, however it is capitalised."""
    services.roles.create_role("ops", by=ROOT)

    with pytest.raises(AlreadyExists, match="role name already exists"):
        services.roles.create_role(name, by=ROOT)


def test_a_name_is_free_again(services: Services) -> None:
    """A name belongs to a role only while the role has it."""
    first = services.roles.create_role("one", by=ROOT)
    services.roles.update_role(first.id, name="two", by=ROOT)
    second = services.roles.create_role("one", by=ROOT)
    services.roles.delete_role(second.id, by=ROOT)

    assert "one" == services.roles.create_role("one", by=ROOT).name


def test_a_rename_to_a_taken_name_changes_nothing(services: Services) -> None:
    """A refused rename leaves both roles as they were; another capitalisation of one's own name is not a clash."""
    one, two = services.roles.create_role("one", by=ROOT), services.roles.create_role("two", by=ROOT)

    with pytest.raises(AlreadyExists):
        services.roles.update_role(one.id, name="Two", by=ROOT)

    assert [one, two] == [services.role_reader.get_role(role.id, by=ROOT) for role in (one, two)]
    assert "ONE" == services.roles.update_role(one.id, name="ONE", by=ROOT).name


@pytest.mark.parametrize("name", ["admin", "Developer", " viewer ", "platform_admin", "PLATFORM_x", "ａｄｍｉｎ"])
def test_400_for_a_reserved_name(services: Services, name: str) -> None:
    """No custom role can be taken for a built-in one, or for one of the platform."""
    role = services.roles.create_role("ops", by=ROOT)

    with pytest.raises(InvalidArgument, match="reserved"):
        services.roles.create_role(name, by=ROOT)
    with pytest.raises(InvalidArgument, match="reserved"):
        services.roles.update_role(role.id, name=name, by=ROOT)


@pytest.mark.parametrize(("asked", "given"), [("support", "platform_support"), ("platform_x", "platform_x")])
def test_platform_names_get_their_prefix(
    services: Services, platform_admin: Principal, asked: str, given: str
) -> None:
    """A platform role shows by its name what it is, created or renamed; the prefix is never doubled."""
    made = services.roles.create_role(asked, by=platform_admin)
    other = services.roles.create_role("other", by=platform_admin)
    services.roles.delete_role(made.id, by=platform_admin)

    assert given == made.name
    assert given == services.roles.update_role(other.id, name=asked, by=platform_admin).name


@pytest.mark.parametrize("name", ["admin", "Operator", "platform_viewer"])
def test_the_prefix_does_not_make_a_built_in(services: Services, platform_admin: Principal, name: str) -> None:
    """A name is judged with its prefix: `admin` would be `platform_admin`."""
    with pytest.raises(InvalidArgument, match="reserved"):
        services.roles.create_role(name, by=platform_admin)


def test_400_for_a_name_too_long_with_its_prefix(services: Services, platform_admin: Principal) -> None:
    """No name exceeds 200 characters, whoever wrote them."""
    assert 200 == len(services.roles.create_role("x" * 191, by=platform_admin).name)
    with pytest.raises(InvalidArgument):
        services.roles.create_role("x" * 192, by=platform_admin)


@pytest.mark.parametrize("change", ["update", "attach", "detach", "policies"])
@pytest.mark.parametrize("role_id", TENANT_BUILT_INS)
def test_built_ins_cannot_be_changed(services: Services, role_id: str, change: str) -> None:
    """Every route that changes a role refuses a built-in one."""
    policy = write(services, "apikeys:read")
    attempts: dict[str, Callable[[], object]] = {
        "update": lambda: services.roles.update_role(role_id, name="mine", by=ROOT),
        "policies": lambda: services.roles.update_role(role_id, policy_ids=[policy.id], by=ROOT),
        "attach": lambda: services.roles.attach_policy(role_id, policy.id, by=ROOT),
        "detach": lambda: services.roles.detach_policy(role_id, policy.id, by=ROOT),
    }

    with pytest.raises(InvalidArgument, match=r"^built-in roles cannot be changed$"):
        attempts[change]()


def test_built_ins_cannot_be_deleted(services: Services, platform_admin: Principal) -> None:
    """The sentence is the contract's, for tenants and platform alike."""
    for by, built_ins in ((ROOT, TENANT_BUILT_INS), (platform_admin, PLATFORM_BUILT_INS)):
        for role_id in built_ins:
            with pytest.raises(InvalidArgument, match=r"^cannot delete built-in role$"):
                services.roles.delete_role(role_id, by=by)


def test_a_deleted_role_grants_nothing(services: Services) -> None:
    """A key that still names a deleted role has nothing from it."""
    role = role_with(services, "ops", write(services, "apikeys:read"))
    key = key_with(services, role.id)
    before = may(services, key.role_ids, "apikeys:read")

    services.roles.delete_role(role.id, by=ROOT)

    assert (True, False) == (before, may(services, key.role_ids, "apikeys:read"))


def test_404_for_what_the_organization_does_not_have(services: Services, operator_admin: Principal) -> None:
    """A role of another organization, or of the other kind, looks exactly like none."""
    foreign = services.roles.create_role("ops", by=operator_admin)
    policies_of = partial(services.role_reader.list_role_policies, limit=1, after="")

    for role_id in (foreign.id, "role_none", "role_platform_admin"):
        for attempt in (services.role_reader.get_role, policies_of,
                        services.roles.delete_role, services.roles.update_role):
            with pytest.raises(NotFound, match=r"^role not found$"):
                attempt(role_id, by=ROOT)


def test_a_list_shows_built_ins_first_and_counts(services: Services) -> None:
    """A tenant's administrator sees every role, and which of them are in use."""
    role = role_with(services, "ops", write(services, "apikeys:read"))
    key_with(services, role.id, "role_viewer")
    key_with(services, role.id)

    page = services.role_reader.list_roles_in_use(limit=10, after="", by=ROOT)
    rows = render("list[Role]", page)

    assert [{"id": role_id, "org_id": TENANT, "name": name, "is_default": True, "policy_ids": [], "created_at": NOW,
             "api_key_count": 1 if role_id == "role_viewer" else 0, "policy_count": 0}
            for role_id, name in TENANT_BUILT_INS.items()] == rows[:3]
    assert [{**render("Role", role), "api_key_count": 2, "policy_count": 1}] == rows[3:]


def test_the_platform_lists_its_own(services: Services, platform_admin: Principal) -> None:
    """Platform rows are roles without counts, and its built-ins are no defaults."""
    role = services.roles.create_role("support", by=platform_admin)

    rows = render("list[Role]", services.role_reader.list_roles(limit=10, after="", by=platform_admin))

    assert [*PLATFORM_BUILT_INS, role.id] == [row["id"] for row in rows]
    assert {"id", "org_id", "name", "is_default", "policy_ids", "created_at"} == {name for row in rows for name in row}
    assert {(False, PLATFORM_ORG)} == {(row["is_default"], row["org_id"]) for row in rows}


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("custom", [0, 1, 2])
def test_pages_join_to_the_whole_list(services: Services, limit: int, custom: int) -> None:
    """Wherever a page ends, the next goes on there: nothing is shown twice, nothing is left out."""
    made = [services.roles.create_role(f"role {number}", by=ROOT).id for number in range(custom)]

    seen: list[Role] = []
    after, pages = "", 0
    while after or not pages:
        page = services.role_reader.list_roles(limit=limit, after=after, by=ROOT)
        seen, after, pages = [*seen, *page.items], page.next, pages + 1
        assert 1 <= len(page.items) <= limit

    assert [*TENANT_BUILT_INS, *made] == [role.id for role in seen]


def test_every_change_is_an_event(services: Services, events_of: Events) -> None:
    """A tenant's trail tells what a role was after each change, and who made it."""
    policy = write(services, "apikeys:read")
    role = role_with(services, "ops", policy)
    services.roles.update_role(role.id, name="support", by=ROOT)
    services.roles.detach_policy(role.id, policy.id, by=ROOT)
    services.roles.update_role(role.id, name="support", by=ROOT)
    services.roles.delete_role(role.id, by=ROOT)

    told = [(kind, {name: payload[name] for name in ("role_id", "change", "name", "policy_ids", "actor")})
            for kind, payload in events_of(TENANT) if kind.startswith("role.")]

    assert [("role.created", "created", "ops", [policy.id]), ("role.updated", "updated", "support", [policy.id]),
            ("role.updated", "updated", "support", []), ("role.deleted", "deleted", "support", [])] == [
        (kind, payload["change"], payload["name"], payload["policy_ids"]) for kind, payload in told]
    assert [{"type": "api_key", "id": "ak_root"}] * 4 == [payload["actor"] for _, payload in told]


def test_the_platform_has_one_event_type(
    services: Services, platform_admin: Principal, events_of: Events
) -> None:
    """Whatever changes a platform role or policy is `platform.role.changed`, in the platform's trail."""
    policy = write(services, "platform:keys:read", by=platform_admin)
    role = role_with(services, "ops", policy, by=platform_admin)
    services.roles.delete_role(role.id, by=platform_admin)
    services.policies.delete_policy(policy.id, by=platform_admin)

    told = events_of(PLATFORM_ORG)

    assert [("policy_id", "created"), ("role_id", "created"), ("role_id", "deleted"), ("policy_id", "deleted")] == [
        ("role_id" if "role_id" in payload else "policy_id", payload["change"]) for _, payload in told]
    assert {"platform.role.changed"} == {kind for kind, _ in told}
