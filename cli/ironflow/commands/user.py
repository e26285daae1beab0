"""`ironflow user`: the users of an organization (contract, section 5)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import given, identifier, json_option, list_options, password_stdin_option, some_change
from ironflow.output import columns
from ironflow.passwords import read_password, read_two_passwords
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "EMAIL": "email", "NAME": "name", "ROLES": "roles"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow user create --email dev@example.com --name "Dev" --role developer
  ironflow user update user_... --role viewer
  ironflow user password user_...
""",
)
def user() -> None:
    """Manage the users of an organization."""


@user.command("list")
@list_options
@with_session
def list_users(session: Session) -> None:
    """List users."""
    session.show_list("list_users", COLUMNS)


@user.command("create")
@click.option("--email", required=True, metavar="EMAIL", help="The address to log in with.")
@click.option("--name", metavar="NAME", help="The name to show.")
@click.option("--role", "roles", multiple=True, metavar="NAME", help="A role, by name; may be repeated.  [none]")
@password_stdin_option
@json_option
@with_session
def create_user(
    session: Session, *, email: str, name: str | None, roles: tuple[str, ...], password_stdin: bool
) -> None:
    """Create a user; the password is asked for."""
    password = read_password(session, from_stdin=password_stdin)
    reply = session.call("create_user", body=given(email=email, password=password, name=name, roles=roles))
    session.report(reply, "Created user: {email} (id: {id})")


@user.command("get")
@identifier("user_id")
@json_option
@with_session
def get_user(session: Session, *, user_id: str) -> None:
    """Show one user."""
    session.show(session.call("get_user", path={"user_id": user_id}))


@user.command("update")
@identifier("user_id")
@click.option("--email", metavar="EMAIL", help="Another address.")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--role", "roles", multiple=True, metavar="NAME", help="Replace all roles; may be repeated.")
@click.option("--no-roles", is_flag=True, help="Take all roles away.")
@json_option
@with_session
def update_user(
    session: Session, *, user_id: str, email: str | None, name: str | None, roles: tuple[str, ...], no_roles: bool
) -> None:
    """Change a user: only what is given changes."""
    body = some_change(email=email, name=name, roles=[] if no_roles else roles)
    reply = session.call("update_user", path={"user_id": user_id}, body=body)
    session.report(reply, "Updated user: {email} (id: {id})")


@user.command("password")
@identifier("user_id")
@password_stdin_option
@json_option
@with_session
def change_password(session: Session, *, user_id: str, password_stdin: bool) -> None:
    """Change a user's password, knowing the current one; it ends the user's sessions.

    With --password-stdin the current password stands on the first line and the new one on the second.
    """
    current, new = read_two_passwords(session, from_stdin=password_stdin)
    body = {"current_password": current, "new_password": new}
    session.call("change_password", path={"user_id": user_id}, body=body)
    session.done("Changed password of user", user_id)


@user.command("delete")
@identifier("user_id")
@json_option
@with_session
def delete_user(session: Session, *, user_id: str) -> None:
    """Delete a user; the user's tokens die at once."""
    session.call("delete_user", path={"user_id": user_id})
    session.done("Deleted user", user_id)
