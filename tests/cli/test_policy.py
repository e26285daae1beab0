"""`ironflow policy`, and `ironflow platform policies`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

READ = {
    "id": "pol_1",
    "org_id": "org_1",
    "name": "read",
    "effect": "allow",
    "actions": "functions:list",
    "resources": "*",
    "condition": "",
    "resources_valid": True,
}


@dataclass(frozen=True)
class Kind:
    """A tenant's policies or the platform's: the same commands under another name, for other operations."""

    command: tuple[str, ...]
    word: str
    list_operation: str
    actions: str

    def operation(self, verb: str) -> str:
        """Name the operation that does this to one policy."""
        return f"{verb}_{self.word.replace(' ', '_')}"


TENANT = Kind(("policy",), "policy", "list_policies", "functions:list")
PLATFORM = Kind(("platform", "policies"), "platform policy", "list_platform_policies", "platform:tenants:read")
both = pytest.mark.parametrize("kind", [TENANT, PLATFORM], ids=["tenant", "platform"])


@both
def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane, kind: Kind) -> None:
    """ID, NAME, EFFECT, ACTIONS, RESOURCES and CONDITION."""
    server.answers(kind.list_operation, [{**READ, "actions": kind.actions}])

    ran = ironflow(*kind.command, "list")

    assert (0, "") == (ran.code, ran.err)
    width = len(kind.actions)
    assert ran.out == (
        f"ID     NAME  EFFECT  {'ACTIONS':{width}}  RESOURCES  CONDITION\n"
        f"pol_1  read  allow   {kind.actions}  *          -\n"
    )


@both
@commands(
    (
        ("create", "read", "--effect", "allow", "--actions", "a:b", "--resources", "*"),
        "create",
        READ,
        ({}, {"name": "read", "effect": "allow", "actions": "a:b", "resources": "*"}),
        "Created {}: read (id: pol_1)\n",
    ),
    (
        (
            "create",
            "--name",
            "read",
            "--effect",
            "deny",
            "--actions",
            "a:b",
            "--actions",
            "c:d,e:f",
            "--resources",
            "*",
            "--condition",
            "true",
        ),
        "create",
        READ,
        ({}, {"name": "read", "effect": "deny", "actions": "a:b,c:d,e:f", "resources": "*", "condition": "true"}),
        "Created {}: read (id: pol_1)\n",
    ),
    (
        ("get", "pol_1"),
        "get",
        {"id": "pol_1", "condition": ""},
        ({"policy_id": "pol_1"}, None),
        "id:        pol_1\ncondition: -\n",
    ),
    (
        ("update", "pol_1", "--condition", ""),
        "update",
        READ,
        ({"policy_id": "pol_1"}, {"condition": ""}),
        "Updated {}: read (id: pol_1)\n",
    ),
    (
        ("update", "pol_1", "--name", "n", "--effect", "deny", "--actions", "*", "--resources", "*"),
        "update",
        READ,
        ({"policy_id": "pol_1"}, {"name": "n", "effect": "deny", "actions": "*", "resources": "*"}),
        "Updated {}: read (id: pol_1)\n",
    ),
    (("delete", "pol_1"), "delete", None, ({"policy_id": "pol_1"}, None), "Deleted {}: pol_1\n"),
)
def test_a_command_asks_for_its_operation(
    ironflow: CommandLine, server: FakeControlPlane, kind: Kind, case: Command
) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    own = case._replace(operation=kind.operation(case.operation), printed=case.printed.format(kind.word))

    own.check(ironflow, server, *kind.command)


def test_a_pattern_that_never_matches_is_pointed_out(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The policy is saved, and the mistake in it is named on stderr."""
    server.answers("create_policy", {**READ, "resources": "a:b", "resources_valid": False})

    ran = ironflow("policy", "create", "read", "--effect", "allow", "--actions", "*", "--resources", "a:b")

    assert (0, "Created policy: read (id: pol_1)\n") == (ran.code, ran.out)
    assert "Note: a resource pattern has not seven segments and never matches.\n" == ran.err


def test_versions_are_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Newest first, as the API has them."""
    server.answers("list_policy_versions", [{**READ, "version_num": 2, "created_at": "2026-03-12T10:00:00Z"}])

    ran = ironflow("policy", "versions", "pol_1")

    assert ran.out == (
        "VERSION  NAME  EFFECT  ACTIONS         RESOURCES  CONDITION  CREATED\n"
        "2        read  allow   functions:list  *          -          2026-03-12T10:00:00Z\n"
    )


def test_rollback_names_the_version(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Both ids are in the path, and there is no body."""
    server.answers("rollback_policy", READ)

    ran = ironflow("policy", "rollback", "pol_1", "3")

    assert (0, "Rolled back policy: read (id: pol_1, to version 3)\n") == (ran.code, ran.out)
    assert ({"policy_id": "pol_1", "version": "3"}, None) == (server.asked[0].path, server.asked[0].body)


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (("pol_1",), {"policy_id": "pol_1"}),
        (
            ("--condition", "true", "--request", '{"ip": "::1"}', "--subject", '{"roles": ["a"]}'),
            {"condition": "true", "request": {"ip": "::1"}, "subject": {"roles": ["a"]}},
        ),
    ],
)
def test_a_condition_is_tried(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...], body: dict[str, Any]
) -> None:
    """A policy's or one on the command line, on a request and a subject that are made up."""
    server.answers("dry_run_policy", {"matched": False, "condition_source": "true"})

    ran = ironflow("policy", "test", *arguments)

    assert (0, "matched:          false\ncondition_source: true\n") == (ran.code, ran.out)
    assert body == server.asked[0].body


@pytest.mark.parametrize("field", ["compile_error", "eval_error"])
def test_a_condition_in_error_is_exit_code_1(ironflow: CommandLine, server: FakeControlPlane, field: str) -> None:
    """A script that tests its policies notices; the reason is printed."""
    server.answers("dry_run_policy", {"matched": False, "condition_source": "x", field: "undeclared reference"})

    ran = ironflow("policy", "test", "--condition", "x")

    assert 1 == ran.code
    assert f"{field}:" in ran.out


@pytest.mark.parametrize(
    "arguments", [(), ("pol_1", "--condition", "true"), ("--condition", "true", "--request", "[1]")]
)
def test_a_test_of_nothing_is_wrong_usage(
    ironflow: CommandLine, server: FakeControlPlane, arguments: tuple[str, ...]
) -> None:
    """One condition, and JSON objects."""
    ran = ironflow("policy", "test", *arguments)

    assert (2, []) == (ran.code, server.asked)


@pytest.mark.parametrize(
    ("command", "operation"),
    [(("policy",), "explain_decision"), (("platform", "policies"), "explain_platform_decision")],
)
def test_a_decision_is_explained(
    ironflow: CommandLine, server: FakeControlPlane, command: tuple[str, ...], operation: str
) -> None:
    """The decision first, then every policy that was considered, in columns."""
    considered = {
        "policy_id": "pol_1",
        "policy_name": "no",
        "role_id": "role_1",
        "effect": "deny",
        "action_matched": True,
        "resource_matched": True,
        "matched": True,
        "condition": "",
        "condition_result": "true",
    }
    decided_by = {"type": "policy", "policy_id": "pol_1", "role_id": "role_1"}
    answer = {"decision": "deny", "reason": "denied", "decided_by": decided_by, "missing_action": "a:b"}
    server.answers(operation, {**answer, "considered": [considered]})

    ran = ironflow(*command, "explain", "--key", "ak_1", "--action", "a:b", "--resource", "*", "--env", "env_1",
                   "--request", '{"ip": "10.0.0.1"}')

    assert ran.out == (
        "decision:       deny\n"
        "reason:         denied\n"
        "decided_by:     type=policy policy_id=pol_1 role_id=role_1\n"
        "missing_action: a:b\n"
        "POLICY  NAME  ROLE    EFFECT  ACTION  RESOURCE  CONDITION\n"
        "pol_1   no    role_1  deny    true    true      true\n"
    )
    assert server.asked[0].body == {
        "principal": {"key_id": "ak_1"},
        "action": "a:b",
        "resource": "*",
        "environment": "env_1",
        "request": {"ip": "10.0.0.1"},
    }


@pytest.mark.parametrize("who", [(), ("--key", "ak_1", "--user", "user_1")])
def test_one_principal_is_explained(ironflow: CommandLine, server: FakeControlPlane, who: tuple[str, ...]) -> None:
    """Nobody, or two at once, is wrong usage."""
    ran = ironflow("policy", "explain", "--action", "a:b", *who)

    assert (2, []) == (ran.code, server.asked)
