"""What every function really does to the table: all events of `events/`, and what they leave out, seen on the wire."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from controlplane.bootstrap import Services
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.roles import ADMIN, PLATFORM_ADMIN
from controlplane.services.apikeys import KeyRequest
from controlplane.settings import Settings
from devserver.deployment import Function
from devserver.environments import FunctionProcesses
from devserver.function_environment import function_environment
from tests.events.case import Case, Gateway
from tests.events.cases import SUCCESSES
from tests.events.generate import EVENTS, all_cases
from tests.events.scene import PASSWORD
from tests.events.stage import Processes, Stage
from tests.template.recording_endpoint import Seen, recording

# What the sample events leave out, because it changes other items than the plain success does.
FURTHER: tuple[Case, ...] = (
    Case(operation="update_user", status=200, body={"email": "other@example.com", "roles": ["admin"]}),
    Case(operation="update_platform_user", status=200,
         body={"email": "other@example.com", "is_active": False, "password": "another made-up one"}),
    Case(operation="update_project", status=200, body={"name": "renamed"}),
    Case(operation="update_environment", status=200, body={"name": "renamed"}),
    Case(operation="update_policy", status=200, body={"condition": "true"}),
    Case(operation="update_tenant", status=200, body={"name": "renamed"}),
    Case(operation="delete_role", status=204, path={"role_id": "{role}"}),
    Case(operation="query_audit", status=200, query="event_type=authz.key.created"),
    Case(operation="query_platform_audit", status=200, query="event_type=platform.key.created"),
    Case(operation="query_platform_audit", status=200, query="platform_key_id={platform_key}"),
    Case(operation="query_platform_audit", status=200, query="impersonated_org_id={organization}"),
)
# A POST that fails after it was noted under its Idempotency-Key: the note is removed. One for each function with POSTs.
FAILING: tuple[Case, ...] = (
    Case(operation="create_key", status=400, body={"name": "deploy", "role_ids": ["role_none"]}),
    Case(operation="create_environment", status=409, body={"name": "staging"}),
    Case(operation="register_function", status=400, body={"name": "crop"}),
    Case(operation="bootstrap_platform", status=409,
         body={"email": "second@example.com", "password": PASSWORD, "name": "second"}),
    Case(operation="create_policy", status=400, body={
        "name": "n", "effect": "allow", "actions": "*", "resources": "*", "condition": "1 +"}),
    Case(operation="create_project", status=409, body={"name": "website"}),
    Case(operation="create_role", status=400, body={"name": "admin"}),
    Case(operation="create_tenant", status=409, body={"name": "organization"}),
    Case(operation="create_user", status=409, body={"email": "user@example.com", "password": PASSWORD, "roles": []}),
)
# What only the service can refuse: the caller's roles have gone since the authorizer read them.
REFUSED: tuple[Case, ...] = (
    Case(operation="create_key", status=403, body={"name": "deploy"}),
    Case(operation="create_policy", status=403,
         body={"name": "n", "effect": "allow", "actions": "*", "resources": "*"}),
    Case(operation="attach_policy", status=403, body={"policy_id": "{spare_policy}"}),
    Case(operation="delete_user", status=403),
    Case(operation="change_password", status=403, by="tenant",
         body={"current_password": PASSWORD, "new_password": "another made-up one"}),
    Case(operation="get_function", status=403),
)
# These clean up whatever any deletion left, not only their own.
CLEANING = ("delete_environment", "delete_project", "delete_org", "delete_tenant")


class SignedProcesses(Processes):
    """The functions, each signing with its own name; `more` are variables by function."""

    def __init__(self, stage: Stage, *, more: Mapping[str, Mapping[str, str]]) -> None:
        self._given = stage.settings
        self._more = more
        super().__init__(stage)
        self.functions = FunctionProcesses(self._signing, limit=1)

    def _signing(self, function: Function) -> Mapping[str, str]:
        name = {"AWS_ACCESS_KEY_ID": function.name}
        return {**function_environment(function, self._given), **name, **self._more.get(function.name, {})}


def uses_seen(endpoint: str, folder: Path, *, empty_table: str) -> frozenset[Seen]:
    """Run everything once; returns what was done to the table, by function."""
    more = {"SweepFunction": {"IRONFLOW_PURGE_EXPIRED_AFTER_DAYS": "1"},
            "BootstrapFunction": {"IRONFLOW_TABLE": empty_table}}
    with recording(endpoint) as (url, seen):
        stage = Stage(url, folder, table=f"uses-{uuid.uuid4().hex}")
        processes = SignedProcesses(stage, more=more)
        try:
            for function, state, event in _invocations(stage, processes):
                stage.put_back(state)
                processes.invoke(function, event)
                processes.invoke(function, event)  # denials and failures are counted the second time
            _run_cleaners(stage, processes)
            _run_tasks(stage, processes)
        finally:
            processes.close()
    return frozenset(seen)


def _invocations(stage: Stage, processes: Processes) -> Iterator[tuple[str, str, Any]]:
    for name, case in all_cases():
        yield name.partition("/")[0], case.state, json.loads((EVENTS / name).read_text(encoding="utf-8"))
    gateway, posts = Gateway(stage, processes), [case for case in SUCCESSES if case.route.method == "POST"]
    for case in FURTHER:
        yield case.route.function, case.state, gateway.event_of(case)
    for case in REFUSED:
        event = gateway.event_of(case)
        event["requestContext"]["authorizer"]["role_ids"] = ""
        yield case.route.function, case.state, event
    for number, case in enumerate((*posts, *FAILING)):
        event = gateway.event_of(replace(case, headers={**case.headers, "Idempotency-Key": f"k{number}"}))
        yield case.route.function, case.state, event


def _run_cleaners(stage: Stage, processes: Processes) -> None:
    gateway = Gateway(stage, processes)
    for case in SUCCESSES:
        if case.operation in CLEANING:
            event = gateway.event_of(case)
            stage.put_back()
            _leave_something(stage)
            processes.invoke(case.route.function, event)


def _leave_something(stage: Stage) -> None:
    """Delete an environment with a key and a function, and an organization with everything, and clean nothing up."""
    services = Services(Settings.from_environment(stage.settings))
    landlord = Principal(type="api_key", id="ak_2", home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG,
                         role_ids=(PLATFORM_ADMIN,))
    for name in ("left without an environment", "left without anything"):
        org_id = services.organizations.create_tenant(name, by=landlord).id
        owner = Principal(type="api_key", id="ak_1", home_org_id=org_id, org_id=org_id, role_ids=(ADMIN,))
        environment = services.environments.create_environment("extra", project_id=None, color=None, by=owner)
        inside = replace(owner, environment_id=environment.id)
        services.functions.register_function("crop", description=None, endpoint_url=None, by=inside)
        services.users.create_user(email=f"{org_id}@example.com", password=PASSWORD, name="n", roles=[], by=owner)
        services.roles.create_role("left", by=owner)
        for environment_id in ("", environment.id):
            services.keys.create_key(KeyRequest(name="soon", expires_in="5d", environment_id=environment_id), by=owner)
        services.environments.delete_environment(environment.id, by=owner)
    services.organizations.delete_tenant(org_id, by=landlord)


def _run_tasks(stage: Stage, processes: Processes) -> None:
    """Let the sweep find something of everything, and ask for the bootstrap key in every way."""
    stage.put_back()
    _leave_something(stage)
    for _ in range(2):
        processes.invoke("sweep", {})
    for event in ({}, {}, {"reset": True}):
        processes.invoke("bootstrap", event)
