"""`ironflow org`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

ACME = {"id": "org_1", "name": "Acme Corp", "created_at": "2026-03-12T10:00:00Z"}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME and CREATED."""
    server.answers("list_orgs", [ACME])

    ran = ironflow("org", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == ("ID     NAME       CREATED\norg_1  Acme Corp  2026-03-12T10:00:00Z\n")


@commands(
    (
        ("create", "--name", "Acme Corp"),
        "create_platform_org",
        ACME,
        ({}, {"name": "Acme Corp"}),
        "Created organization: Acme Corp (id: org_1)\n",
    ),
    (
        ("create", "Acme Corp"),
        "create_platform_org",
        ACME,
        ({}, {"name": "Acme Corp"}),
        "Created organization: Acme Corp (id: org_1)\n",
    ),
    (
        ("get", "org_1"),
        "get_org",
        ACME,
        ({"org_id": "org_1"}, None),
        "id:         org_1\nname:       Acme Corp\ncreated_at: 2026-03-12T10:00:00Z\n",
    ),
    (
        ("update", "org_1", "--name", "Acme Corp"),
        "update_org",
        ACME,
        ({"org_id": "org_1"}, {"name": "Acme Corp"}),
        "Updated organization: Acme Corp (id: org_1)\n",
    ),
    (("delete", "org_1"), "delete_org", None, ({"org_id": "org_1"}, None), "Deleted organization: org_1\n"),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "org")
