"""Which environment a request acts in (contract, sections 1 and 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from controlplane.domain.names import PLATFORM_ORG

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, World

FUNCTIONS = "/api/v1/functions"
SCOPE = "environment does not match API key scope"
TWO = "more than one environment named"
UNKNOWN = "environment not found in this organization"
ENV, ENV_ID = "X-Ironflow-Environment", "x-ironflow-environment-id"
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    # who          headers                                      query                    environment or sentence
    ("org-wide",   {},                                          {},                      ""),
    ("org-wide",   {ENV: "env_staging"},                        {},                      "env_staging"),
    ("org-wide",   {ENV: "staging"},                            {},                      "env_staging"),
    ("org-wide",   {ENV_ID: "default"},                         {},                      "env_default"),
    ("org-wide",   {ENV: "current"},                            {},                      ""),
    ("org-wide",   {ENV: " "},                                  {},                      ""),
    ("org-wide",   {},                                          {"env": "staging"},      "env_staging"),
    ("org-wide",   {},                                          {"env_id": "env_staging"}, "env_staging"),
    ("org-wide",   {ENV: "default"},                            {"env": "staging"},      "env_default"),
    ("org-wide",   {ENV: "staging", ENV_ID: "staging"},         {},                      "env_staging"),
    ("org-wide",   {ENV: "staging", ENV_ID: "default"},         {},                      TWO),
    ("org-wide",   {},                                          {"env": ["staging", "default"]},
                                                                                         TWO),
    ("org-wide",   {ENV: "env_nowhere"},                        {},                      UNKNOWN),
    ("org-wide",   {ENV: "env_of_other"},                       {},                      UNKNOWN),
    ("org-wide",   {ENV: "only-there"},                         {},                      UNKNOWN),
    ("org-wide",   {ENV: "ключ"},                               {},                      UNKNOWN),
    ("org-wide",   {ENV: "a" * 3000},                           {},                      UNKNOWN),
    ("scoped",     {},                                          {},                      "env_staging"),
    ("scoped",     {ENV: "current"},                            {},                      "env_staging"),
    ("scoped",     {ENV: "staging"},                            {},                      "env_staging"),
    ("scoped",     {ENV: "env_staging"},                        {},                      "env_staging"),
    ("scoped",     {ENV: "default"},                            {},                      SCOPE),
    ("scoped",     {},                                          {"env": "env_default"},  SCOPE),
    ("scoped",     {ENV: "env_nowhere"},                        {},                      SCOPE),
    ("scoped",     {ENV: "ключ"},                               {},                      SCOPE),
    ("user",       {},                                          {},                      "env_default"),
    ("user",       {ENV: "current"},                            {},                      "env_default"),
    ("user",       {ENV: "staging"},                            {},                      "env_staging"),
    ("user",       {ENV: "env_of_other"},                       {},                      UNKNOWN),
    ("bare user",  {},                                          {},                      ""),
    ("platform",   {"X-Ironflow-Org": "org_acme"},              {},                      "env_default"),
    ("platform",   {"X-Ironflow-Org": "org_acme", ENV: "staging"}, {},                   "env_staging"),
    ("platform",   {"X-Ironflow-Org": "org_acme", ENV: "only-there"}, {},                UNKNOWN),
    ("platform",   {"X-Ironflow-Org": "org_bare"},              {},                      ""),
]  # fmt: skip


@pytest.fixture
def credentials(world: World) -> dict[str, str]:
    """Callers with and without an environment of their own, and a foreign environment to ask for."""
    world.environment("org_other", "env_of_other", "only-there")
    world.organization("org_bare")
    world.user("org_acme", "user_1", "role_viewer")
    world.user("org_bare", "user_2", "role_viewer")
    return {
        "org-wide": world.key("org_acme", "role_viewer"),
        "scoped": world.key("org_acme", "role_viewer", environment_id="env_staging"),
        "user": world.token("org_acme", "user_1"),
        "bare user": world.token("org_bare", "user_2"),
        "platform": world.key(PLATFORM_ORG, "role_platform_viewer"),
    }


def test_the_environment_of_a_request(gate: Gate, credentials: dict[str, str]) -> None:
    """An id, a name or `current`, in header or query; never outside the key's scope or the organization."""
    answers = [gate.ask("GET", FUNCTIONS, credentials[who], headers=headers, query=query)
               for who, headers, query, _ in CASES]

    told = [answer.context["environment_id"] if answer.said == ("allow",) else answer.said[1] for answer in answers]
    assert [expected for *_, expected in CASES] == told


def test_a_deleted_environment_is_gone_at_once(gate: Gate, world: World, credentials: dict[str, str]) -> None:
    """A name whose environment is gone leads nowhere, though its place is remembered."""
    named = {ENV: "staging"}

    before = gate.ask("GET", FUNCTIONS, credentials["org-wide"], headers=named).said
    world.delete_environment("org_acme", "env_staging")
    after = gate.ask("GET", FUNCTIONS, credentials["org-wide"], headers=named).said

    assert (("allow",), ("403", UNKNOWN)) == (before, after)


def test_the_scope_is_told_to_the_handler(gate: Gate, credentials: dict[str, str]) -> None:
    """A handler can tell a key's own environment from one that was merely asked for."""
    scoped, wide = (gate.ask("GET", FUNCTIONS, credentials[who], headers={ENV: "staging"}).context
                    for who in ("scoped", "org-wide"))

    assert ("env_staging", "") == (scoped["key_environment_id"], wide["key_environment_id"])


def test_policies_see_the_environment_its_project_and_the_object(gate: Gate, world: World) -> None:
    """A policy on one object in one environment of one project grants that, and nothing beside it."""
    irn = "irn:ironflow:org_acme:proj_second:functions:env_staging:fn_1"
    role = world.role("org_acme", "role_one", {"actions": "functions:read", "resources": irn})
    key = world.key("org_acme", role)
    one = FUNCTIONS + "/{function_id}"

    said = [gate.ask("GET", one, key, resource=one, headers={ENV: env}, parameters={"function_id": id}).said[0]
            for env, id in (("staging", "fn_1"), ("staging", "fn_%31"), ("staging", "fn_2"), ("default", "fn_1"))]

    assert ["allow", "allow", "403", "403"] == said


def test_conditions_see_the_request_and_the_subject(gate: Gate, world: World) -> None:
    """Every documented variable has the value that the contract gives it."""
    condition = " && ".join((
        'request.action == "functions:list"', 'request.method == "GET"', 'request.path == "/api/v1/functions"',
        'request.environment == "env_staging"', 'request.org_id == "org_acme"', 'request.ip == "192.0.2.1"',
        'request.resource == "irn:ironflow:org_acme:proj_second:functions:env_staging:"',
        'request.time == timestamp("2027-01-15T08:00:00Z")', 'subject.type == "api_key"', 'subject.id == "ak_c"',
        'subject.key_id == "ak_c"', 'subject.org == "org_acme"', '"role_if" in subject.roles',
    ))
    role = world.role("org_acme", "role_if", {"actions": "functions:list", "condition": condition})
    key = world.key("org_acme", role, id="ak_c")

    said = [gate.ask("GET", FUNCTIONS, key, headers={ENV: env}).said[0] for env in ("staging", "default")]

    assert ["allow", "403"] == said


def test_a_condition_that_fails_grants_nothing_and_denies(gate: Gate, world: World) -> None:
    """What cannot be evaluated never opens a door."""
    grants = world.role("org_acme", "role_a", {"condition": 'subject.roles[9] == "x"'})
    denies = world.role("org_acme", "role_d", {"effect": "deny", "condition": 'subject.roles[9] == "x"'})

    said = [gate.ask("GET", FUNCTIONS, world.key("org_acme", *roles)).said[0]
            for roles in ((grants,), (denies, "role_admin"), ("role_admin",))]

    assert ["403", "403", "allow"] == said
