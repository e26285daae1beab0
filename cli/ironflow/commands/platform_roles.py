"""`ironflow platform roles` (contract, section 4)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import given, identifier, json_option, list_options, name_option, some_change
from ironflow.output import columns
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "NAME": "name", "POLICIES": "policy_ids", "CREATED": "created_at"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow platform roles create support --policy pol_...
  ironflow platform roles update role_... --policy pol_... --policy pol_...
""",
)
def roles() -> None:
    """Manage platform roles, named platform_..."""


@roles.command("list")
@list_options
@with_session
def list_platform_roles(session: Session) -> None:
    """List platform roles, built-in ones too."""
    session.show_list("list_platform_roles", COLUMNS)


@roles.command("create")
@name_option
@click.option("--policy", "policies", multiple=True, metavar="ID", help="A policy to attach; may be repeated.")
@json_option
@with_session
def create_platform_role(session: Session, *, name: str, policies: tuple[str, ...]) -> None:
    """Create a platform role."""
    reply = session.call("create_platform_role", body=given(name=name, policy_ids=policies))
    session.report(reply, "Created platform role: {name} (id: {id})")


@roles.command("get")
@identifier("role_id")
@json_option
@with_session
def get_platform_role(session: Session, *, role_id: str) -> None:
    """Show one platform role."""
    session.show(session.call("get_platform_role", path={"role_id": role_id}))


@roles.command("update")
@identifier("role_id")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--policy", "policies", multiple=True, metavar="ID", help="Replace all policies; may be repeated.")
@click.option("--no-policies", is_flag=True, help="Detach all policies.")
@json_option
@with_session
def update_platform_role(
    session: Session, *, role_id: str, name: str | None, policies: tuple[str, ...], no_policies: bool
) -> None:
    """Change a platform role: only what is given changes."""
    body = some_change(name=name, policy_ids=[] if no_policies else policies)
    reply = session.call("update_platform_role", path={"role_id": role_id}, body=body)
    session.report(reply, "Updated platform role: {name} (id: {id})")


@roles.command("delete")
@identifier("role_id")
@json_option
@with_session
def delete_platform_role(session: Session, *, role_id: str) -> None:
    """Delete a platform role; a built-in one cannot be deleted."""
    session.call("delete_platform_role", path={"role_id": role_id})
    session.done("Deleted platform role", role_id)
