"""`ironflow platform roles`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

SUPPORT = {
    "id": "role_1",
    "org_id": "org_platform",
    "name": "platform_support",
    "is_default": False,
    "policy_ids": ["pol_1", "pol_2"],
    "created_at": "2026-03-12T10:00:00Z",
}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME, POLICIES and CREATED."""
    server.answers("list_platform_roles", [SUPPORT])

    ran = ironflow("platform", "roles", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == (
        "ID      NAME              POLICIES     CREATED\nrole_1  platform_support  pol_1,pol_2  2026-03-12T10:00:00Z\n"
    )


@commands(
    (
        ("create", "support"),
        "create_platform_role",
        SUPPORT,
        ({}, {"name": "support"}),
        "Created platform role: platform_support (id: role_1)\n",
    ),
    (
        ("create", "--name", "support", "--policy", "pol_1"),
        "create_platform_role",
        SUPPORT,
        ({}, {"name": "support", "policy_ids": ["pol_1"]}),
        "Created platform role: platform_support (id: role_1)\n",
    ),
    (("get", "role_1"), "get_platform_role", {"id": "role_1"}, ({"role_id": "role_1"}, None), "id: role_1\n"),
    (
        ("update", "role_1", "--name", "s"),
        "update_platform_role",
        SUPPORT,
        ({"role_id": "role_1"}, {"name": "s"}),
        "Updated platform role: platform_support (id: role_1)\n",
    ),
    (
        ("update", "role_1", "--policy", "pol_1", "--policy", "pol_2"),
        "update_platform_role",
        SUPPORT,
        ({"role_id": "role_1"}, {"policy_ids": ["pol_1", "pol_2"]}),
        "Updated platform role: platform_support (id: role_1)\n",
    ),
    (
        ("update", "role_1", "--no-policies"),
        "update_platform_role",
        SUPPORT,
        ({"role_id": "role_1"}, {"policy_ids": []}),
        "Updated platform role: platform_support (id: role_1)\n",
    ),
    (
        ("delete", "role_1"),
        "delete_platform_role",
        None,
        ({"role_id": "role_1"}, None),
        "Deleted platform role: role_1\n",
    ),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "platform", "roles")
