"""Nobody makes, changes or removes a user who can do more than they can (contract, section 6)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import PermissionDenied
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Role, User
from controlplane.domain.roles import ADMIN, DEVELOPER, PLATFORM_ADMIN, PLATFORM_OPERATOR, PLATFORM_VIEWER, VIEWER
from controlplane.services.platform_users import PlatformUserChanges
from tests.services.conftest import START, TENANT, key_of, user_of

OPERATOR = key_of(PLATFORM_ORG, PLATFORM_OPERATOR)
TENANT_DEVELOPER = key_of(TENANT, DEVELOPER)


def _platform_user(services: Services, by: Principal, role_id: str) -> User:
    return services.platform_users.create_platform_user(
        email=f"{role_id}@example.com", password="correct horse", name="User", role_ids=[role_id], by=by)


def _tenant_user(services: Services, by: Principal, role: str) -> User:
    return services.users.create_user(
        email=f"{role}@example.com", password="correct horse", name=None, roles=[role], by=by).user


def test_403_for_a_user_with_more_than_the_caller_has(services: Services) -> None:
    """An operator cannot make an admin, and is told which action is beyond it."""
    with pytest.raises(PermissionDenied) as refused:
        _platform_user(services, OPERATOR, PLATFORM_ADMIN)

    assert refused.value.required.startswith("platform:")
    assert not services.platform_users.list_platform_users(limit=10, after="").items


@pytest.mark.parametrize("changes", [
    {"password": "battery staple"}, {"email": "mine@example.com"}, {"is_active": False}, {"role_ids": []},
    {"name": "X", "role_ids": [PLATFORM_VIEWER]},
])  # fmt: skip
def test_403_for_touching_who_has_more(services: Services, platform_admin: Principal, changes: dict[str, Any]) -> None:
    """Taking over, locking out or demoting an admin takes an admin's rights."""
    admin = _platform_user(services, platform_admin, PLATFORM_ADMIN)

    with pytest.raises(PermissionDenied):
        services.platform_users.update_platform_user(admin.id, PlatformUserChanges(**changes), by=OPERATOR)

    assert admin == services.platform_users.get_platform_user(admin.id)


def test_403_for_deleting_who_has_more(services: Services, platform_admin: Principal) -> None:
    """Removing an admin takes an admin's rights."""
    admin = _platform_user(services, platform_admin, PLATFORM_ADMIN)

    with pytest.raises(PermissionDenied):
        services.platform_users.delete_platform_user(admin.id, by=OPERATOR)


def test_403_for_promoting_oneself(services: Services, platform_admin: Principal) -> None:
    """A user that may manage users gives itself nothing that it has not."""
    user = _platform_user(services, platform_admin, PLATFORM_OPERATOR)
    caller = user_of(PLATFORM_ORG, PLATFORM_OPERATOR, id=user.id)

    with pytest.raises(PermissionDenied):
        services.platform_users.update_platform_user(
            user.id, PlatformUserChanges(role_ids=[PLATFORM_ADMIN]), by=caller)


def test_a_user_changes_its_own_password(services: Services, platform_admin: Principal) -> None:
    """Everybody covers what they hold themselves."""
    user = _platform_user(services, platform_admin, PLATFORM_OPERATOR)
    caller = user_of(PLATFORM_ORG, PLATFORM_OPERATOR, id=user.id)

    changed = services.platform_users.update_platform_user(
        user.id, PlatformUserChanges(password="battery staple"), by=caller)

    assert user.password_hash != changed.password_hash


def test_a_name_is_nobodys_power(services: Services, platform_admin: Principal) -> None:
    """Whoever may manage users may correct a name, an admin's too."""
    admin = _platform_user(services, platform_admin, PLATFORM_ADMIN)

    changed = services.platform_users.update_platform_user(admin.id, PlatformUserChanges(name="Ann"), by=OPERATOR)

    assert "Ann" == changed.name


def test_saying_what_is_so_changes_nothing(services: Services, platform_admin: Principal) -> None:
    """A client that sends a whole user back to rename it is not refused for what it leaves as it is."""
    admin = _platform_user(services, platform_admin, PLATFORM_ADMIN)

    changed = services.platform_users.update_platform_user(
        admin.id, PlatformUserChanges(name="Ann", email=admin.email, is_active=True, role_ids=admin.role_ids),
        by=OPERATOR)

    assert ("Ann", admin.role_ids) == (changed.name, changed.role_ids)


def test_a_deny_on_the_caller_binds_what_it_gives(services: Services, platform_admin: Principal) -> None:
    """Who is denied something cannot make a user who is not."""
    deny = {"policy_id": "pol_1", "name": "no keys", "effect": "deny", "actions": "platform:keys:manage",
            "resources": "*", "condition": ""}
    transaction = services.store.transaction()
    transaction.create(Role(id="role_bound", org_id=PLATFORM_ORG, name="platform_bound", created_at=START,
                            updated_at=START, policy_ids=("pol_1",), grants=(deny,)))
    transaction.commit()
    bound = key_of(PLATFORM_ORG, PLATFORM_ADMIN, "role_bound")

    with pytest.raises(PermissionDenied) as refused:
        _platform_user(services, bound, PLATFORM_ADMIN)

    also_bound = services.platform_users.create_platform_user(
        email="bound@example.com", password="correct horse", name="Bound",
        role_ids=[PLATFORM_ADMIN, "role_bound"], by=bound)
    assert (PLATFORM_ADMIN, "role_bound") == also_bound.role_ids
    assert "platform:keys:manage" == refused.value.required


def test_403_for_a_tenant_user_with_more(services: Services, tenant_admin: Principal) -> None:
    """A developer's key that came by users:manage makes no admin, changes none and removes none."""
    admin = _tenant_user(services, tenant_admin, "admin")

    with pytest.raises(PermissionDenied):
        services.users.create_user(
            email="new@example.com", password="correct horse", name=None, roles=["admin"], by=TENANT_DEVELOPER)
    with pytest.raises(PermissionDenied):
        services.users.update_user(admin.id, name=None, email="mine@example.com", roles=None, by=TENANT_DEVELOPER)
    with pytest.raises(PermissionDenied):
        services.users.update_user(admin.id, name=None, email=None, roles=["viewer"], by=TENANT_DEVELOPER)
    with pytest.raises(PermissionDenied):
        services.users.delete_user(admin.id, by=TENANT_DEVELOPER)
    with pytest.raises(PermissionDenied):
        services.password_changes.change_password(
            admin.id, current="correct horse", new="battery staple", address="192.0.2.1", by=TENANT_DEVELOPER)

    assert (ADMIN,) == services.users.get_user(admin.id, by=tenant_admin).user.role_ids


def test_who_holds_less_can_be_managed(services: Services, tenant_admin: Principal) -> None:
    """The rule compares grants, not ranks: a developer's key covers a viewer."""
    viewer = _tenant_user(services, tenant_admin, "viewer")

    renamed = services.users.update_user(
        viewer.id, name="V", email="v@example.com", roles=["developer"], by=TENANT_DEVELOPER)

    assert (DEVELOPER,) == renamed.user.role_ids
    assert (VIEWER,) == viewer.role_ids


def test_an_impersonator_with_the_read_permission_gives_nothing_away(services: Services) -> None:
    """Reading inside a tenant is a viewer's right, and no more than a viewer comes out of it."""
    reader = Principal(type="api_key", id="ak_platform", home_org_id=PLATFORM_ORG, org_id=TENANT,
                       role_ids=(PLATFORM_VIEWER,), impersonating=True, may_write=False)

    with pytest.raises(PermissionDenied):
        _tenant_user(services, reader, "admin")
