"""Tenant users as they are created, shown, changed and deleted (contract, section 5)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import AlreadyExists, InvalidArgument, NotFound
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Claim, Role
from controlplane.domain.roles import ADMIN, PLATFORM_OPERATOR, VIEWER
from controlplane.services.tenant_users import TenantUser
from tests.services.conftest import START, STARTED, TENANT, SettableClock, key_of

OTHER_TENANT = key_of("org_other", ADMIN)


def _create(services: Services, by: Principal, email: str = "tom@example.com", **other: Any) -> TenantUser:
    wanted = {"email": email, "password": "correct horse", "name": None, "roles": None} | other
    return services.users.create_user(**wanted, by=by)


def _update(services: Services, named: TenantUser, by: Principal, **changes: Any) -> TenantUser:
    return services.users.update_user(named.user.id, **({"name": None, "email": None, "roles": None} | changes), by=by)


def _custom_role(services: Services, name: str) -> Role:
    role = Role(id="role_" + name, org_id=TENANT, name=name, created_at=START, updated_at=START)
    transaction = services.store.transaction()
    transaction.create(role)
    transaction.claim(Claim(kind="role_name", scope=TENANT, value=name, owner_id=role.id),
                      otherwise=AlreadyExists("taken"))
    transaction.commit()
    return role


def test_a_user_is_shown_with_its_roles_by_name(services: Services, tenant_admin: Principal) -> None:
    """People know roles by name; a password never leaves."""
    _custom_role(services, "deployer")

    named = _create(services, tenant_admin, name="Tom", roles=["viewer", "deployer", "viewer"])

    assert {
        "id": named.user.id, "org_id": TENANT, "email": "tom@example.com", "name": "Tom",
        "roles": ["viewer", "deployer"], "created_at": STARTED, "updated_at": STARTED,
    } == render("User", named)  # fmt: skip
    assert named == services.users.get_user(named.user.id, by=tenant_admin)


def test_a_user_needs_neither_name_nor_roles(services: Services, tenant_admin: Principal) -> None:
    """Without `roles`, none: nothing is granted that nobody asked for."""
    named = _create(services, tenant_admin)

    assert ("", ()) == (named.user.name, named.user.role_ids)


def test_users_are_listed_in_pages(services: Services, tenant_admin: Principal) -> None:
    """A list shows the organization's own users, and goes on where its page ended."""
    made = [_create(services, tenant_admin, f"user{n}@example.com", roles=["viewer"]) for n in range(3)]
    _create(services, OTHER_TENANT, "other@example.com")

    first = services.users.list_users(limit=2, after="", by=tenant_admin)
    rest = services.users.list_users(limit=2, after=first.next, by=tenant_admin)

    assert (made, "") == ([*first.items, *rest.items], rest.next)


def test_a_role_that_is_gone_is_not_shown(services: Services, tenant_admin: Principal) -> None:
    """A deleted role grants nothing and has no name, while its id may still stand with a user."""
    role = _custom_role(services, "deployer")
    named = _create(services, tenant_admin, roles=["deployer", "viewer"])
    transaction = services.store.transaction()
    transaction.remove(role)
    transaction.commit()

    assert ("viewer",) == services.users.get_user(named.user.id, by=tenant_admin).role_names


@pytest.mark.parametrize("wrong", [
    {"email": "nobody"}, {"password": "1234567"}, {"password": "x" * 73}, {"roles": ["nobody"]},
    {"roles": ["role_admin"]}, {"roles": ["platform_admin"]},
])  # fmt: skip
def test_400_for_what_cannot_be(services: Services, tenant_admin: Principal, wrong: dict[str, Any]) -> None:
    """A bad address, a bad password, and a name that no role of the organization has are refused."""
    with pytest.raises(InvalidArgument):
        _create(services, tenant_admin, **wrong)


def test_409_when_any_organization_has_the_email(services: Services, tenant_admin: Principal) -> None:
    """A login names no organization, so an address leads to one user in all of them."""
    _create(services, OTHER_TENANT, "tom@example.com")
    ann = _create(services, tenant_admin, "ann@example.com")

    with pytest.raises(AlreadyExists):
        _create(services, tenant_admin, "TOM@example.com")
    with pytest.raises(AlreadyExists):
        _update(services, ann, tenant_admin, email="Tom@Example.com")


def test_a_platform_user_may_have_the_same_email(services: Services, platform_admin: Principal) -> None:
    """Who runs the platform may be a tenant's user too: the two log in at different doors."""
    services.platform_users.create_platform_user(
        email="tom@example.com", password="correct horse", name="Tom", role_ids=None, by=platform_admin)

    assert "tom@example.com" == _create(services, OTHER_TENANT, "tom@example.com").user.email


def test_a_missing_field_leaves_alone(
    services: Services, tenant_admin: Principal, clock: SettableClock, events_of: Any
) -> None:
    """A change touches what it names; one that names nothing changes nothing and leaves no event."""
    tom = _create(services, tenant_admin, roles=["viewer"])
    clock.forward(10)

    assert tom == _update(services, tom, tenant_admin)
    changed = _update(services, tom, tenant_admin, name="Tom", roles=[])

    assert ("tom@example.com", "Tom", ()) == (changed.user.email, changed.user.name, changed.role_names)
    assert START + 10 == changed.user.updated_at
    assert ["user.created", "user.updated"] == [kind for kind, _ in events_of(TENANT)]


def test_every_change_is_in_the_tenants_own_trail(
    services: Services, tenant_admin: Principal, events_of: Any
) -> None:
    """A tenant sees who changed its users, with the new values and without a secret; the platform's trail does not."""
    tom = _create(services, tenant_admin, roles=["viewer"])
    services.users.delete_user(tom.user.id, by=tenant_admin)

    actor = {"type": "api_key", "id": tenant_admin.id}
    about = {"user_id": tom.user.id, "email": "tom@example.com", "name": "", "org_id": TENANT, "is_active": True,
             "role_ids": [VIEWER], "created_at": STARTED, "updated_at": STARTED, "actor": actor}
    assert [("user.created", about | {"change": "created"}), ("user.deleted", about | {"change": "deleted"})] == (
        events_of(TENANT))
    assert [] == events_of(PLATFORM_ORG)


def test_404_for_another_organizations_user(services: Services, tenant_admin: Principal) -> None:
    """A foreign user and one that never was are the same."""
    foreign = _create(services, OTHER_TENANT).user.id

    for user_id in (foreign, "user_unknown"):
        with pytest.raises(NotFound):
            services.users.get_user(user_id, by=tenant_admin)
        with pytest.raises(NotFound):
            services.users.update_user(user_id, name="X", email=None, roles=None, by=tenant_admin)
        with pytest.raises(NotFound):
            services.users.delete_user(user_id, by=tenant_admin)
        with pytest.raises(NotFound):
            services.password_changes.change_password(
                user_id, current="correct horse", new="battery staple", address="", by=tenant_admin)


def test_a_deleted_users_email_is_free_again(services: Services, tenant_admin: Principal) -> None:
    """An address belongs to whoever has it now."""
    tom = _create(services, tenant_admin)
    services.users.delete_user(tom.user.id, by=tenant_admin)

    assert "tom@example.com" == _create(services, OTHER_TENANT).user.email


def test_an_impersonator_manages_the_tenants_users(services: Services, tenant_admin: Principal) -> None:
    """Inside a tenant, platform staff act on that tenant, and its trail tells who they were."""
    inside = Principal(type="api_key", id="ak_platform", home_org_id=PLATFORM_ORG, org_id=TENANT,
                       role_ids=(PLATFORM_OPERATOR,), impersonating=True)

    named = _create(services, inside, roles=["admin"])

    assert named == services.users.get_user(named.user.id, by=tenant_admin)
