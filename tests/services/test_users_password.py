"""A tenant user's password, changed by whoever knows it (contract, section 5)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import InvalidArgument, ResourceExhausted, Unauthenticated
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.roles import VIEWER
from tests.services.conftest import TENANT, SettableClock, user_of

OLD, NEW, WRONG = "correct horse", "battery staple", "tr0ub4dor"


@pytest.fixture
def tom(services: Services, tenant_admin: Principal) -> User:
    """A viewer."""
    return services.users.create_user(
        email="tom@example.com", password=OLD, name="Tom", roles=["viewer"], by=tenant_admin).user


def _change(services: Services, user: User, by: Principal, *, current: str = OLD, new: str = NEW) -> None:
    services.password_changes.change_password(user.id, current=current, new=new, address="192.0.2.1", by=by)


def test_a_user_changes_its_own_password(services: Services, tom: User, events_of: Any) -> None:
    """No permission is needed for one's own password; every session ends, and the event holds no secret."""
    _change(services, tom, user_of(TENANT, VIEWER, id=tom.id))

    changed = services.store.user(TENANT, tom.id)
    assert changed
    assert services.passwords.verify(NEW, changed.password_hash)
    assert tom.session_version + 1 == changed.session_version
    kind, payload = events_of(TENANT)[-1]
    assert ("user.updated", True, {"type": "user", "id": tom.id}) == (
        kind, payload["password_changed"], payload["actor"])  # fmt: skip
    assert changed.password_hash not in str(payload)


def test_401_when_the_current_password_is_wrong(services: Services, tom: User, tenant_admin: Principal) -> None:
    """A stolen session is not enough to take the account over; an admin has to know the password too."""
    for caller in (user_of(TENANT, VIEWER, id=tom.id), tenant_admin):
        with pytest.raises(Unauthenticated, match=r"^invalid credentials$"):
            _change(services, tom, caller, current=WRONG)

    assert tom == services.store.user(TENANT, tom.id)


def test_an_admin_who_knows_it_changes_it(services: Services, tom: User, tenant_admin: Principal) -> None:
    """Who may manage users may do for them what they can do themselves."""
    _change(services, tom, tenant_admin)

    assert tom.id == services.logins.login_user(email=tom.email, password=NEW, address="192.0.2.1").user.id


@pytest.mark.parametrize("new", ["1234567", "x" * 73, "é" * 37, "with\0nul!"])
def test_400_for_a_bad_new_password(services: Services, tom: User, new: str) -> None:
    """The bounds hold here as everywhere, in bytes."""
    with pytest.raises(InvalidArgument):
        _change(services, tom, user_of(TENANT, VIEWER, id=tom.id), new=new)


def test_429_for_guessing(services: Services, tom: User, clock: SettableClock) -> None:
    """Guessing here counts as guessing at the login; a delayed attempt does not look at the password."""
    caller = user_of(TENANT, VIEWER, id=tom.id)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            _change(services, tom, caller, current=WRONG)

    with pytest.raises(ResourceExhausted):
        _change(services, tom, caller)
    with pytest.raises(ResourceExhausted):
        services.logins.login_user(email=tom.email, password=OLD, address="192.0.2.9")

    clock.forward(900)
    _change(services, tom, caller)
