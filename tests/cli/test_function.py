"""`ironflow function`."""

from __future__ import annotations

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

RESIZE = {
    "id": "fn_1",
    "name": "resize",
    "description": "",
    "endpoint_url": "https://example.com/r",
    "environment_id": "env_default",
    "created_at": "2026-03-12T10:00:00Z",
}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, NAME, ENDPOINT, ENVIRONMENT and CREATED."""
    server.answers("list_functions", [RESIZE])

    ran = ironflow("function", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == (
        "ID    NAME    ENDPOINT               ENVIRONMENT  CREATED\n"
        "fn_1  resize  https://example.com/r  env_default  2026-03-12T10:00:00Z\n"
    )


@commands(
    (
        ("register", "resize", "--env", "env_default"),
        "register_function",
        RESIZE,
        ({}, {"name": "resize"}),
        "Registered function: resize (id: fn_1)\n",
    ),
    (
        ("create", "--name", "resize", "--description", "d", "--endpoint-url", "https://example.com/r"),
        "register_function",
        RESIZE,
        ({}, {"name": "resize", "description": "d", "endpoint_url": "https://example.com/r"}),
        "Registered function: resize (id: fn_1)\n",
    ),
    (("get", "fn_1"), "get_function", {"id": "fn_1"}, ({"function_id": "fn_1"}, None), "id: fn_1\n"),
    (("delete", "fn_1"), "delete_function", None, ({"function_id": "fn_1"}, None), "Deleted function: fn_1\n"),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "function")
