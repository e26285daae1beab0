"""Platform users as they are created, shown, changed and deleted (contract, section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import AlreadyExists, InvalidArgument, NotFound
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.roles import PLATFORM_OPERATOR, PLATFORM_VIEWER
from controlplane.services.platform_users import PlatformUserChanges
from tests.services.conftest import STARTED, SettableClock

NOTHING = PlatformUserChanges()


def _create(services: Services, by: Principal, email: str = "ann@example.com", **other: Any) -> User:
    wanted = {"email": email, "password": "correct horse", "name": "Ann", "role_ids": None} | other
    return services.platform_users.create_platform_user(**wanted, by=by)


def _update(services: Services, user: User, by: Principal, **changes: Any) -> User:
    return services.platform_users.update_platform_user(user.id, PlatformUserChanges(**changes), by=by)


def test_a_user_is_shown_without_its_password(services: Services, platform_admin: Principal) -> None:
    """What leaves the system is listed field by field; a hash is not among it."""
    user = _create(services, platform_admin, role_ids=[PLATFORM_VIEWER])

    assert {
        "id": user.id, "email": "ann@example.com", "name": "Ann", "is_active": True, "role_ids": [PLATFORM_VIEWER],
        "created_at": STARTED, "updated_at": STARTED,
    } == render("PlatformUser", user)  # fmt: skip
    assert user == services.platform_users.get_platform_user(user.id)


def test_a_user_without_roles_has_none(services: Services, platform_admin: Principal) -> None:
    """Nothing is granted that nobody asked for."""
    assert () == _create(services, platform_admin).role_ids


def test_users_are_listed_in_pages(services: Services, platform_admin: Principal) -> None:
    """A list that is longer than its page goes on where the page ended."""
    made = [_create(services, platform_admin, f"user{number}@example.com") for number in range(3)]

    first = services.platform_users.list_platform_users(limit=2, after="")
    rest = services.platform_users.list_platform_users(limit=2, after=first.next)

    assert made == [*first.items, *rest.items]
    assert "" == rest.next


@pytest.mark.parametrize("same", ["ann@example.com", "ANN@Example.COM", "ａnn@example.com"])
def test_409_when_the_email_is_taken(services: Services, platform_admin: Principal, same: str) -> None:
    """Two users never share an e-mail address, however it is written."""
    _create(services, platform_admin, "Ann@example.com")

    with pytest.raises(AlreadyExists):
        _create(services, platform_admin, same)


def test_409_when_changing_to_a_taken_email(services: Services, platform_admin: Principal) -> None:
    """A change of address is held to the same rule as a new user, and leaves everything as it was."""
    _create(services, platform_admin, "ann@example.com")
    ben = _create(services, platform_admin, "ben@example.com")

    with pytest.raises(AlreadyExists):
        _update(services, ben, platform_admin, email="Ann@Example.com", name="Other")

    assert ben == services.platform_users.get_platform_user(ben.id)


def test_an_email_is_free_again(services: Services, platform_admin: Principal) -> None:
    """An address belongs to whoever has it now: not to who had it, nor to who is gone."""
    ann = _create(services, platform_admin, "ann@example.com")
    _update(services, ann, platform_admin, email="anna@example.com")
    ben = _create(services, platform_admin, "ann@example.com")
    services.platform_users.delete_platform_user(ben.id, by=platform_admin)

    assert "ann@example.com" == _create(services, platform_admin, "ann@example.com").email


def test_an_email_can_be_rewritten(services: Services, platform_admin: Principal) -> None:
    """One's own address in other letters is not taken."""
    ann = _create(services, platform_admin, "ann@example.com")

    assert "Ann@Example.com" == _update(services, ann, platform_admin, email="Ann@Example.com").email


@pytest.mark.parametrize("wrong", [
    {"email": "nobody"}, {"email": "a@b@c"}, {"password": "1234567"}, {"password": "é" * 37},
    {"role_ids": ["role_unknown"]}, {"role_ids": ["role_admin"]}, {"role_ids": [f"role_{n}" for n in range(21)]},
])  # fmt: skip
def test_400_for_what_cannot_be(services: Services, platform_admin: Principal, wrong: dict[str, Any]) -> None:
    """Neither a new user nor a changed one gets a bad address, a bad password, or a role of somebody else's."""
    ann = _create(services, platform_admin)

    with pytest.raises(InvalidArgument):
        _create(services, platform_admin, **({"email": "ben@example.com"} | wrong))
    with pytest.raises(InvalidArgument):
        _update(services, ann, platform_admin, **wrong)


def test_a_missing_field_leaves_alone(
    services: Services, platform_admin: Principal, clock: SettableClock, events_of: Any
) -> None:
    """A change touches what it names; one that names nothing changes nothing and leaves no event."""
    ann = _create(services, platform_admin, role_ids=[PLATFORM_VIEWER])
    clock.forward(10)

    assert ann == services.platform_users.update_platform_user(ann.id, NOTHING, by=platform_admin)
    renamed = _update(services, ann, platform_admin, name="Anna")

    assert (ann.email, ann.password_hash, ann.role_ids, ann.session_version) == (
        renamed.email, renamed.password_hash, renamed.role_ids, renamed.session_version)  # fmt: skip
    assert ("Anna", ann.created_at, ann.created_at + 10) == (renamed.name, renamed.created_at, renamed.updated_at)
    assert ["platform.user.created", "platform.user.updated"] == [kind for kind, _ in events_of(PLATFORM_ORG)]


def test_a_reset_password_ends_every_session(services: Services, platform_admin: Principal, events_of: Any) -> None:
    """Whoever held a token before the password changed holds nothing; the event tells of it without a secret."""
    ann = _create(services, platform_admin)

    changed = _update(services, ann, platform_admin, password="battery staple")

    assert ann.session_version + 1 == changed.session_version
    assert services.passwords.verify("battery staple", changed.password_hash)
    payload = events_of(PLATFORM_ORG)[-1][1]
    assert payload["password_changed"]
    assert not {"password", "password_hash", "session_version"} & payload.keys()
    assert changed.password_hash not in str(payload)


def test_deactivation_ends_every_session_for_good(services: Services, platform_admin: Principal) -> None:
    """A token from before does not come back to life with its user."""
    ann = _create(services, platform_admin)

    _update(services, ann, platform_admin, is_active=False)
    back = _update(services, ann, platform_admin, is_active=True)

    assert (True, ann.session_version + 1) == (back.is_active, back.session_version)


def test_another_email_or_role_ends_no_session(services: Services, platform_admin: Principal) -> None:
    """Rights come from the table on every request, so nobody has to log in again for new ones."""
    ann = _create(services, platform_admin)

    changed = _update(services, ann, platform_admin, email="anna@example.com", role_ids=[PLATFORM_OPERATOR])

    assert ann.session_version == changed.session_version


def test_404_for_nobody(services: Services, platform_admin: Principal) -> None:
    """A deleted user, and one that never was, are the same."""
    ann = _create(services, platform_admin)
    services.platform_users.delete_platform_user(ann.id, by=platform_admin)

    for gone in (ann.id, "puser_unknown"):
        with pytest.raises(NotFound):
            services.platform_users.get_platform_user(gone)
        with pytest.raises(NotFound):
            services.platform_users.update_platform_user(gone, NOTHING, by=platform_admin)
        with pytest.raises(NotFound):
            services.platform_users.delete_platform_user(gone, by=platform_admin)


def test_changes_show_no_password() -> None:
    """A log line or a traceback that prints a request's changes gives nothing away."""
    assert "secret" not in repr(PlatformUserChanges(password="secret"))
