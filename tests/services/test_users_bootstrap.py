"""The platform's first user (contract, section 4: POST /bootstrap)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import AlreadyExists, InvalidArgument, PermissionDenied
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.roles import DEVELOPER, PLATFORM_ADMIN
from tests.services.conftest import STARTED, key_of

FIRST = {"email": "Ops@Example.com", "password": "correct horse", "name": "Ops"}


def _bootstrap(services: Services, by: Principal, **other: str) -> User:
    return services.platform_bootstrap.bootstrap_platform(**(FIRST | other), by=by)


def test_the_first_user_is_a_platform_admin(services: Services, operator_admin: Principal) -> None:
    """Whoever bootstraps gets somebody who can do everything else, and is answered with exactly three fields."""
    user = _bootstrap(services, operator_admin)

    assert {"id": user.id, "email": "Ops@Example.com", "name": "Ops"} == render("BootstrappedAdmin", user)
    assert (PLATFORM_ADMIN,) == services.platform_users.get_platform_user(user.id).role_ids
    admins = services.store.platform_admins()
    assert admins
    assert (user.id,) == admins.user_ids


def test_the_bootstrap_is_recorded(services: Services, operator_admin: Principal, events_of: Any) -> None:
    """The trail tells who created the first user, with all of its values and nothing of its password."""
    user = _bootstrap(services, operator_admin)

    assert [("platform.user.created", {
        "user_id": user.id, "email": "Ops@Example.com", "change": "created", "name": "Ops", "org_id": PLATFORM_ORG,
        "is_active": True, "role_ids": [PLATFORM_ADMIN], "created_at": STARTED, "updated_at": STARTED,
        "actor": {"type": "api_key", "id": operator_admin.id},
    })] == events_of(PLATFORM_ORG)  # fmt: skip


def test_409_the_second_time(services: Services, operator_admin: Principal) -> None:
    """The platform is bootstrapped once."""
    _bootstrap(services, operator_admin)

    with pytest.raises(AlreadyExists, match=r"^platform already bootstrapped$"):
        _bootstrap(services, operator_admin, email="other@example.com")


def test_409_for_ever(services: Services, operator_admin: Principal) -> None:
    """The marker outlives every user, so emptying the platform does not hand it to whoever comes next."""
    user = _bootstrap(services, operator_admin)
    transaction = services.store.transaction()
    transaction.remove(services.platform_users.get_platform_user(user.id))
    transaction.commit()

    with pytest.raises(AlreadyExists, match=r"^platform already bootstrapped$"):
        _bootstrap(services, operator_admin)


def test_409_when_a_platform_key_made_the_first_user(
    services: Services, operator_admin: Principal, platform_admin: Principal
) -> None:
    """A platform that has a user is bootstrapped, however the user came to be."""
    services.platform_users.create_platform_user(
        email="first@example.com", password="correct horse", name="First", role_ids=None, by=platform_admin)

    with pytest.raises(AlreadyExists, match=r"^platform already bootstrapped$"):
        _bootstrap(services, operator_admin)


@pytest.mark.parametrize("wrong", [{"email": "nobody"}, {"password": "short"}, {"password": "x" * 73}])
def test_400_before_409(services: Services, operator_admin: Principal, wrong: dict[str, str]) -> None:
    """A request that is wrong in itself is told so, whatever the state of the platform."""
    _bootstrap(services, operator_admin)

    with pytest.raises(InvalidArgument):
        _bootstrap(services, operator_admin, **wrong)


def test_403_for_anybody_but_an_operator_admin(services: Services, platform_admin: Principal) -> None:
    """Neither a platform credential nor another role of the operator organization opens the platform."""
    for caller in (platform_admin, key_of(OPERATOR_ORG, DEVELOPER), key_of("org_other", "role_admin")):
        with pytest.raises(PermissionDenied) as refused:
            _bootstrap(services, caller)

        assert "operator" == refused.value.required
