"""`ironflow platform tenants`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

ACME = {
    "id": "org_x1y2z3w4",
    "name": "Acme Corp",
    "created_at": "2026-03-12T10:00:00Z",
    "updated_at": "2026-03-12T10:00:00Z",
}


@pytest.mark.parametrize("name", [("--name", "Acme Corp"), ("Acme Corp",)])
def test_provision_prints_the_contracts_line(
    ironflow: CommandLine, server: FakeControlPlane, name: tuple[str, ...]
) -> None:
    """The tutorial's command and its answer; the name may also stand alone."""
    server.answers("create_tenant", ACME)

    ran = ironflow("platform", "tenants", "provision", *name)

    assert (0, "Provisioned tenant: Acme Corp (id: org_x1y2z3w4)\n", "") == (ran.code, ran.out, ran.err)
    assert {"name": "Acme Corp"} == server.asked[0].body


@pytest.mark.parametrize("name", [(), ("--name", "A", "A")])
def test_provision_takes_one_name(ironflow: CommandLine, server: FakeControlPlane, name: tuple[str, ...]) -> None:
    """No name, or two, is wrong usage."""
    ran = ironflow("platform", "tenants", "provision", *name)

    assert (2, "", []) == (ran.code, ran.out, server.asked)


def test_list_prints_the_contracts_columns(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME and CREATED."""
    server.answers("list_tenants", [ACME])

    ran = ironflow("platform", "tenants", "list")

    assert ran.out == ("ID            NAME       CREATED\norg_x1y2z3w4  Acme Corp  2026-03-12T10:00:00Z\n")


def test_get_shows_the_tenant(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A field to a line."""
    server.answers("get_tenant", {"id": "org_1", "name": "Acme Corp"})

    ran = ironflow("platform", "tenants", "get", "org_1")

    assert ran.out == "id:   org_1\nname: Acme Corp\n"


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (("--suspend",), {"suspended": True}),
        (("--resume",), {"suspended": False}),
        (("--name", "Acme Inc"), {"name": "Acme Inc"}),
    ],
)
def test_update_renames_suspends_and_resumes(
    ironflow: CommandLine, server: FakeControlPlane, options: tuple[str, ...], body: dict[str, object]
) -> None:
    """Only what is given is sent."""
    server.answers("update_tenant", ACME)

    ran = ironflow("platform", "tenants", "update", "org_x1y2z3w4", *options)

    assert (0, "Updated tenant: Acme Corp (id: org_x1y2z3w4)\n", body) == (ran.code, ran.out, server.asked[0].body)


def test_delete_says_what_is_gone(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """One line, and the id in the path."""
    server.answers("delete_tenant")

    ran = ironflow("platform", "tenants", "delete", "org_1")

    assert (0, "Deleted tenant: org_1\n", {"tenant_id": "org_1"}) == (ran.code, ran.out, server.asked[0].path)
