"""`ironflow role`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

SUPPORT = {
    "id": "role_1",
    "org_id": "org_1",
    "name": "support",
    "is_default": False,
    "policy_ids": ["pol_1"],
    "created_at": "2026-03-12T10:00:00Z",
    "api_key_count": 0,
    "policy_count": 1,
}
POLICY = {
    "id": "pol_1",
    "name": "read",
    "effect": "allow",
    "actions": "functions:list",
    "resources": "*",
    "condition": "",
}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME, the numbers of keys and policies, and CREATED."""
    server.answers("list_roles", [SUPPORT])

    ran = ironflow("role", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == (
        "ID      NAME     KEYS  POLICIES  CREATED\nrole_1  support  0     1         2026-03-12T10:00:00Z\n"
    )


@commands(
    (
        ("create", "support"),
        "create_role",
        SUPPORT,
        ({}, {"name": "support"}),
        "Created role: support (id: role_1)\n",
    ),
    (
        ("get", "role_1"),
        "get_role",
        {"id": "role_1", "policy_ids": ["pol_1"]},
        ({"role_id": "role_1"}, None),
        "id:         role_1\npolicy_ids: pol_1\n",
    ),
    (
        ("update", "role_1", "--name", "support"),
        "update_role",
        SUPPORT,
        ({"role_id": "role_1"}, {"name": "support"}),
        "Updated role: support (id: role_1)\n",
    ),
    (("delete", "role_1"), "delete_role", None, ({"role_id": "role_1"}, None), "Deleted role: role_1\n"),
    (
        ("policies", "role_1"),
        "list_role_policies",
        {"policies": [POLICY]},
        ({"role_id": "role_1"}, None),
        (
            "ID     NAME  EFFECT  ACTIONS         RESOURCES  CONDITION\n"
            "pol_1  read  allow   functions:list  *          -\n"
        ),
    ),
    (
        ("attach", "role_1", "pol_1"),
        "attach_policy",
        None,
        ({"role_id": "role_1"}, {"policy_id": "pol_1"}),
        "Attached policy: pol_1 (role: role_1)\n",
    ),
    (
        ("detach", "role_1", "pol_1"),
        "detach_policy",
        None,
        ({"role_id": "role_1", "policy_id": "pol_1"}, None),
        "Detached policy: pol_1 (role: role_1)\n",
    ),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "role")
