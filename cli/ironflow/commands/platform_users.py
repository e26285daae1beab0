"""`ironflow platform users` (contract, section 4)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import (
    given,
    identifier,
    json_option,
    list_options,
    password_stdin_option,
    role_option,
    some_change,
)
from ironflow.output import columns
from ironflow.passwords import read_password
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "EMAIL": "email", "NAME": "name", "ACTIVE": "is_active"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow platform users create --email ops@example.com --name "Ops User" --role role_platform_operator
  ironflow platform users update puser_... --inactive
  ironflow platform users update puser_... --new-password
""",
)
def users() -> None:
    """Manage the people who run the platform."""


@users.command("list")
@list_options
@with_session
def list_platform_users(session: Session) -> None:
    """List platform users."""
    session.show_list("list_platform_users", COLUMNS)


@users.command("create")
@click.option("--email", required=True, metavar="EMAIL", help="The address to log in with.")
@click.option("--name", required=True, metavar="NAME", help="The name to show.")
@role_option
@password_stdin_option
@json_option
@with_session
def create_platform_user(
    session: Session, *, email: str, name: str, roles: tuple[str, ...], password_stdin: bool
) -> None:
    """Create a platform user; the password is asked for."""
    password = read_password(session, from_stdin=password_stdin)
    body = given(email=email, password=password, name=name, role_ids=roles)
    session.report(session.call("create_platform_user", body=body), "Created platform user: {email} (id: {id})")


@users.command("get")
@identifier("user_id")
@json_option
@with_session
def get_platform_user(session: Session, *, user_id: str) -> None:
    """Show one platform user."""
    session.show(session.call("get_platform_user", path={"user_id": user_id}))


@users.command("update")
@identifier("user_id")
@click.option("--email", metavar="EMAIL", help="Another address.")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--active/--inactive", "is_active", default=None, help="Let the user in, or lock the user out.")
@click.option("--role", "roles", multiple=True, metavar="ID", help="Replace all roles; may be repeated.")
@click.option("--new-password", is_flag=True, help="Ask for a new password; it ends the user's sessions.")
@password_stdin_option
@json_option
@with_session
def update_platform_user(
    session: Session,
    *,
    user_id: str,
    email: str | None,
    name: str | None,
    is_active: bool | None,
    roles: tuple[str, ...],
    new_password: bool,
    password_stdin: bool,
) -> None:
    """Change a platform user: only what is given changes."""
    password = None
    if new_password or password_stdin:
        password = read_password(session, from_stdin=password_stdin, prompt="New password: ")
    body = some_change(email=email, name=name, is_active=is_active, role_ids=roles, password=password)
    reply = session.call("update_platform_user", path={"user_id": user_id}, body=body)
    session.report(reply, "Updated platform user: {email} (id: {id})")


@users.command("delete")
@identifier("user_id")
@json_option
@with_session
def delete_platform_user(session: Session, *, user_id: str) -> None:
    """Delete a platform user; the user's tokens die at once."""
    session.call("delete_platform_user", path={"user_id": user_id})
    session.done("Deleted platform user", user_id)
