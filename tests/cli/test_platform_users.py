"""`ironflow platform users`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

USER = {
    "id": "puser_1",
    "email": "ops@example.com",
    "name": "Ops User",
    "is_active": True,
    "role_ids": ["role_platform_viewer"],
    "created_at": "2026-03-12T10:00:00Z",
    "updated_at": "2026-03-12T10:00:00Z",
}


def test_list_prints_the_contracts_columns(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """ID, EMAIL, NAME and ACTIVE."""
    server.answers("list_platform_users", [USER, {**USER, "id": "puser_22", "is_active": False, "name": "O"}])

    ran = ironflow("platform", "users", "list")

    assert ran.out == (
        "ID        EMAIL            NAME      ACTIVE\n"
        "puser_1   ops@example.com  Ops User  true\n"
        "puser_22  ops@example.com  O         false\n"
    )


def test_create_asks_for_the_password(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The password is in the body and nowhere else; without --role none is sent."""
    server.answers("create_platform_user", USER)

    ran = ironflow("platform", "users", "create", "--email", "ops@example.com", "--name", "Ops User", terminal=True)

    assert (0, "Created platform user: ops@example.com (id: puser_1)\n", "") == (ran.code, ran.out, ran.err)
    assert {"email": "ops@example.com", "password": "correct horse", "name": "Ops User"} == server.asked[0].body


def test_get_shows_the_user(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """A field to a line, in the API's order."""
    server.answers("get_platform_user", {"id": "puser_1", "is_active": True})

    ran = ironflow("platform", "users", "get", "puser_1")

    assert ran.out == "id:        puser_1\nis_active: true\n"


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (("--name", "New"), {"name": "New"}),
        (("--inactive",), {"is_active": False}),
        (("--active", "--email", "n@example.com"), {"is_active": True, "email": "n@example.com"}),
        (("--role", "role_a", "--role", "role_b"), {"role_ids": ["role_a", "role_b"]}),
        (("--new-password",), {"password": "correct horse"}),
    ],
)
def test_update_sends_only_what_is_given(
    ironflow: CommandLine, server: FakeControlPlane, options: tuple[str, ...], body: dict[str, object]
) -> None:
    """An option that is not given leaves the field alone."""
    server.answers("update_platform_user", USER)

    ran = ironflow("platform", "users", "update", "puser_1", *options, terminal=True)

    assert (0, "Updated platform user: ops@example.com (id: puser_1)\n") == (ran.code, ran.out)
    assert [({"user_id": "puser_1"}, body)] == [(asked.path, asked.body) for asked in server.asked]


def test_update_with_nothing_to_change_is_wrong_usage(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """An empty update is a mistake, not a success."""
    ran = ironflow("platform", "users", "update", "puser_1")

    assert (2, []) == (ran.code, server.asked)


def test_delete_says_who_is_gone(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """One line, and the id in the path."""
    server.answers("delete_platform_user")

    ran = ironflow("platform", "users", "delete", "puser_1")

    assert (0, "Deleted platform user: puser_1\n") == (ran.code, ran.out)
    assert {"user_id": "puser_1"} == server.asked[0].path
