"""A change of roles or policies decides the very next request, in another process too (contract, section 6)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.services.apikeys import KeyRequest
from controlplane.services.policies import PolicyChanges
from tests.conftest import LOCAL_AWS, REGION
from tests.races.access_world import ROOT, found_tenant, write
from tests.races.contenders import process

ROUNDS = int(os.environ.get("IRONFLOW_STALENESS_ROUNDS", "500"))
AUTHORIZER = """
import json, os, sys
from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.settings import Settings
authorizer = Authorizer(authorizer_parts(Settings.from_environment(os.environ)))
for line in sys.stdin:
    print(authorizer.authorize(json.loads(line))["context"].get("decision", "none"), flush=True)
"""


@pytest.fixture
def services(fresh_table: str, dynamodb_endpoint: str) -> Services:
    """The process that changes things."""
    made = process(dynamodb_endpoint, fresh_table)
    found_tenant(made)
    return made


@pytest.fixture
def deciders(fresh_table: str, dynamodb_endpoint: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Two other processes that decide, warm for as long as the test runs."""
    environ = LOCAL_AWS | {"PATH": os.environ["PATH"], "IRONFLOW_TABLE": fresh_table, "AWS_REGION": REGION,
                           "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint, "IRONFLOW_JWT_SECRET_FILE": "never read"}
    started = [
        subprocess.Popen([sys.executable, "-c", AUTHORIZER], env=environ, text=True, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    yield started
    for one in started:
        one.communicate(timeout=10)


def _decide(decider: subprocess.Popen[str], key: str) -> str:
    """Ask for the list of keys with a key; return the decision."""
    event: dict[str, Any] = {
        "type": "REQUEST", "methodArn": "arn:aws:execute-api:eu-west-1:1:api/dev/GET/api/v1/apikeys",
        "resource": "/api/v1/apikeys", "path": "/api/v1/apikeys", "httpMethod": "GET",
        "headers": {"Authorization": f"Bearer {key}"}, "multiValueHeaders": {"Authorization": [f"Bearer {key}"]},
        "queryStringParameters": {}, "multiValueQueryStringParameters": {}, "pathParameters": {},
        "requestContext": {"requestId": "request", "identity": {"sourceIp": "192.0.2.1"}, "requestTimeEpoch": 1},
    }
    assert decider.stdin
    assert decider.stdout
    decider.stdin.write(json.dumps(event) + "\n")
    decider.stdin.flush()
    return decider.stdout.readline().strip()


def test_no_decision_is_ever_stale(services: Services, deciders: list[subprocess.Popen[str]]) -> None:
    """500 changes of every kind, each followed by a request to two warm processes: none sees the time before."""
    policy, stop = write(services), write(services, effect="deny")
    role = services.roles.create_role("ops", [policy.id], by=ROOT)
    empty = services.roles.create_role("empty", by=ROOT)
    key = services.keys.create_key(KeyRequest(name="k", role_ids=[role.id]), by=ROOT)
    changes: list[tuple[Callable[[], object], str]] = [
        (lambda: services.policies.update_policy(policy.id, PolicyChanges(actions="users:read"), by=ROOT), "refuse"),
        (lambda: services.policies.rollback_policy(policy.id, "1", by=ROOT), "allow"),
        (lambda: services.policies.update_policy(policy.id, PolicyChanges(condition="false"), by=ROOT), "refuse"),
        (lambda: services.policies.update_policy(policy.id, PolicyChanges(condition=""), by=ROOT), "allow"),
        (lambda: services.roles.attach_policy(role.id, stop.id, by=ROOT), "refuse"),
        (lambda: services.roles.detach_policy(role.id, stop.id, by=ROOT), "allow"),
        (lambda: services.roles.detach_policy(role.id, policy.id, by=ROOT), "refuse"),
        (lambda: services.roles.update_role(role.id, policy_ids=[policy.id], by=ROOT), "allow"),
        (lambda: services.keys.set_key_roles(key.key.id, [empty.id], by=ROOT), "refuse"),
        (lambda: services.keys.set_key_roles(key.key.id, [role.id], by=ROOT), "allow"),
    ]
    seen, expected = [], []

    for number in range(ROUNDS):
        change, decision = changes[number % len(changes)]
        change()
        seen.append([_decide(decider, key.value) for decider in deciders])
        expected.append([decision] * len(deciders))

    assert expected == seen


def test_a_deleted_role_grants_nothing_at_once(
    services: Services, deciders: list[subprocess.Popen[str]]
) -> None:
    """A key keeps the id of a deleted role, and gets nothing by it from the next request on."""
    role = services.roles.create_role("ops", [write(services).id], by=ROOT)
    key = services.keys.create_key(KeyRequest(name="k", role_ids=[role.id]), by=ROOT)
    before = [_decide(decider, key.value) for decider in deciders]

    services.roles.delete_role(role.id, by=ROOT)

    assert ["allow", "allow"] == before
    assert ["refuse", "refuse"] == [_decide(decider, key.value) for decider in deciders]
