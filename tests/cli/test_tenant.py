"""`ironflow tenant`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

ACME = {"id": "org_1", "name": "Acme Corp", "env_count": 1, "key_count": 0, "created_at": "2026-03-12"}
MADE = {
    "org": {"id": "org_1", "name": "Acme Corp"},
    "environment": {"id": "env_1", "name": "production"},
    "api_key": {"key": "ifkey_1", "roles": ["admin"]},
}
PRINTED = (
    "Provisioned tenant: Acme Corp (id: org_1)\nEnvironment: production (id: env_1)\nKey: ifkey_1\n"
    "Save this key — it will not be shown again.\n"
)


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME, the numbers of environments and keys, and CREATED."""
    server.answers("list_tenants_as_operator", [ACME])

    ran = ironflow("tenant", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == ("ID     NAME       ENVS  KEYS  CREATED\norg_1  Acme Corp  1     0     2026-03-12\n")


@commands(
    (("provision", "Acme Corp"), "provision_tenant", MADE, ({}, {"org_name": "Acme Corp"}), PRINTED),
    (
        ("provision", "--name", "Acme Corp", "--env-name", "production"),
        "provision_tenant",
        MADE,
        ({}, {"org_name": "Acme Corp", "env_name": "production"}),
        PRINTED,
    ),
    (
        ("provision", "Acme Corp", "--json"),
        "provision_tenant",
        b'{"org" : 1}',
        ({}, {"org_name": "Acme Corp"}),
        '{"org" : 1}',
    ),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "tenant")
