"""`ironflow role`: the roles of an organization (contract, sections 5 and 6)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import identifier, json_option, list_options, name_option
from ironflow.output import columns
from ironflow.policies import COLUMNS as POLICY_COLUMNS
from ironflow.session import Session, with_session

COLUMNS = columns(
    {
        "ID": "id",
        "NAME": "name",
        "KEYS": "api_key_count",
        "POLICIES": "policy_count",
        "CREATED": "created_at",
    }
)


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow role create support
  ironflow role attach role_... pol_...
  ironflow role policies role_...
""",
)
def role() -> None:
    """Manage roles and the policies attached to them."""


@role.command("list")
@list_options
@with_session
def list_roles(session: Session) -> None:
    """List roles, built-in ones too."""
    session.show_list("list_roles", COLUMNS)


@role.command("create")
@name_option
@json_option
@with_session
def create_role(session: Session, *, name: str) -> None:
    """Create a role; it grants nothing until a policy is attached."""
    session.report(session.call("create_role", body={"name": name}), "Created role: {name} (id: {id})")


@role.command("get")
@identifier("role_id")
@json_option
@with_session
def get_role(session: Session, *, role_id: str) -> None:
    """Show one role."""
    session.show(session.call("get_role", path={"role_id": role_id}))


@role.command("update")
@identifier("role_id")
@click.option("--name", required=True, metavar="NAME", help="Another name.")
@json_option
@with_session
def update_role(session: Session, *, role_id: str, name: str) -> None:
    """Rename a role; a built-in one cannot be changed."""
    reply = session.call("update_role", path={"role_id": role_id}, body={"name": name})
    session.report(reply, "Updated role: {name} (id: {id})")


@role.command("delete")
@identifier("role_id")
@json_option
@with_session
def delete_role(session: Session, *, role_id: str) -> None:
    """Delete a role; a built-in one cannot be deleted."""
    session.call("delete_role", path={"role_id": role_id})
    session.done("Deleted role", role_id)


@role.command("policies")
@identifier("role_id")
@json_option
@with_session
def list_role_policies(session: Session, *, role_id: str) -> None:
    """List the policies attached to a role."""
    reply = session.call("list_role_policies", path={"role_id": role_id})
    session.answer(reply, lambda found: session.show_rows(POLICY_COLUMNS, found.get("policies", [])))


@role.command("attach")
@identifier("role_id", "ROLE_ID")
@identifier("policy_id", "POLICY_ID")
@json_option
@with_session
def attach_policy(session: Session, *, role_id: str, policy_id: str) -> None:
    """Attach a policy to a role; in force on the very next request."""
    session.call("attach_policy", path={"role_id": role_id}, body={"policy_id": policy_id})
    session.done("Attached policy", f"{policy_id} (role: {role_id})")


@role.command("detach")
@identifier("role_id", "ROLE_ID")
@identifier("policy_id", "POLICY_ID")
@json_option
@with_session
def detach_policy(session: Session, *, role_id: str, policy_id: str) -> None:
    """Detach a policy from a role; in force on the very next request."""
    session.call("detach_policy", path={"role_id": role_id, "policy_id": policy_id})
    session.done("Detached policy", f"{policy_id} (role: {role_id})")
