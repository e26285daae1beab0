"""`ironflow env` (contract, section 5)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import given, identifier, json_option, list_options, name_option, some_change
from ironflow.output import columns
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "NAME": "name", "CREATED": "created_at"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow env list
  ironflow env create staging --project proj_... --color '#ffaa00'
  ironflow --as-org org_... env list
""",
)
def env() -> None:
    """Manage the environments of an organization."""


@env.command("list")
@list_options
@with_session
def list_environments(session: Session) -> None:
    """List environments."""
    session.show_list("list_environments", COLUMNS)


@env.command("create")
@name_option
@click.option("--project", "project_id", metavar="ID", help="The project it belongs to.  [the one named default]")
@click.option("--color", metavar="COLOR", help="The colour that the dashboard shows it in.")
@json_option
@with_session
def create_environment(session: Session, *, name: str, project_id: str | None, color: str | None) -> None:
    """Create an environment; its name is a lower-case slug, such as staging-2."""
    reply = session.call("create_environment", body=given(name=name, project_id=project_id, color=color))
    session.report(reply, "Created environment: {name} (id: {id})")


@env.command("update")
@identifier("env_id")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--color", metavar="COLOR", help="Another colour.")
@json_option
@with_session
def update_environment(session: Session, *, env_id: str, name: str | None, color: str | None) -> None:
    """Change an environment: only what is given changes."""
    body = some_change(name=name, color=color)
    reply = session.call("update_environment", path={"env_id": env_id}, body=body)
    session.report(reply, "Updated environment: {name} (id: {id})")


@env.command("delete")
@identifier("env_id")
@json_option
@with_session
def delete_environment(session: Session, *, env_id: str) -> None:
    """Delete an environment and the keys that are locked to it."""
    reply = session.call("delete_environment", path={"env_id": env_id})
    session.answer(reply, lambda _: session.done("Deleted environment", env_id))
