"""Many at once, against a real engine: what must be once is once, and somebody always remains (contract, section 4)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import Problem
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Claim, User
from controlplane.domain.roles import ADMIN, PLATFORM_ADMIN
from controlplane.ports import AuditFilter
from controlplane.security.passwords import CHEAPEST
from controlplane.services.platform_users import BOOTSTRAPPED, PlatformUserChanges
from controlplane.services.user_records import email_claim
from tests.races.contenders import at_once, process

MANY = 32
PASSWORD = "correct horse"
OPERATOR = Principal(type="api_key", id="ak_1", home_org_id=OPERATOR_ORG, org_id=OPERATOR_ORG, role_ids=(ADMIN,))
PLATFORM = Principal(type="api_key", id="ak_2", home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG,
                     role_ids=(PLATFORM_ADMIN,))
TENANT = Principal(type="api_key", id="ak_3", home_org_id="org_1", org_id="org_1", role_ids=(ADMIN,))


@pytest.fixture
def contenders(fresh_table: str, dynamodb_endpoint: str) -> list[Services]:
    """The use cases as 32 processes have them: each with a connection of its own to one table of a real engine."""
    return [process(dynamodb_endpoint, fresh_table, password_cost=CHEAPEST) for _ in range(MANY)]


@pytest.fixture
def services(contenders: list[Services]) -> Services:
    """One of the contenders, who looks at what is left."""
    return contenders[0]


def _said(problem: Problem) -> str:
    return f"{problem.code}: {problem.sentence}"


def _users(answers: list[Any]) -> list[User]:
    return [answer for answer in answers if isinstance(answer, User)]


def _forget(services: Services, user: User, *claims: Claim) -> None:
    """Put the table back to before a round."""
    transaction = services.store.transaction()
    current = services.store.user(user.org_id, user.id)
    assert current
    transaction.remove(current)
    for claim in (email_claim(current), *claims):
        transaction.release(claim)
    admins = services.store.platform_admins()
    if admins:
        transaction.remove(admins)
    transaction.commit()


def test_of_many_bootstraps_one_succeeds(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """32 calls at once make one platform user; 31 are told that the platform is bootstrapped."""
    for number in range(rounds):
        answers = at_once(pool, [
            partial(contender.platform_bootstrap.bootstrap_platform, email=f"ops{place}@example.com",
                    password=PASSWORD, name="Ops", by=OPERATOR)
            for place, contender in enumerate(contenders)
        ], tell=_said)

        (first,) = _users(answers)
        refusals = Counter(answer for answer in answers if answer is not first)
        assert {"already_exists: platform already bootstrapped": MANY - 1} == refusals, f"round {number}"
        assert [first] == services.store.users_of_org(PLATFORM_ORG).items
        admins = services.store.platform_admins()
        assert admins
        assert (first.id,) == admins.user_ids
        _forget(services, first, BOOTSTRAPPED)
    assert rounds == services.store.count_events(AuditFilter(trail=PLATFORM_ORG)).number


def test_of_many_users_with_one_email_one_is_created(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """16 calls at once with one address, however it is written, make one user and one event."""
    spellings = ("ann{}@example.com", "ANN{}@example.com", "Ann{}@Example.com", "ａnn{}@example.com")
    for number in range(rounds):
        answers = at_once(pool, [
            partial(contender.platform_users.create_platform_user, email=spellings[place % 4].format(number),
                    password=PASSWORD, name="Ann", role_ids=None, by=PLATFORM)
            for place, contender in enumerate(contenders[:16])
        ], tell=_said)

        assert 1 == len(_users(answers)), f"round {number}: {answers}"
        assert {"already_exists: a user with this email already exists"} == {
            answer for answer in answers if isinstance(answer, str)}  # fmt: skip
    assert rounds == len(services.store.users_of_org(PLATFORM_ORG).items)
    assert rounds == services.store.count_events(AuditFilter(trail=PLATFORM_ORG)).number


def test_two_admins_never_remove_each_other(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """Two admins that delete, demote or deactivate each other at once: one stays, one call is told `aborted`."""
    ways = [
        lambda users, user: users.delete_platform_user(user.id, by=PLATFORM),
        lambda users, user: users.update_platform_user(user.id, PlatformUserChanges(is_active=False), by=PLATFORM),
        lambda users, user: users.update_platform_user(user.id, PlatformUserChanges(role_ids=[]), by=PLATFORM),
    ]
    for number in range(rounds):
        admins = [
            services.platform_users.create_platform_user(
                email=f"{name}{number}@example.com", password=PASSWORD, name=name, role_ids=[PLATFORM_ADMIN],
                by=PLATFORM)
            for name in ("ann", "ben")
        ]

        answers = at_once(pool, [
            partial(way, contender.platform_users, admin)
            for way, contender, admin in zip((ways[number % 3], ways[number // 3 % 3]), contenders, admins,
                                             strict=False)
        ], tell=_said)

        refusals = [answer for answer in answers if isinstance(answer, str)]
        assert ["aborted: the last active platform admin cannot be deleted, demoted or deactivated"] == refusals
        roll = services.store.platform_admins()
        assert roll
        (left,) = roll.user_ids
        kept = services.store.user(PLATFORM_ORG, left)
        assert kept
        assert (True, (PLATFORM_ADMIN,)) == (kept.is_active, kept.role_ids), f"round {number}"
        _forget(services, kept)


def test_of_many_guesses_at_once_five_are_looked_at(
    contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """A burst of wrong passwords gets no more answers than the same passwords one after another."""
    for number in range(rounds):
        answers = at_once(pool, [
            partial(contender.logins.login_platform_user, email=f"ann{number}@example.com", password="wrong",
                    address=f"10.{number // 256}.{number % 256}.{place}")
            for place, contender in enumerate(contenders)
        ], tell=_said)

        looked_at = [answer for answer in answers if answer.startswith("unauthenticated")]
        turned_away = [answer for answer in answers if answer.startswith("resource_exhausted")]
        assert (5, MANY - 5) == (len(looked_at), len(turned_away)), f"round {number}: {Counter(answers)}"
