"""Roles and policies changed by many at once, against a real engine (contract, sections 4 to 6)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import Aborted, AlreadyExists, Conflict, InvalidArgument, NotFound
from controlplane.domain.records import Policy, Role
from controlplane.services.policies import PolicyChanges
from controlplane.services.roles import MAX_POLICIES, MAX_ROLES_OF_POLICY
from tests.races.access_world import ROOT, check_agreement, found_tenant, refusals, write
from tests.races.contenders import at_once, process

MANY, HANDS = 16, 10


@pytest.fixture
def contenders(fresh_table: str, dynamodb_endpoint: str) -> list[Services]:
    """Sixteen processes on one table."""
    made = [process(dynamodb_endpoint, fresh_table) for _ in range(MANY)]
    found_tenant(made[0])
    return made


@pytest.fixture
def services(contenders: list[Services]) -> Services:
    """One of them, who looks at what is left."""
    return contenders[0]


def _role(services: Services, name: str, *policies: Policy) -> Role:
    return services.roles.create_role(name, [policy.id for policy in policies], by=ROOT)


def test_one_of_many_gets_the_name(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """Sixteen creations under one name, however capitalised, make one role; fifteen are told that it exists."""
    for number in range(rounds):
        names = [f"{'Role' if place % 2 else 'role'} {number}" for place in range(MANY)]
        answers = at_once(pool, [partial(one.roles.create_role, name, by=ROOT)
                                 for one, name in zip(contenders, names, strict=True)])

        assert [AlreadyExists] * (MANY - 1) == [type(problem) for problem in refusals(answers)]
        assert number + 1 == len(services.store.roles_of_org("org_tenant").items)


def test_one_of_many_is_renamed(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """Sixteen roles that want one new name: one gets it, and all the others keep their own."""
    roles = [_role(services, f"role {place}") for place in range(MANY)]
    for number in range(rounds):
        answers = at_once(pool, [partial(one.roles.update_role, role.id, name=f"wanted {number}", by=ROOT)
                                 for one, role in zip(contenders, roles, strict=True)])

        assert [AlreadyExists] * (MANY - 1) == [type(problem) for problem in refusals(answers)]
        now = services.store.roles_of_org("org_tenant").items
        assert 1 == [role.name for role in now].count(f"wanted {number}")
        assert MANY == len({role.name for role in now})


def test_the_sixteenth_role_never_gets_in(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """A policy with room for one more role takes one of sixteen that are attached at once."""
    policy = write(services)
    for number in range(MAX_ROLES_OF_POLICY - 1):
        _role(services, f"holder {number}", policy)
    roles = [_role(services, f"role {place}") for place in range(MANY)]

    for _ in range(rounds):
        answers = at_once(pool, [partial(one.roles.attach_policy, role.id, policy.id, by=ROOT)
                                 for one, role in zip(contenders, roles, strict=True)])

        assert MANY - 1 == len(refusals(answers))
        assert {InvalidArgument, Conflict} >= {type(problem) for problem in refusals(answers)}
        check_agreement(services)
        (lucky,) = [role for role, answer in zip(roles, answers, strict=True) if answer is None]
        services.roles.detach_policy(lucky.id, policy.id, by=ROOT)


def test_the_twenty_first_policy_never_gets_in(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """A role with room for one more policy takes one of sixteen that are attached at once."""
    role = _role(services, "full", *[write(services) for _ in range(MAX_POLICIES - 1)])
    policies = [write(services) for _ in range(MANY)]

    for _ in range(rounds):
        answers = at_once(pool, [partial(one.roles.attach_policy, role.id, policy.id, by=ROOT)
                                 for one, policy in zip(contenders, policies, strict=True)])

        assert MANY - 1 == len(refusals(answers))
        check_agreement(services)
        (lucky,) = [policy for policy, answer in zip(policies, answers, strict=True) if answer is None]
        services.roles.detach_policy(role.id, lucky.id, by=ROOT)


def test_ten_who_change_one_role_at_once_all_come_through(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor
) -> None:
    """A tool that applies a plan with ten hands attaches ten policies to a role, and none of them has to ask again."""
    role = _role(services, "crowded")
    policies = [write(services) for _ in range(HANDS)]

    for _ in range(HANDS):
        attached = at_once(pool, [partial(one.roles.attach_policy, role.id, policy.id, by=ROOT)
                                  for one, policy in zip(contenders, policies, strict=False)])
        detached = at_once(pool, [partial(one.roles.detach_policy, role.id, policy.id, by=ROOT)
                                  for one, policy in zip(contenders, policies, strict=False)])

        assert [] == refusals(attached) + refusals(detached)
        check_agreement(services)


def test_texts_never_part(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """Whatever meets, each role carries the latest text of each policy that it holds, and of no other."""
    policies = [write(services) for _ in range(3)]
    roles = [_role(services, f"role {place}", policies[place % 3]) for place in range(4)]

    for number in range(rounds):
        short_lived = _role(services, f"short-lived {number}", *policies)
        answers = at_once(pool, _changes(contenders, policies, roles, short_lived, number))

        assert {Conflict, NotFound} >= {type(problem) for problem in refusals(answers)}
        check_agreement(services)


def _changes(
    contenders: list[Services], policies: list[Policy], roles: list[Role], short_lived: Role, number: int
) -> list[Callable[[], Any]]:
    changes: list[Callable[[], Any]] = [partial(contenders[0].roles.delete_role, short_lived.id, by=ROOT)]
    for place, policy in enumerate(policies):
        role, one = roles[(number + place) % 4], contenders[1 + 4 * place:]
        actions = "apikeys:read" if number % 2 else "apikeys:*"
        changes += [
            partial(one[0].policies.update_policy, policy.id, PolicyChanges(actions=actions), by=ROOT),
            partial(one[1].roles.attach_policy, role.id, policy.id, by=ROOT),
            partial(one[2].roles.detach_policy, roles[place].id, policy.id, by=ROOT),
            partial(one[3].policies.rollback_policy, policy.id, "1", by=ROOT),
        ]
    return changes


def test_no_role_holds_a_deleted_policy(
    services: Services, contenders: list[Services], pool: ThreadPoolExecutor, rounds: int
) -> None:
    """Of attaching and deleting at once one is refused: the policy is in a role, or it is gone."""
    role = _role(services, "ops")
    for _ in range(rounds):
        policy = write(services)
        attached, deleted = at_once(pool, [
            partial(contenders[0].roles.attach_policy, role.id, policy.id, by=ROOT),
            partial(contenders[1].policies.delete_policy, policy.id, by=ROOT),
        ])

        assert 1 == len(refusals([attached, deleted]))
        assert attached is None or isinstance(attached, NotFound | InvalidArgument)
        assert deleted is None or isinstance(deleted, Aborted)
        check_agreement(services)
        services.roles.update_role(role.id, policy_ids=[], by=ROOT)
