"""One key or one name, many hands at once, against a real engine (contract, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import Problem
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Organization
from controlplane.domain.roles import ADMIN, PLATFORM_ADMIN
from controlplane.ports import AuditFilter
from controlplane.services.apikeys import IssuedKey, KeyRequest
from tests.races.contenders import at_once, process

MANY = 16
OWNER = Principal(type="api_key", id="ak_1", home_org_id=OPERATOR_ORG, org_id=OPERATOR_ORG, role_ids=(ADMIN,))
PLATFORM = Principal(type="api_key", id="ak_2", home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG,
                     role_ids=(PLATFORM_ADMIN,))  # fmt: skip


@pytest.fixture
def contenders(fresh_table: str, dynamodb_endpoint: str) -> list[Services]:
    """The use cases as 16 processes have them: each with a connection of its own to one table of a real engine."""
    made = [process(dynamodb_endpoint, fresh_table) for _ in range(MANY)]
    made[0].first_boot.issue_bootstrap_key()
    return made


def _code(problem: Problem) -> str:
    return problem.code


def _trail(services: Services, *event_types: str) -> int:
    return sum(
        services.store.count_events(AuditFilter(trail=OPERATOR_ORG, event_type=event_type)).number
        for event_type in event_types
    )


def test_of_many_rotations_of_one_key_exactly_one_wins(
    contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """16 threads rotate one key: one gets a new one, the others 404 or 409; one key is left, and one pair of events."""
    services = contenders[0]
    for number in range(rounds):
        old = services.keys.create_key(KeyRequest(name=f"key {number}"), by=OWNER)

        answers = at_once(pool, [partial(one.keys.rotate_key, old.key.id, by=OWNER) for one in contenders], tell=_code)

        won = [answer for answer in answers if isinstance(answer, IssuedKey)]
        assert 1 == len(won), f"round {number}: {answers}"
        assert {"not_found", "aborted"} >= {answer for answer in answers if isinstance(answer, str)}
        assert None is services.store.key(OPERATOR_ORG, old.key.id)
        assert won[0].key == services.store.key(OPERATOR_ORG, won[0].key.id)
    keys = services.store.keys_of_org(OPERATOR_ORG).items
    assert rounds == len([key for key in keys if key.id != "ak_admin_bootstrap"])
    assert rounds == _trail(services, "authz.key.revoked")


def test_rotating_and_deleting_one_key_leave_a_whole_key_or_none(
    contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """8 threads rotate while 8 delete: exactly one of all wins, and nothing half is left."""
    services = contenders[0]
    for number in range(rounds):
        old = services.keys.create_key(KeyRequest(name=f"key {number}"), by=OWNER)
        ways: list[Callable[[], Any]] = [
            partial(one.keys.rotate_key if place % 2 else one.keys.delete_key, old.key.id, by=OWNER)
            for place, one in enumerate(contenders)
        ]

        answers = at_once(pool, ways, tell=_code)

        assert 1 == len([answer for answer in answers if not isinstance(answer, str)]), f"round {number}: {answers}"
        left = [key for key in services.store.keys_of_org(OPERATOR_ORG).items if key.name == f"key {number}"]
        assert [answer.key for answer in answers if isinstance(answer, IssuedKey)] == left


def test_of_many_tenants_with_one_name_one_is_made(
    contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """16 creates under one name, by all three ways to make one: one organization, one event."""
    services = contenders[0]
    for number in range(rounds):
        name = f"Acme {number}"
        ways: list[Callable[[], Any]] = [
            (
                partial(one.organizations.create_tenant, name, by=PLATFORM),
                partial(one.organizations.create_bare, name, by=PLATFORM),
                partial(one.provisioning.provision_tenant, name, None, by=OWNER),
            )[place % 3]
            for place, one in enumerate(contenders)
        ]

        answers = at_once(pool, ways, tell=_code)

        won = [answer for answer in answers if not isinstance(answer, str)]
        assert 1 == len(won), f"round {number}: {answers}"
        assert {"already_exists"} == {answer for answer in answers if isinstance(answer, str)}
        org = won[0] if isinstance(won[0], Organization) else won[0].org
        assert org == services.store.organization(org.id)
    assert rounds == services.store.count_events(
        AuditFilter(trail=PLATFORM_ORG, event_type="platform.tenant.provisioned")).number  # fmt: skip
