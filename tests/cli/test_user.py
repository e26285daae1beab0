"""`ironflow user`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command, CommandLine, commands
from tests.cli.fake_control_plane import FakeControlPlane

DEV = {"id": "user_1", "org_id": "org_1", "email": "dev@example.com", "name": "Dev", "roles": ["developer", "viewer"]}


def test_list_prints_a_table(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, EMAIL, NAME and ROLES."""
    server.answers("list_users", [DEV])

    ran = ironflow("user", "list")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out == ("ID      EMAIL            NAME  ROLES\nuser_1  dev@example.com  Dev   developer,viewer\n")


@commands(
    (("get", "user_1"), "get_user", {"id": "user_1"}, ({"user_id": "user_1"}, None), "id: user_1\n"),
    (
        ("update", "user_1", "--role", "viewer"),
        "update_user",
        DEV,
        ({"user_id": "user_1"}, {"roles": ["viewer"]}),
        "Updated user: dev@example.com (id: user_1)\n",
    ),
    (
        ("update", "user_1", "--no-roles", "--email", "d@example.com", "--name", "D"),
        "update_user",
        DEV,
        ({"user_id": "user_1"}, {"roles": [], "email": "d@example.com", "name": "D"}),
        "Updated user: dev@example.com (id: user_1)\n",
    ),
    (("delete", "user_1"), "delete_user", None, ({"user_id": "user_1"}, None), "Deleted user: user_1\n"),
)
def test_a_command_asks_for_its_operation(ironflow: CommandLine, server: FakeControlPlane, case: Command) -> None:
    """Path and body hold what was given and nothing else; the whole of stdout is one known line or more."""
    case.check(ironflow, server, "user")


def test_create_asks_for_the_password(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Roles go by name; the password is in the body and nowhere else."""
    server.answers("create_user", DEV)

    ran = ironflow("user", "create", "--email", "dev@example.com", "--name", "Dev", "--role", "viewer", terminal=True)

    assert (0, "Created user: dev@example.com (id: user_1)\n", "") == (ran.code, ran.out, ran.err)
    assert server.asked[0].body == {
        "email": "dev@example.com",
        "password": "correct horse",
        "name": "Dev",
        "roles": ["viewer"],
    }


def test_a_password_is_changed_by_who_knows_it(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Two lines on stdin: the current password and the new one."""
    server.answers("change_password")

    ran = ironflow("user", "password", "user_1", "--password-stdin", stdin="old secret\nnew secret\n")

    assert (0, "Changed password of user: user_1\n") == (ran.code, ran.out)
    assert {"current_password": "old secret", "new_password": "new secret"} == server.asked[0].body


def test_a_password_is_asked_for_twice_over(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """On a terminal both are asked for, the current one first."""
    server.answers("change_password")

    ironflow("user", "password", "user_1", terminal=True)

    assert ["Current password: ", "New password: "] == ironflow.prompts


@pytest.mark.parametrize("stdin", ["", "one\n", "1\n2\n3\n"])
def test_a_new_password_needs_two_lines(ironflow: CommandLine, server: FakeControlPlane, stdin: str) -> None:
    """A half-filled pipe changes nothing."""
    ran = ironflow("user", "password", "user_1", "--password-stdin", stdin=stdin)

    assert (2, []) == (ran.code, server.asked)


def test_a_wrong_current_password_is_named(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The 401 is about the password, not about the key."""
    server.refuses("change_password", 401, "invalid credentials")

    ran = ironflow("user", "password", "user_1", "--password-stdin", stdin="a\nb")

    assert (4, "Error: invalid credentials\nRequest id: req_1\nCheck the current password.\n") == (ran.code, ran.err)
