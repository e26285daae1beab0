"""`ironflow org` (contract, section 5)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import identifier, json_option, list_options, name_option
from ironflow.output import columns
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "NAME": "name", "CREATED": "created_at"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow org list
  ironflow org update org_... --name "Acme Inc"
""",
)
def org() -> None:
    """Show, rename and delete organizations."""


@org.command("list")
@list_options
@with_session
def list_orgs(session: Session) -> None:
    """List the organizations that you can see: your own."""
    session.show_list("list_orgs", COLUMNS)


@org.command("create")
@name_option
@json_option
@with_session
def create_platform_org(session: Session, *, name: str) -> None:
    """Create an organization without project, environment or key; it takes a platform credential.

    `ironflow platform tenants provision` creates one that is ready for use.
    """
    reply = session.call("create_platform_org", body={"name": name})
    session.report(reply, "Created organization: {name} (id: {id})")


@org.command("get")
@identifier("org_id")
@json_option
@with_session
def get_org(session: Session, *, org_id: str) -> None:
    """Show one organization."""
    session.show(session.call("get_org", path={"org_id": org_id}))


@org.command("update")
@identifier("org_id")
@click.option("--name", required=True, metavar="NAME", help="Another name.")
@json_option
@with_session
def update_org(session: Session, *, org_id: str, name: str) -> None:
    """Rename an organization."""
    reply = session.call("update_org", path={"org_id": org_id}, body={"name": name})
    session.report(reply, "Updated organization: {name} (id: {id})")


@org.command("delete")
@identifier("org_id")
@json_option
@with_session
def delete_org(session: Session, *, org_id: str) -> None:
    """Delete an organization and everything in it; its keys are dead at once."""
    session.call("delete_org", path={"org_id": org_id})
    session.done("Deleted organization", org_id)
