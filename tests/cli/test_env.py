"""`ironflow env`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

DEFAULT = {
    "id": "env_default",
    "name": "default",
    "project_id": "proj_1",
    "color": "",
    "created_at": "2026-03-12T10:00:00Z",
    "updated_at": "2026-03-12T10:00:00Z",
}
STAGING = {**DEFAULT, "id": "env_1", "name": "staging"}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The tutorial's table: ID, NAME and CREATED."""
    server.answers("list_environments", [DEFAULT])

    ran = ironflow("env", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == ("ID           NAME     CREATED\nenv_default  default  2026-03-12T10:00:00Z\n")


@commands(
    (
        ("create", "staging"),
        "create_environment",
        STAGING,
        ({}, {"name": "staging"}),
        "Created environment: staging (id: env_1)\n",
    ),
    (
        ("create", "--name", "staging", "--project", "proj_1", "--color", "#fa0"),
        "create_environment",
        STAGING,
        ({}, {"name": "staging", "project_id": "proj_1", "color": "#fa0"}),
        "Created environment: staging (id: env_1)\n",
    ),
    (
        ("update", "env_1", "--name", "staging"),
        "update_environment",
        STAGING,
        ({"env_id": "env_1"}, {"name": "staging"}),
        "Updated environment: staging (id: env_1)\n",
    ),
    (
        ("delete", "env_1"),
        "delete_environment",
        {"status": "deleted"},
        ({"env_id": "env_1"}, None),
        "Deleted environment: env_1\n",
    ),
    (
        ("delete", "env_1", "--json"),
        "delete_environment",
        b'{"status": "deleted"}',
        ({"env_id": "env_1"}, None),
        '{"status": "deleted"}',
    ),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "env")
