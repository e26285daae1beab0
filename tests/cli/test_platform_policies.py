"""`ironflow platform policies`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

READ = {
    "id": "pol_1",
    "org_id": "org_platform",
    "name": "read",
    "effect": "allow",
    "actions": "platform:tenants:read",
    "resources": "*",
    "condition": "",
    "resources_valid": True,
}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME, EFFECT, ACTIONS, RESOURCES and CONDITION."""
    server.answers("list_platform_policies", [READ])

    ran = ironflow("platform", "policies", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == (
        "ID     NAME  EFFECT  ACTIONS                RESOURCES  CONDITION\n"
        "pol_1  read  allow   platform:tenants:read  *          -\n"
    )


@pytest.mark.parametrize(
    ("arguments", "operation", "reply", "asked", "printed"),
    [
        (
            ("create", "read", "--effect", "allow", "--actions", "platform:tenants:read", "--resources", "*"),
            "create_platform_policy",
            READ,
            ({}, {"name": "read", "effect": "allow", "actions": "platform:tenants:read", "resources": "*"}),
            "Created platform policy: read (id: pol_1)\n",
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
            "create_platform_policy",
            READ,
            ({}, {"name": "read", "effect": "deny", "actions": "a:b,c:d,e:f", "resources": "*", "condition": "true"}),
            "Created platform policy: read (id: pol_1)\n",
        ),
        (
            ("get", "pol_1"),
            "get_platform_policy",
            {"id": "pol_1", "condition": ""},
            ({"policy_id": "pol_1"}, None),
            "id:        pol_1\ncondition: -\n",
        ),
        (
            ("update", "pol_1", "--condition", ""),
            "update_platform_policy",
            READ,
            ({"policy_id": "pol_1"}, {"condition": ""}),
            "Updated platform policy: read (id: pol_1)\n",
        ),
        (
            ("update", "pol_1", "--name", "n", "--effect", "deny", "--actions", "*", "--resources", "*"),
            "update_platform_policy",
            READ,
            ({"policy_id": "pol_1"}, {"name": "n", "effect": "deny", "actions": "*", "resources": "*"}),
            "Updated platform policy: read (id: pol_1)\n",
        ),
        (
            ("delete", "pol_1"),
            "delete_platform_policy",
            None,
            ({"policy_id": "pol_1"}, None),
            "Deleted platform policy: pol_1\n",
        ),
    ],
)
def test_a_command_asks_for_its_operation(
    ironflow: CommandLine,
    server: FakeControlPlane,
    arguments: tuple[str, ...],
    operation: str,
    reply: Any,
    asked: tuple[dict[str, str], Any],
    printed: str,
) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    server.answers(operation, reply)

    ran = ironflow("platform", "policies", *arguments)

    assert (0, printed, "") == (ran.code, ran.out, ran.err)
    assert [(operation, *asked)] == [(request.operation, request.path, request.body) for request in server.asked]
