"""Logging in and out (contract, sections 4 and 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from controlplane.api.views import render
from controlplane.bootstrap import Services
from controlplane.domain.errors import PermissionDenied, Unauthenticated
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Organization, User
from controlplane.domain.roles import PLATFORM_VIEWER
from controlplane.domain.token_claims import TokenClaims
from controlplane.ports import PasswordHasher
from controlplane.services.logins import Session
from controlplane.services.platform_users import PlatformUserChanges
from tests.services.conftest import START, TENANT, SettableClock, user_of

RIGHT, WRONG, ADDRESS = "correct horse", "battery staple", "192.0.2.1"
TOMORROW = START + 86_400


class CountingHasher:
    """A hasher that remembers which hashes it was asked about."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self.verified: list[str] = []

    def hash(self, password: str) -> str:
        """Hash as the other one does."""
        return self._hasher.hash(password)

    def verify(self, password: str, hashed: str) -> bool:
        """Verify as the other one does."""
        self.verified.append(hashed)
        return self._hasher.verify(password, hashed)


@pytest.fixture
def ann(services: Services, platform_admin: Principal) -> User:
    """A platform user who may look around."""
    return services.platform_users.create_platform_user(
        email="Ann@Example.com", password=RIGHT, name="Ann", role_ids=[PLATFORM_VIEWER], by=platform_admin)


@pytest.fixture
def tom(services: Services, tenant_admin: Principal) -> User:
    """A tenant's user."""
    return services.users.create_user(
        email="tom@example.com", password=RIGHT, name="Tom", roles=["developer", "viewer"], by=tenant_admin).user


def _platform(services: Services, email: str = "ann@example.com", password: str = RIGHT) -> Session:
    return services.logins.login_platform_user(email=email, password=password, address=ADDRESS)


def _tenant(services: Services, email: str = "tom@example.com", password: str = RIGHT) -> Session:
    return services.logins.login_user(email=email, password=password, address=ADDRESS)


def _organization(services: Services) -> Organization:
    organization = services.store.organization(TENANT)
    assert organization
    return organization


@pytest.mark.parametrize("email", ["ann@example.com", "ANN@EXAMPLE.COM", "Ａnn@example.com"])
def test_a_session_is_shown_with_its_user(services: Services, ann: User, email: str) -> None:
    """An address is the same however it is written; roles are shown by name."""
    session = _platform(services, email)

    assert {
        "token": session.token, "expires_at": "2026-09-22T14:13:20Z",
        "user": {"id": ann.id, "email": "Ann@Example.com", "name": "Ann", "roles": ["platform_viewer"]},
    } == render("Login", session)  # fmt: skip


def test_a_token_says_who_and_how_long(services: Services, ann: User, tom: User) -> None:
    """A token lives a day and holds its user, organization and session; of rights it holds none."""
    for session, user in ((_platform(services), ann), (_tenant(services), tom)):
        claims = services.tokens.verify(session.token, now=START)

        assert claims == TokenClaims(
            user_id=user.id, org_id=user.org_id, session_id=claims.session_id, session_version=1, issued_at=START,
            expires_at=TOMORROW)  # fmt: skip


def test_every_session_is_its_own(services: Services, ann: User) -> None:
    """Ending one session ends no other, so no two share an id."""
    first, second = (services.tokens.verify(_platform(services).token, now=START) for _ in range(2))

    assert first.session_id != second.session_id


def test_a_login_is_remembered(services: Services, ann: User, clock: SettableClock) -> None:
    """A user's last login is kept; it is no change of the user, whose revision stays."""
    clock.forward(60)
    _platform(services)

    assert replace(ann, last_login_at=START + 60) == services.platform_users.get_platform_user(ann.id)


@pytest.mark.parametrize(("email", "password"), [
    ("ann@example.com", WRONG), ("ann@example.com", ""), ("nobody@example.com", RIGHT), ("", RIGHT),
    ("tom@example.com", RIGHT), ("x" * 4000 + "@example.com", RIGHT), ("ann@example.com", RIGHT + "\0"),
    ("ann@example.com", "x" * 5000), ("#", RIGHT),
])  # fmt: skip
def test_401_for_whoever_is_not_known(services: Services, ann: User, tom: User, email: str, password: str) -> None:
    """A wrong password, an unknown address and another door's user are answered with one sentence."""
    with pytest.raises(Unauthenticated, match=r"^invalid credentials$"):
        _platform(services, email, password)


def test_an_unknown_email_costs_a_verification(services: Services, ann: User) -> None:
    """The time of a refusal does not tell whether an account exists: bcrypt runs once for each."""
    counting = CountingHasher(services.passwords)
    services.passwords = counting
    for email in ("ann@example.com", "nobody@example.com"):
        with pytest.raises(Unauthenticated):
            _platform(services, email, WRONG)

    assert [ann.password_hash, ""] == counting.verified


def test_403_for_an_inactive_account(
    services: Services, ann: User, platform_admin: Principal, events_of: Any
) -> None:
    """Only who knows the password learns that the account is inactive; the refusal is recorded."""
    services.platform_users.update_platform_user(ann.id, PlatformUserChanges(is_active=False), by=platform_admin)

    with pytest.raises(Unauthenticated, match=r"^invalid credentials$"):
        _platform(services, password=WRONG)
    with pytest.raises(PermissionDenied, match=r"^account is inactive$"):
        _platform(services)

    assert ["platform.login.failed", "platform.login.failed"] == [
        kind for kind, _ in events_of(PLATFORM_ORG) if ".login." in kind]  # fmt: skip


def test_platform_logins_are_recorded(services: Services, ann: User, events_of: Any) -> None:
    """The trail tells who logged in and whose login failed; an address that nobody has is not kept."""
    _platform(services)
    with pytest.raises(Unauthenticated):
        _platform(services, password=WRONG)
    with pytest.raises(Unauthenticated):
        _platform(services, "oops-my-password@example.com")

    known, unknown = {"user_id": ann.id, "email": "Ann@Example.com"}, {"user_id": "", "email": ""}
    nobody = {"type": "anonymous", "id": ""}
    assert [
        ("platform.login.succeeded",
         known | {"change": "succeeded", "actor": {"type": "platform_user", "id": ann.id}}),
        ("platform.login.failed", known | {"change": "failed", "actor": nobody}),
        ("platform.login.failed", unknown | {"change": "failed", "actor": nobody}),
    ] == [event for event in events_of(PLATFORM_ORG) if ".login." in event[0]]  # fmt: skip


def test_a_tenants_login_is_nobody_elses_business(services: Services, tom: User, events_of: Any) -> None:
    """The platform's trail tells nothing of a tenant's people."""
    _tenant(services)
    with pytest.raises(Unauthenticated):
        _tenant(services, password=WRONG)

    assert [] == events_of(PLATFORM_ORG)


def test_403_while_the_organization_is_suspended(services: Services, tom: User) -> None:
    """A suspended tenant's people are told so, once they showed their password."""
    organization = _organization(services)
    transaction = services.store.transaction()
    transaction.replace(organization, replace(organization, suspended=True))
    transaction.commit()

    with pytest.raises(Unauthenticated):
        _tenant(services, password=WRONG)
    with pytest.raises(PermissionDenied, match=r"^organization is suspended$"):
        _tenant(services)


def test_401_when_the_organization_is_deleted(services: Services, tom: User) -> None:
    """Nobody belongs to a tenant that is gone, even before its items are."""
    transaction = services.store.transaction()
    transaction.remove(_organization(services))
    transaction.commit()

    with pytest.raises(Unauthenticated, match=r"^invalid credentials$"):
        _tenant(services)


def test_logout_ends_one_session(services: Services, ann: User) -> None:
    """The session that logs out is marked until its token would have expired; once more changes nothing."""
    caller = user_of(PLATFORM_ORG, id=ann.id)

    services.logins.logout(by=caller)
    services.logins.logout(by=caller)

    ended = services.store.ended_session(caller.session_id)
    assert ended
    assert TOMORROW == ended.ttl


def test_a_session_shows_no_token(services: Services, ann: User) -> None:
    """A log line or a traceback that prints a session gives nothing away."""
    session = _platform(services)

    assert session.token not in repr(session)
    assert ann.password_hash not in repr(session)
