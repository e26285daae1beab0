"""`ironflow project` (contract, section 5)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import given, identifier, json_option, list_options, name_option, some_change
from ironflow.output import columns
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "NAME": "name", "DESCRIPTION": "description", "CREATED": "created_at"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow project create billing --description "Invoices and payments"
  ironflow project update proj_... --description ""
""",
)
def project() -> None:
    """Manage the projects of an organization."""


@project.command("list")
@list_options
@with_session
def list_projects(session: Session) -> None:
    """List projects."""
    session.show_list("list_projects", COLUMNS)


@project.command("create")
@name_option
@click.option("--description", metavar="TEXT", help="What it is for.")
@json_option
@with_session
def create_project(session: Session, *, name: str, description: str | None) -> None:
    """Create a project."""
    reply = session.call("create_project", body=given(name=name, description=description))
    session.report(reply, "Created project: {name} (id: {id})")


@project.command("update")
@identifier("project_id")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--description", metavar="TEXT", help='Another description; "" clears it.')
@json_option
@with_session
def update_project(session: Session, *, project_id: str, name: str | None, description: str | None) -> None:
    """Change a project: only what is given changes."""
    body = some_change(name=name, description=description)
    reply = session.call("update_project", path={"project_id": project_id}, body=body)
    session.report(reply, "Updated project: {name} (id: {id})")


@project.command("delete")
@identifier("project_id")
@json_option
@with_session
def delete_project(session: Session, *, project_id: str) -> None:
    """Delete a project with its environments and their keys."""
    reply = session.call("delete_project", path={"project_id": project_id})
    session.report(reply, "Deleted project: {deleted}")
