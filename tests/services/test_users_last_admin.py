"""The last active platform admin stays (contract, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import Aborted
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.roles import PLATFORM_ADMIN, PLATFORM_OPERATOR
from controlplane.services.platform_users import PlatformUserChanges, PlatformUsers

Removal = Callable[[PlatformUsers, User, Principal], Any]


def _update(**changes: Any) -> Removal:
    return lambda users, user, by: users.update_platform_user(user.id, PlatformUserChanges(**changes), by=by)


REMOVALS = {
    "deleted": lambda users, user, by: users.delete_platform_user(user.id, by=by),
    "demoted": _update(role_ids=[PLATFORM_OPERATOR]),
    "stripped": _update(role_ids=[]),
    "deactivated": _update(is_active=False),
}
everyhow = pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)


def _admin(services: Services, by: Principal, email: str) -> User:
    return services.platform_users.create_platform_user(
        email=email, password="correct horse", name="Admin", role_ids=[PLATFORM_ADMIN], by=by)


@everyhow
def test_409_for_the_last_one(services: Services, platform_admin: Principal, remove: Removal) -> None:
    """However it is tried, somebody remains who can manage the platform; nothing changes."""
    ann = _admin(services, platform_admin, "ann@example.com")

    with pytest.raises(Aborted) as refused:
        remove(services.platform_users, ann, platform_admin)

    assert "aborted" == refused.value.code
    assert ann == services.platform_users.get_platform_user(ann.id)


@everyhow
def test_one_of_two_can_go(services: Services, platform_admin: Principal, remove: Removal) -> None:
    """As long as another one is there, an admin is a user like any other; then the other one is the last."""
    ann = _admin(services, platform_admin, "ann@example.com")
    ben = _admin(services, platform_admin, "ben@example.com")

    remove(services.platform_users, ann, platform_admin)

    with pytest.raises(Aborted):
        remove(services.platform_users, ben, platform_admin)


def test_an_inactive_admin_does_not_count(services: Services, platform_admin: Principal) -> None:
    """Who cannot log in cannot manage; active again, it counts again."""
    ann = _admin(services, platform_admin, "ann@example.com")
    ben = _admin(services, platform_admin, "ben@example.com")
    REMOVALS["deactivated"](services.platform_users, ben, platform_admin)

    with pytest.raises(Aborted):
        REMOVALS["deleted"](services.platform_users, ann, platform_admin)
    _update(is_active=True)(services.platform_users, ben, platform_admin)
    REMOVALS["deleted"](services.platform_users, ann, platform_admin)

    admins = services.store.platform_admins()
    assert admins
    assert (ben.id,) == admins.user_ids


def test_a_promoted_user_counts(services: Services, platform_admin: Principal) -> None:
    """An admin by promotion is an admin."""
    ann = _admin(services, platform_admin, "ann@example.com")
    ben = services.platform_users.create_platform_user(
        email="ben@example.com", password="correct horse", name="Ben", role_ids=None, by=platform_admin)
    _update(role_ids=[PLATFORM_OPERATOR, PLATFORM_ADMIN])(services.platform_users, ben, platform_admin)

    REMOVALS["demoted"](services.platform_users, ann, platform_admin)

    with pytest.raises(Aborted):
        REMOVALS["demoted"](services.platform_users, ben, platform_admin)


def test_the_last_admin_can_change_otherwise(services: Services, platform_admin: Principal) -> None:
    """The rule holds the role and the state, not the name, the address or the password."""
    ann = _admin(services, platform_admin, "ann@example.com")

    changed = _update(name="Anna", email="anna@example.com", password="battery staple", is_active=True,
                      role_ids=[PLATFORM_ADMIN, PLATFORM_OPERATOR])(services.platform_users, ann, platform_admin)

    assert ("Anna", True) == (changed.name, changed.is_active)
