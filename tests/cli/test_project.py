"""`ironflow project`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

BILLING = {
    "id": "proj_1",
    "org_id": "org_1",
    "name": "billing",
    "description": "Invoices",
    "created_at": "2026-03-12T10:00:00Z",
    "updated_at": "2026-03-12T10:00:00Z",
}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME, DESCRIPTION and CREATED; an empty description is `-`."""
    server.answers("list_projects", [BILLING, {**BILLING, "description": ""}])

    ran = ironflow("project", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == (
        "ID      NAME     DESCRIPTION  CREATED\n"
        "proj_1  billing  Invoices     2026-03-12T10:00:00Z\n"
        "proj_1  billing  -            2026-03-12T10:00:00Z\n"
    )


@commands(
    (
        ("create", "billing"),
        "create_project",
        BILLING,
        ({}, {"name": "billing"}),
        "Created project: billing (id: proj_1)\n",
    ),
    (
        ("create", "--name", "billing", "--description", "Invoices"),
        "create_project",
        BILLING,
        ({}, {"name": "billing", "description": "Invoices"}),
        "Created project: billing (id: proj_1)\n",
    ),
    (
        ("update", "proj_1", "--description", ""),
        "update_project",
        BILLING,
        ({"project_id": "proj_1"}, {"description": ""}),
        "Updated project: billing (id: proj_1)\n",
    ),
    (
        ("delete", "proj_1"),
        "delete_project",
        {"deleted": "proj_1"},
        ({"project_id": "proj_1"}, None),
        "Deleted project: proj_1\n",
    ),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "project")
